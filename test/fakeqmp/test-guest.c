/* The fake's guest and its agent. */
#include "rig.h"

/* ---- the guest ---- */

static void
go_down(struct fake_guest *guest)
{
	guest->is_down = true;
}

static void
come_up(struct fake_guest *guest)
{
	guest->is_down = false;
}

static void
before_its_system_is_up(void **state)
{
	begin(NULL);
	set_guest(go_down);
	ok("device_add", CPU "'id': 'c', 'socket-id': 1");
	no("device_del", "'id': 'c'",
	    "acpi: device unplug request for not supported device type: "
	    "max-x86_64-cpu");
	add_disk();
	add_memory("a", 128);
	ok("device_del", "'id': 'disk1'");
	ok("device_del", "'id': 'a'");
	pass(60000);
	events("");
	ok("system_reset", NULL);
	events("RESET {'guest':false,'reason':'host-qmp-system-reset'}\n"
	       "DEVICE_DELETED {'path':'/machine/peripheral/disk1/"
	       "virtio-backend'}\n"
	       "DEVICE_DELETED {'device':'disk1','path':"
	       "'/machine/peripheral/disk1'}\n");
	assert_int_equal(qmp_state(rig.links[FAKE_AGENT]), QMP_OPENING);
	set_guest(come_up);
	pass(5000);
	assert_int_equal(qmp_state(rig.links[FAKE_AGENT]), QMP_READY);
	has_picture("'vcpus':{'0':true,'1':false}");
	has_no_picture("mem-a','options':{'id'");
	end();
}

static void
fall_silent(struct fake_guest *guest)
{
	guest->unplug = guest->plug = FAKE_SILENT;
}

static void
speak_again(struct fake_guest *guest)
{
	guest->unplug = guest->plug = FAKE_PROMPT;
}

static void
a_silent_guest_may_wake(void **state)
{
	begin(NULL);
	add_disk();
	pass(60);
	set_guest(fall_silent);
	ok("device_del", "'id': 'disk1'");
	ok("device_add", "'driver': 'virtio-rng-pci', 'id': 'r', 'bus': 'rp0'");
	pass(3600 * 1000);
	events("");
	has(ask("query-pci", NULL), "'address':-1");
	set_guest(speak_again);
	pass(100);
	has(rig.events, "'device':'disk1'");
	has_not(ask("query-pci", NULL), "'address':-1");
	end();
}

static void
a_paused_guest_does_nothing_until_it_goes_on(void **state)
{
	begin(NULL);
	pass(10);
	add_disk();
	pass(60);
	ok("stop", NULL);
	ok("device_del", "'id': 'disk1'");
	pass(10000);
	assert_string_equal(ask_agent("guest-ping", NULL),
	    "none: the guest agent did not answer within 5 s");
	events("STOP {}\n");
	ok("cont", NULL);
	pass(5000);
	has(rig.events, "'device':'disk1'");
	assert_string_equal(ask_agent("guest-ping", NULL), "{}");
	end();
}

static void
be_slow(struct fake_guest *guest)
{
	guest->unplug_ms = 7000;
}

static void
a_slow_guest_takes_its_time(void **state)
{
	begin(NULL);
	add_disk();
	set_guest(be_slow);
	ok("device_del", "'id': 'disk1'");
	pass(6990);
	events("");
	pass(20);
	has(rig.events, "'device':'disk1'");
	end();
}

/* ---- the agent ---- */

static void
the_agent_says_what_it_can(void **state)
{
	begin(NULL);
	has(ask_agent("guest-info", NULL), "'version':'7.2.22'");
	has(rig.reply,
	    "{'enabled':true,'name':'guest-exec','success-response':true}");
	assert_string_equal(ask_agent("guest-nope", NULL),
	    "CommandNotFound: The command guest-nope has not been found");
	end();
}

static void
disable(struct fake_guest *guest)
{
	guest->disabled = "guest-exec guest-file-open";
}

static void
commands_may_be_disabled(void **state)
{
	begin(NULL);
	set_guest(disable);
	assert_string_equal(ask_agent("guest-exec", "'path': '/bin/true'"),
	    "CommandNotFound: Command guest-exec has been disabled");
	has(ask_agent("guest-info", NULL),
	    "{'enabled':false,'name':'guest-exec','success-response':true}");
	has(rig.reply,
	    "{'enabled':true,'name':'guest-exec-status',"
	    "'success-response':true}");
	end();
}

static void
have_no_agent(struct fake_guest *guest)
{
	guest->has_no_agent = true;
}

static void
be_mute(struct fake_guest *guest)
{
	guest->agent_is_silent = true;
}

static void
the_agent_may_be_missing_or_mute(void **state)
{
	begin(NULL);
	set_guest(have_no_agent);
	pass(20000);
	assert_int_equal(fake_received(rig.fake, FAKE_AGENT), 0);
	set_guest(be_mute);
	pass(20000);
	assert_int_equal(fake_received(rig.fake, FAKE_AGENT), 0);
	end();

	begin(NULL);
	set_guest(be_mute);
	pass(20000);
	assert_true(fake_received(rig.fake, FAKE_AGENT) > 5);
	assert_int_equal(qmp_state(rig.links[FAKE_AGENT]), QMP_OPENING);
	end();
}

