/* Calls: each is answered once, whatever is said, and at the end. */
#include "rig.h"

#include <sys/socket.h>

static struct rig rig;

/* ---- replies ---- */

static void
replies_find_their_calls(void **state)
{
	rig_ready_monitor(&rig);
	rig_call(&rig, "a");
	rig_call(&rig, "b");
	rig_call(&rig, "c");
	rig_say(&rig, "{\"return\": 3, \"id\": 4}{\"return\": 1, \"id\": 2}");
	rig_expect(&rig, "c: 3\na: 1\n");
	rig_say(&rig,
	    "{\"id\": 3, \"error\": {\"class\": \"DeviceNotFound\", "
	    "\"desc\": \"Device 'x' not found\"}}");
	rig_expect(&rig, "b: DeviceNotFound: Device 'x' not found\n");
	rig_free(&rig);
}

static void
replies_that_nobody_asked_for_are_dropped(void **state)
{
	rig_ready_monitor(&rig);
	rig_call(&rig, "a");
	rig_say(&rig,
	    "{\"return\": {}, \"id\": 77}{\"return\": {}}"
	    "{\"return\": {}, \"id\": \"2\"}"
	    "{\"id\": 9, \"error\": {\"class\": \"GenericError\", "
	    "\"desc\": \"x\"}}"
	    "{\"return\": 1, \"id\": 2}{\"return\": 2, \"id\": 2}");
	rig_expect(&rig, "a: 1\n");
	rig_free(&rig);
}

static void
an_error_without_form_is_still_an_error(void **state)
{
	rig_ready_monitor(&rig);
	rig_call(&rig, "a");
	rig_say(&rig, "{\"id\": 2, \"error\": 5}");
	rig_expect(&rig, "a: GenericError: it gave no reason\n");
	rig_free(&rig);
}

static void
what_qemu_could_not_read_ends_the_link(void **state)
{
	rig_ready_monitor(&rig);
	rig_call(&rig, "a");
	rig_say(&rig,
	    "{\"error\": {\"class\": \"GenericError\", \"desc\": "
	    "\"JSON parse error, expecting value\"}}");
	rig_expect(&rig,
	    "a: none: QEMU did not understand us: JSON parse error, "
	    "expecting value\n"
	    "LOST QEMU did not understand us: JSON parse error, "
	    "expecting value\n");
	rig_free(&rig);
}

static void
what_is_neither_reply_nor_event_ends_the_link(void **state)
{
	rig_ready_monitor(&rig);
	rig_say(&rig, GREETING);
	rig_expect(&rig, "LOST QEMU sent neither a reply nor an event\n");
	rig_free(&rig);
}

static void
numbers_that_jansson_refuses_are_no_end(void **state)
{
	rig_ready_monitor(&rig);
	rig_call(&rig, "a");
	rig_say(&rig,
	    "{\"return\": {\"x\": 18446744073709551615, "
	    "\"y\": 9007199254740993}, \"id\": 2}");
	rig_expect(
	    &rig, "a: {\"x\":1.8446744073709552e19,\"y\":9007199254740993}\n");
	rig_free(&rig);
}

static void
a_forgotten_call_is_not_answered(void **state)
{
	uint64_t a, b;

	rig_ready_monitor(&rig);
	a = rig_call(&rig, "a");
	b = rig_call(&rig, "b");
	rig_call(&rig, "c");
	rig_settle(&rig);
	qmp_forget(rig.qmp, a);
	qmp_forget(rig.qmp, b);
	qmp_forget(rig.qmp, 12345);
	rig_say(&rig, "{\"return\": {}, \"id\": 2}");
	rig_hang_up(&rig);
	rig_expect(&rig,
	    "c: none: QEMU closed the monitor\n"
	    "LOST QEMU closed the monitor\n");
	rig_free(&rig);
}

/* ---- the end ---- */

static void
the_end_answers_every_call_once(void **state)
{
	rig_ready_monitor(&rig);
	rig_call(&rig, "a");
	rig_call(&rig, "b");
	rig_settle(&rig);
	rig_call(&rig, "c");
	rig_hang_up(&rig);
	rig_expect(&rig,
	    "a: none: QEMU closed the monitor\n"
	    "b: none: QEMU closed the monitor\n"
	    "c: none: QEMU closed the monitor\n"
	    "LOST QEMU closed the monitor\n");
	assert_string_equal(qmp_why(rig.qmp), "QEMU closed the monitor");
	rig_free(&rig);
}

