/* Faults: each does what it says, to the command it is for. */
#include "rig.h"

static void
fault(enum fake_fault_kind kind, const char *command)
{
	struct fake_fault f = {
		.kind = kind,
		.command = command,
		.occurrence = 1,
		.ms = 3000,
	};

	fake_fault(rig.fake, &f);
}

static void
an_injected_error_changes_nothing(void **state)
{
	begin(NULL);
	fault(FAKE_ERROR, "blockdev-add");
	no("blockdev-add", "'driver': 'null-co', 'node-name': 'n'",
	    "injected error");
	assert_string_equal(ask("query-named-block-nodes", NULL), "[]");
	ok("blockdev-add", "'driver': 'null-co', 'node-name': 'n'");
	end();
}

static void
close_at(enum fake_fault_kind kind, const char *nodes)
{
	begin(NULL);
	fault(kind, "blockdev-add");
	assert_string_equal(
	    ask("blockdev-add", "'driver': 'null-co', 'node-name': 'n'"),
	    "none: QEMU closed the monitor");
	link_up(FAKE_MONITOR);
	has(ask("query-named-block-nodes", NULL), nodes);
	end();
}

static void
a_link_may_close_before_or_after(void **state)
{
	close_at(FAKE_CLOSE_BEFORE, "[]");
	close_at(FAKE_CLOSE_AFTER, "'node-name':'n'");
}

static void
a_late_reply_holds_up_the_next(void **state)
{
	uint64_t began;

	begin(NULL);
	ok("stop", NULL);
	began = clock_now(rig.clock);
	fault(FAKE_DELAY, "cont");
	qmp_call(rig.links[FAKE_MONITOR], json_of("{'execute': 'cont'}"), -1,
	    NULL, NULL);
	has(ask("query-status", NULL), "'running'");
	assert_int_equal((clock_now(rig.clock) - began) / 1000, 3000);
	end();
}

static void
an_event_may_come_first_or_twice(void **state)
{
	begin(NULL);
	add_disk();
	pass(60);
	fault(FAKE_EVENT_FIRST, "device_del");
	ok("device_del", "'id': 'disk1'");
	events("DEVICE_DELETED {'path':'/machine/peripheral/disk1/"
	       "virtio-backend'}\n"
	       "DEVICE_DELETED {'device':'disk1','path':"
	       "'/machine/peripheral/disk1'}\n");
	end();

	begin(NULL);
	add_memory("a", 128);
	pass(60);
	rig.events[0] = '\0';
	fault(FAKE_EVENT_TWICE, "device_del");
	ok("device_del", "'id': 'a'");
	ok("stop", NULL);
	ok("cont", NULL);
	events("STOP {}\nRESUME {}\n");
	pass(100);
	events("ACPI_DEVICE_OST {'info':{'device':'a','slot':'0','slot-type':"
	       "'DIMM','source':3,'status':132}}\n"
	       "ACPI_DEVICE_OST {'info':{'device':'a','slot':'0','slot-type':"
	       "'DIMM','source':3,'status':132}}\n"
	       "DEVICE_DELETED {'device':'a','path':'/machine/peripheral/a'}\n"
	       "DEVICE_DELETED {'device':'a','path':'/machine/peripheral/a'}\n"
	       "ACPI_DEVICE_OST {'info':{'slot':'0','slot-type':'DIMM',"
	       "'source':3,'status':0}}\n"
	       "ACPI_DEVICE_OST {'info':{'slot':'0','slot-type':'DIMM',"
	       "'source':3,'status':0}}\n");
	end();
}

static void
no_reply_is_no_reply(void **state)
{
	struct fake_fault agent = {
		.kind = FAKE_NO_REPLY,
		.side = FAKE_AGENT,
		.command = "guest-ping",
		.occurrence = 1,
	};

	begin(NULL);
	fault(FAKE_NO_REPLY, "stop");
	assert_string_equal(
	    ask("stop", NULL), "none: QEMU has said nothing for 30 s");
	link_up(FAKE_MONITOR);
	has(ask("query-status", NULL), "'paused'");
	ok("cont", NULL);
	fake_fault(rig.fake, &agent);
	assert_string_equal(ask_agent("guest-ping", NULL),
	    "none: the guest agent did not answer within 5 s");
	assert_string_equal(ask_agent("guest-ping", NULL), "{}");
	end();
}

static void
faults_are_chosen_by_number_or_name(void **state)
{
	struct fake_fault f = { .kind = FAKE_ERROR, .text = "third" };
	struct fake_fault g = {
		.kind = FAKE_ERROR,
		.command = "cont",
		.occurrence = 2,
		.error_class = "DeviceNotFound",
		.text = "second",
	};

	begin(NULL);
	ok("stop", NULL);
	assert_int_equal(fake_received(rig.fake, FAKE_MONITOR), 2);
	f.number = fake_received(rig.fake, FAKE_MONITOR) + 3;
	fake_fault(rig.fake, &f);
	fake_fault(rig.fake, &g);
	ok("cont", NULL);
	ok("stop", NULL);
	no("stop", NULL, "third");
	ok("stop", NULL);
	assert_string_equal(ask("cont", NULL), "DeviceNotFound: second");
	ok("cont", NULL);
	g.occurrence = 0;
	fake_fault(rig.fake, &g);
	assert_string_equal(ask("cont", NULL), "DeviceNotFound: second");
	assert_string_equal(ask("cont", NULL), "DeviceNotFound: second");
	fake_clear_faults(rig.fake);
	ok("cont", NULL);
	end();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_injected_error_changes_nothing),
		cmocka_unit_test(a_link_may_close_before_or_after),
		cmocka_unit_test(a_late_reply_holds_up_the_next),
		cmocka_unit_test(an_event_may_come_first_or_twice),
		cmocka_unit_test(no_reply_is_no_reply),
		cmocka_unit_test(faults_are_chosen_by_number_or_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
