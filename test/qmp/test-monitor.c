/* A monitor: its opening, and the watchdog. */
#include "rig.h"

static struct rig rig;

/* ---- opening ---- */

static void
it_greets_and_is_ready(void **state)
{
	rig_ready_monitor(&rig);
	assert_int_equal(qmp_state(rig.qmp), QMP_READY);
	assert_int_equal(
	    json_integer_value(json_object_get(
		json_object_get(qmp_version(rig.qmp), "qemu"), "major")),
	    7);
	assert_string_equal(qmp_why(rig.qmp), "");
	rig_free(&rig);
}

static void
nothing_is_sent_before_the_greeting(void **state)
{
	rig_init(&rig);
	rig_open(&rig, QMP_MONITOR);
	rig_call(&rig, "stop");
	rig_expect_heard(&rig, "");
	assert_null(qmp_version(rig.qmp));
	rig_expect(&rig, "");
	rig_free(&rig);
}

static void
calls_before_ready_go_out_after_it(void **state)
{
	rig_init(&rig);
	rig_open(&rig, QMP_MONITOR);
	rig_call(&rig, "stop");
	rig_call(&rig, "cont");
	rig_say(&rig, GREETING);
	rig_expect_heard(&rig, "{\"execute\":\"qmp_capabilities\",\"id\":3}\n");
	rig_say(&rig, "{\"return\": {}, \"id\": 3}");
	rig_expect_heard(&rig,
	    "{\"execute\":\"stop\",\"id\":1}\n"
	    "{\"execute\":\"cont\",\"id\":2}\n");
	rig_say(&rig, "{\"return\": {}, \"id\": 1}");
	rig_expect(&rig, "READY\nstop: {}\n");
	rig_free(&rig);
}

static void
a_monitor_that_says_nothing_is_busy(void **state)
{
	rig_init(&rig);
	rig_open(&rig, QMP_MONITOR);
	rig_call(&rig, "stop");
	rig_wait(&rig, RIG_OPEN_MS - 1);
	assert_int_equal(qmp_state(rig.qmp), QMP_OPENING);
	rig_wait(&rig, 2);
	rig_expect(&rig,
	    "stop: none: no greeting: another client holds this monitor, or "
	    "QEMU is stopped\n"
	    "LOST no greeting: another client holds this monitor, or QEMU is "
	    "stopped\n");
	rig_free(&rig);
}

static void
deadlines_have_defaults(void **state)
{
	rig_init(&rig);
	rig.open_ms = 0;
	rig_open(&rig, QMP_MONITOR);
	rig_wait(&rig, QMP_OPEN_MS - 10);
	rig_expect(&rig, "");
	rig_wait(&rig, 20);
	rig_expect(&rig,
	    "LOST no greeting: another client holds this monitor, or QEMU is "
	    "stopped\n");
	rig_free(&rig);
}

static void
lost_while_opening(const char *said, const char *why)
{
	_free_ char *log = xasprintf("LOST %s\n", why);

	rig_init(&rig);
	rig_open(&rig, QMP_MONITOR);
	rig_say(&rig, said);
	rig_wait(&rig, RIG_OPEN_MS);
	rig_expect(&rig, log);
	assert_string_equal(qmp_why(rig.qmp), why);
	rig_free(&rig);
}

static void
what_is_not_a_monitor_is_told_apart(void **state)
{
	lost_while_opening("SSH-2.0-OpenSSH_9.2\r\n",
	    "this is not QMP: \"SSH-2.0-OpenSSH_9.2\\x0d\\x0a\"");
	lost_while_opening(
	    "{\"return\": {}}", "this is not QMP: no greeting came first");
	lost_while_opening("{\"QMP\": {\"version\": 3}}",
	    "this is not QMP: no greeting came first");
	lost_while_opening("{\"QMP\": {\"version\": {\"qemu\": {\"major\": 7, "
			   "\"minor\": \"2\", \"micro\": 0}, \"package\": "
			   "\"\"}}}",
	    "this is not QMP: no greeting came first");
	lost_while_opening("{\"QMP\"; 1}",
	    "this is not JSON: ':' expected near ';' at byte 7");
}

static void
the_negotiation_can_fail(void **state)
{
	lost_while_opening(GREETING "{\"id\": 1, \"error\": {\"class\": "
				    "\"GenericError\", \"desc\": \"no\"}}",
	    "QEMU refuses qmp_capabilities: no");
	lost_while_opening(GREETING, "QEMU does not answer qmp_capabilities");
}

/* ---- the watchdog ---- */

static void
silence_while_a_call_waits_ends_the_link(void **state)
{
	rig_ready_monitor(&rig);
	rig_wait(&rig, 100 * RIG_REPLY_MS);
	rig_expect(&rig, "");
	rig_call(&rig, "a");
	rig_wait(&rig, RIG_REPLY_MS - 1);
	rig_call(&rig, "b");
	rig_wait(&rig, 3);
	rig_expect(&rig,
	    "a: none: QEMU has said nothing for 5 s\n"
	    "b: none: QEMU has said nothing for 5 s\n"
	    "LOST QEMU has said nothing for 5 s\n");
	rig_free(&rig);
}

static void
anything_it_says_puts_the_watchdog_off(void **state)
{
	unsigned i;

	rig_ready_monitor(&rig);
	rig_call(&rig, "a");
	for (i = 0; i < 10; i++) {
		rig_wait(&rig, RIG_REPLY_MS - 10);
		rig_say(&rig, i % 2 ? " " : "{\"event\": \"STOP\"}");
	}
	assert_int_equal(qmp_state(rig.qmp), QMP_READY);
	rig_say(&rig, "{\"return\": {}, \"id\": 2}");
	rig_wait(&rig, 3 * RIG_REPLY_MS);
	assert_int_equal(qmp_state(rig.qmp), QMP_READY);
	rig_free(&rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_greets_and_is_ready),
		cmocka_unit_test(nothing_is_sent_before_the_greeting),
		cmocka_unit_test(calls_before_ready_go_out_after_it),
		cmocka_unit_test(a_monitor_that_says_nothing_is_busy),
		cmocka_unit_test(deadlines_have_defaults),
		cmocka_unit_test(what_is_not_a_monitor_is_told_apart),
		cmocka_unit_test(the_negotiation_can_fail),
		cmocka_unit_test(silence_while_a_call_waits_ends_the_link),
		cmocka_unit_test(anything_it_says_puts_the_watchdog_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