static void
what_was_said_before_the_end_counts(void **state)
{
	rig_ready_monitor(&rig);
	rig_call(&rig, "a");
	rig_settle(&rig);
	rig_call(&rig, "b");
	assert_int_equal(
	    send(rig.peer, "{\"return\": 1, \"id\": 2}", 22, 0), 22);
	rig_hang_up(&rig);
	rig_expect(&rig,
	    "a: 1\n"
	    "b: none: QEMU closed the monitor\n"
	    "LOST QEMU closed the monitor\n");
	rig_free(&rig);
}

static void
a_peer_that_stopped_reading_ends_the_link(void **state)
{
	rig_ready_monitor(&rig);
	shutdown(rig.peer, SHUT_RD);
	rig_call(&rig, "a");
	rig_expect(&rig,
	    "a: none: cannot write: Broken pipe\n"
	    "LOST cannot write: Broken pipe\n");
	rig_free(&rig);
}

static void
calls_after_the_end_are_answered_from_the_loop(void **state)
{
	rig_ready_monitor(&rig);
	rig_hang_up(&rig);
	rig_expect(&rig, "LOST QEMU closed the monitor\n");
	rig_call(&rig, "a");
	qmp_forget(rig.qmp, rig_call(&rig, "b"));
	assert_string_equal(rig.log, "");
	rig_expect(&rig, "a: none: QEMU closed the monitor\n");
	rig_free(&rig);
}

struct persistent {
	struct qmp *qmp;
	unsigned answers;
};

static void
on_again(void *arg, const struct qmp_reply *reply)
{
	struct persistent *caller = arg;

	assert_int_equal(reply->outcome, QMP_NONE);
	caller->answers++;
	qmp_call(caller->qmp, json_pack("{s:s}", "execute", "a"), -1, on_again,
	    caller);
}

static bool
has_had_enough(void *arg)
{
	return ((const struct persistent *)arg)->answers >= 5;
}

/* The loop goes on although somebody never gives up. */
static void
calling_again_and_again_holds_up_nothing(void **state)
{
	struct clock *clock = clock_new();
	struct qmp_options options = { 0 };
	struct persistent caller = { 0 };

	caller.qmp = qmp_open(clock, "/nowhere/at/all", &options);
	qmp_call(caller.qmp, json_pack("{s:s}", "execute", "a"), -1, on_again,
	    &caller);
	assert_true(clock_run(clock, has_had_enough, &caller));
	assert_int_equal(caller.answers, 5);
	qmp_free(caller.qmp);
	clock_free(clock);
}

static void
there_is_a_limit_of_calls(void **state)
{
	unsigned i;

	rig_ready_monitor(&rig);
	for (i = 0; i < QMP_CALLS_MAX; i++)
		rig_call(&rig, "a");
	rig_call(&rig, "b");
	rig_expect(&rig, "b: none: 4096 calls are waiting already\n");
	rig_say(&rig, "{\"return\": {}, \"id\": 2}");
	rig_call(&rig, "c");
	rig_expect(&rig, "a: {}\n");
	assert_int_equal(rig_unanswered(&rig), QMP_CALLS_MAX);
	rig_hang_up(&rig);
	rig_settle(&rig);
	assert_int_equal(rig_unanswered(&rig), 0);
	rig_free(&rig);
}

static void
a_message_that_is_too_large_ends_the_link(void **state)
{
	_free_ char *text = xcalloc(QMP_MESSAGE_MAX + 2, 1);

	rig_ready_monitor(&rig);
	memset(text, ' ', QMP_MESSAGE_MAX + 1);
	text[0] = '{';
	rig_say(&rig, text);
	rig_expect(&rig, "LOST a message has more than 16 MiB\n");
	rig_free(&rig);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(replies_find_their_calls),
		cmocka_unit_test(replies_that_nobody_asked_for_are_dropped),
		cmocka_unit_test(an_error_without_form_is_still_an_error),
		cmocka_unit_test(what_qemu_could_not_read_ends_the_link),
		cmocka_unit_test(what_is_neither_reply_nor_event_ends_the_link),
		cmocka_unit_test(numbers_that_jansson_refuses_are_no_end),
		cmocka_unit_test(a_forgotten_call_is_not_answered),
		cmocka_unit_test(the_end_answers_every_call_once),
		cmocka_unit_test(what_was_said_before_the_end_counts),
		cmocka_unit_test(a_peer_that_stopped_reading_ends_the_link),
		cmocka_unit_test(
		    calls_after_the_end_are_answered_from_the_loop),
		cmocka_unit_test(calling_again_and_again_holds_up_nothing),
		cmocka_unit_test(there_is_a_limit_of_calls),
		cmocka_unit_test(a_message_that_is_too_large_ends_the_link),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
