/* The fake as a VM: its life, its sockets, what it shows of itself. */
#include "rig.h"

/* ---- the VM ---- */

static void
it_says_what_it_is(void **state)
{
	begin(NULL);
	assert_string_equal(ask("query-version", NULL),
	    "{'package':'fake','qemu':{'major':7,'micro':22,'minor':2}}");
	assert_string_equal(ask("query-status", NULL),
	    "{'running':true,'singlestep':false,'status':'running'}");
	assert_string_equal(
	    ask("query-kvm", NULL), "{'enabled':false,'present':true}");
	assert_string_equal(
	    ask("qom-get", "'path': '/machine', 'property': 'type'"),
	    "'pc-q35-7.2-machine'");
	assert_string_equal(
	    ask("qom-get", "'path': '/machine', 'property': 'memory'"),
	    "{'max-size':2147483648,'size':268435456,'slots':4}");
	assert_string_equal(ask("qom-list", "'path': '/objects'"),
	    "[{'name':'type','type':'string'},{'name':'ram0','type':"
	    "'child<memory-backend-ram>'}]");
	end();
}

static void
it_refuses_as_qemu_does(void **state)
{
	begin(NULL);
	assert_string_equal(ask("nope", NULL),
	    "CommandNotFound: The command nope has not been found");
	no("device_del", NULL, "Parameter 'id' is missing");
	no("query-status", "'y': 1", "Parameter 'y' is unexpected");
	assert_string_equal(ask("qom-get", "'path': '/nope', 'property': 'x'"),
	    "DeviceNotFound: Device '/nope' not found");
	no("qom-get", "'path': '/machine', 'property': 'nope'",
	    "Property 'pc-q35-7.2-machine.nope' not found");
	end();
}

static void
it_stops_goes_on_and_ends(void **state)
{
	begin(NULL);
	ok("stop", NULL);
	ok("stop", NULL);
	has(ask("query-status", NULL), "'status':'paused'");
	ok("cont", NULL);
	ok("quit", NULL);
	events("STOP {}\nRESUME {}\n"
	       "SHUTDOWN {'guest':false,'reason':'host-qmp-quit'}\n");
	pass(1);
	assert_true(fake_is_gone(rig.fake));
	assert_string_equal(
	    qmp_why(rig.links[FAKE_MONITOR]), "QEMU closed the monitor");
	assert_string_equal(qmp_why(rig.links[FAKE_AGENT]),
	    "the guest agent's socket was closed");
	link_up(FAKE_MONITOR);
	pass(1);
	assert_int_equal(qmp_state(rig.links[FAKE_MONITOR]), QMP_LOST);
	end();
}

/* ---- sockets ---- */

static void
a_second_client_hears_nothing_until_the_first_has_gone(void **state)
{
	struct qmp_options options = { .open_ms = 100 };
	struct qmp *second;

	begin(NULL);
	pass(1);
	second = qmp_open_fd(
	    rig.clock, fake_connect(rig.fake, FAKE_MONITOR), &options);
	pass(200);
	assert_string_equal(qmp_why(second),
	    "no greeting: another client holds this monitor, or QEMU is "
	    "stopped");
	qmp_free(second);
	second = qmp_open_fd(
	    rig.clock, fake_connect(rig.fake, FAKE_MONITOR), &options);
	pass(50);
	fake_hang_up(rig.fake, FAKE_MONITOR);
	pass(10);
	assert_int_equal(qmp_state(rig.links[FAKE_MONITOR]), QMP_LOST);
	assert_int_equal(qmp_state(second), QMP_READY);
	qmp_free(second);
	end();
}

static void
it_listens_at_a_path(void **state)
{
	char path[] = "/tmp/test-fakeqmp-XXXXXX";
	struct qmp_options options = { .open_ms = 100 };
	struct qmp *first, *second;
	struct err e;

	close(mkstemp(path));
	begin(NULL);
	qmp_free(TAKE(rig.links[FAKE_MONITOR]));
	assert_int_equal(fake_listen(rig.fake, FAKE_MONITOR, path, &e), 0);
	pass(1);
	first = qmp_open(rig.clock, path, &options);
	pass(1);
	second = qmp_open(rig.clock, path, &options);
	pass(50);
	assert_int_equal(qmp_state(first), QMP_READY);
	assert_int_equal(qmp_state(second), QMP_OPENING);
	qmp_free(first);
	pass(10);
	assert_int_equal(qmp_state(second), QMP_READY);
	qmp_free(second);
	assert_int_equal(
	    fake_listen(rig.fake, FAKE_AGENT, "/nope/nope", &e), -1);
	has(e.text, "listen at /nope/nope: ");
	end();
	assert_int_equal(access(path, F_OK), -1);
}

/* ---- migration ---- */

#define IGNORE_SHARED                                                         \
	"'capabilities': [{'capability': 'x-ignore-shared', 'state': true}, " \
	"{'capability': 'events', 'state': true}]"