static void
take_a_while(struct fake_guest *guest)
{
	guest->agent_ms = 3000;
}

static void
a_slow_agent_is_still_understood(void **state)
{
	begin(NULL);
	set_guest(take_a_while);
	pass(60000);
	assert_int_equal(qmp_state(rig.links[FAKE_AGENT]), QMP_READY);
	assert_string_equal(ask_agent("guest-ping", NULL), "{}");
	end();
}

static void
it_sees_disks_by_their_pci_address(void **state)
{
	begin(NULL);
	add_disk();
	assert_string_equal(ask_agent("guest-get-disks", NULL), "[]");
	pass(60);
	assert_string_equal(ask_agent("guest-get-disks", NULL),
	    "[{'address':{'bus':0,'bus-type':'virtio','dev':'/dev/vda',"
	    "'pci-controller':{'bus':1,'domain':0,'function':0,'slot':1},"
	    "'target':0,'unit':0},'dependencies':[],'name':'/dev/vda',"
	    "'partition':false}]");
	end();
}

static void
keep_memory_offline(struct fake_guest *guest)
{
	guest->keeps_memory_offline = true;
}

static void
memory_may_stay_offline(void **state)
{
	begin(NULL);
	set_guest(keep_memory_offline);
	add_memory("a", 128);
	pass(60);
	assert_string_equal(ask_agent("guest-get-memory-block-info", NULL),
	    "{'size':134217728}");
	has(ask_agent("guest-get-memory-blocks", NULL),
	    "{'can-offline':true,'online':false,'phys-index':32}");
	assert_string_equal(
	    ask_agent("guest-set-memory-blocks",
		"'mem-blks': [{'phys-index': 32, 'online': true}, "
		"{'phys-index': 40, 'online': true}]"),
	    "[{'phys-index':32,'response':'success'},"
	    "{'phys-index':40,'response':'not-found'}]");
	has_picture("'blocks':{'32':true}");
	end();
}

/* MemTotal: 33554432 bytes are 0x2000000, and so on. */
static void
its_files_can_be_read(void **state)
{
	begin(NULL);
	fake_set_file(rig.fake, "/f", "hello, world");
	assert_string_equal(ask_agent("guest-file-open", "'path': '/f'"), "1");
	assert_string_equal(
	    ask_agent("guest-file-read", "'handle': 1, 'count': 7"),
	    "{'buf-b64':'aGVsbG8sIA==','count':7,'eof':false}");
	assert_string_equal(ask_agent("guest-file-read", "'handle': 1"),
	    "{'buf-b64':'d29ybGQ=','count':5,'eof':true}");
	assert_string_equal(ask_agent("guest-file-close", "'handle': 1"), "{}");
	has(ask_agent("guest-file-read", "'handle': 1"),
	    "handle '1' has not been found");
	has(ask_agent("guest-file-open", "'path': '/nope'"),
	    "failed to open file '/nope'");
	end();
}

/* "MemTotal:" in base64, then the figure: more memory, another figure. */
static void
meminfo_grows_with_memory(void **state)
{
	_free_ char *small = NULL;

	begin(NULL);
	ask_agent("guest-file-open", "'path': '/proc/meminfo'");
	small = xstrdup(ask_agent("guest-file-read", "'handle': 1"));
	has(small, "'buf-b64':'TWVtVG90YWw6");
	add_memory("a", 128);
	pass(60);
	ask_agent("guest-file-open", "'path': '/proc/meminfo'");
	assert_string_not_equal(
	    ask_agent("guest-file-read", "'handle': 2"), small);
	end();
}

static void
its_programs_can_be_run(void **state)
{
	begin(NULL);
	fake_set_program(rig.fake, "/bin/hi", 3, "hi\n");
	assert_string_equal(
	    ask_agent("guest-exec",
		"'path': '/bin/hi', 'arg': ['x'], 'capture-output': true"),
	    "{'pid':1}");
	assert_string_equal(
	    ask_agent("guest-exec-status", "'pid': 1"), "{'exited':false}");
	pass(30);
	assert_string_equal(ask_agent("guest-exec-status", "'pid': 1"),
	    "{'exitcode':3,'exited':true,'out-data':'aGkK'}");
	has(ask_agent("guest-exec-status", "'pid': 1"), "GenericError");
	has(ask_agent("guest-exec", "'path': '/nope'"),
	    "Failed to execute child process \"/nope\"");
	assert_string_equal(ask_agent("guest-set-time", "'time': 1"), "{}");
	end();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(before_its_system_is_up),
		cmocka_unit_test(a_silent_guest_may_wake),
		cmocka_unit_test(a_paused_guest_does_nothing_until_it_goes_on),
		cmocka_unit_test(a_slow_guest_takes_its_time),
		cmocka_unit_test(the_agent_says_what_it_can),
		cmocka_unit_test(commands_may_be_disabled),
		cmocka_unit_test(the_agent_may_be_missing_or_mute),
		cmocka_unit_test(a_slow_agent_is_still_understood),
		cmocka_unit_test(it_sees_disks_by_their_pci_address),
		cmocka_unit_test(memory_may_stay_offline),
		cmocka_unit_test(its_files_can_be_read),
		cmocka_unit_test(meminfo_grows_with_memory),
		cmocka_unit_test(its_programs_can_be_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