static void
a_template_is_saved(void **state)
{
	begin(NULL);
	ok("migrate-set-capabilities", IGNORE_SHARED);
	no("migrate-set-capabilities",
	    "'capabilities': [{'capability': 'nope', 'state': true}]",
	    "Parameter 'capability' does not accept value 'nope'");
	assert_string_equal(ask("query-migrate", NULL), "{}");
	no("migrate", "'uri': 'file:/f'",
	    "Parameter 'uri' expects a valid migration protocol");
	ok("stop", NULL);
	ok("migrate", "'uri': 'exec:cat >/f'");
	assert_string_equal(ask("query-migrate", NULL), "{'status':'setup'}");
	pass(30);
	assert_string_equal(
	    ask("query-migrate", NULL), "{'status':'completed'}");
	has(ask("query-status", NULL), "'postmigrate'");
	events("STOP {}\nMIGRATION {'status':'setup'}\n"
	       "MIGRATION {'status':'completed'}\n");
	no("migrate-incoming", "'uri': 'exec:cat /f'",
	    "'-incoming' was not specified on the command line");
	end();
}

static void
a_clone_is_loaded(void **state)
{
	const struct fake_options clone = { .is_incoming = true };

	begin(&clone);
	has(ask("query-status", NULL), "'inmigrate'");
	ok("migrate-incoming", "'uri': 'exec:cat /f'");
	pass(30);
	has(ask("query-status", NULL), "'paused'");
	ok("cont", NULL);
	assert_string_equal(ask_agent("guest-ping", NULL), "{}");
	end();

	begin(&clone);
	ok("cont", NULL);
	ok("migrate-incoming", "'uri': 'exec:cat /f'");
	pass(30);
	has(ask("query-status", NULL), "'running'");
	end();
}

static void
a_migration_may_fail(void **state)
{
	begin(NULL);
	fake_fail_migration(rig.fake, "No space left on device");
	ok("migrate", "'uri': 'exec:cat >/f'");
	pass(30);
	assert_string_equal(ask("query-migrate", NULL),
	    "{'error-desc':'No space left on device','status':'failed'}");
	has(ask("query-status", NULL), "'running'");
	ok("migrate", "'uri': 'exec:cat >/f'");
	pass(30);
	assert_string_equal(
	    ask("query-migrate", NULL), "{'status':'completed'}");
	end();
}

/* ---- inspection ---- */

static void
it_keeps_a_log_of_commands(void **state)
{
	_free_ char *text = NULL;

	begin(NULL);
	ask("query-status", NULL);
	ask("device_del", "'id': 'x'");
	text = text_from(fake_commands(rig.fake, FAKE_MONITOR));
	assert_string_equal(text,
	    "[{'execute':'qmp_capabilities'},{'execute':'query-status'},"
	    "{'arguments':{'id':'x'},'execute':'device_del'}]");
	end();
}

/* Two ways to the same place. */
static void
a_picture_does_not_show_the_way(void **state)
{
	_free_ char *one = NULL, *two = NULL;

	begin(NULL);
	ok("blockdev-add", "'driver': 'null-co', 'node-name': 'a'");
	ok("blockdev-add", "'driver': 'null-co', 'node-name': 'b'");
	add_memory("m", 128);
	pass(60);
	one = picture();
	end();
	begin(NULL);
	add_memory("m", 128);
	ok("blockdev-add", "'driver': 'null-co', 'node-name': 'b'");
	ok("blockdev-add", "'driver': 'null-co', 'node-name': 'a'");
	pass(60);
	two = picture();
	assert_string_equal(one, two);
	end();
}

/* What a broken link says is up to the test. */
static void
it_can_say_anything(void **state)
{
	begin(NULL);
	pass(10);
	fake_say(rig.fake, FAKE_MONITOR, "SSH-2.0\r\n");
	pass(10);
	assert_string_equal(qmp_why(rig.links[FAKE_MONITOR]),
	    "this is not QMP: \"SSH-2.0\\x0d\\x0a\"");
	end();
}

static void
many_live_in_one_process(void **state)
{
	struct qmp_options options = { 0 };
	struct fake *fakes[100];
	struct qmp *links[100];
	size_t i;

	begin(NULL);
	for (i = 0; i < ARRAY_SIZE(fakes); i++) {
		fakes[i] = fake_new(rig.clock, NULL);
		links[i] = qmp_open_fd(
		    rig.clock, fake_connect(fakes[i], FAKE_MONITOR), &options);
	}
	pass(1);
	for (i = 0; i < ARRAY_SIZE(fakes); i++) {
		assert_int_equal(qmp_state(links[i]), QMP_READY);
		qmp_free(links[i]);
		fake_free(fakes[i]);
	}
	end();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_says_what_it_is),
		cmocka_unit_test(it_refuses_as_qemu_does),
		cmocka_unit_test(it_stops_goes_on_and_ends),
		cmocka_unit_test(
		    a_second_client_hears_nothing_until_the_first_has_gone),
		cmocka_unit_test(it_listens_at_a_path),
		cmocka_unit_test(a_template_is_saved),
		cmocka_unit_test(a_clone_is_loaded),
		cmocka_unit_test(a_migration_may_fail),
		cmocka_unit_test(it_keeps_a_log_of_commands),
		cmocka_unit_test(a_picture_does_not_show_the_way),
		cmocka_unit_test(it_can_say_anything),
		cmocka_unit_test(many_live_in_one_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
