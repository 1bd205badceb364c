/* A link to a guest agent: getting into step, and staying there. */
#include "rig.h"

#include <sys/socket.h>

/* What qemu-ga says to the 0xFF that resets its parser. */
#define STRAY                                                  \
	"{\"error\": {\"class\": \"GenericError\", \"desc\": " \
	"\"JSON parse error, stray '\\uFFFD'\"}}\n"

static struct rig rig;

static void
open_agent(unsigned open_ms)
{
	rig_init(&rig);
	rig.open_ms = open_ms;
	rig_open(&rig, QMP_AGENT);
}

static void
say_sync(uint64_t id)
{
	char text[200];

	snprintf(text, sizeof(text), STRAY "\xff{\"return\": %llu}\n",
	    (unsigned long long)id);
	rig_say(&rig, text);
}

static void
it_is_ready_when_in_step(void **state)
{
	open_agent(0);
	say_sync(rig_sync_id(&rig, NULL));
	rig_expect(&rig, "READY\n");
	assert_null(qmp_version(rig.qmp));
	rig_free(&rig);
}

static void
what_an_earlier_client_left_is_skipped(void **state)
{
	char text[100];
	uint64_t id;

	open_agent(0);
	id = rig_sync_id(&rig, NULL);
	rig_call(&rig, "a");
	rig_say(&rig, "rn\": {}}\n{\"return\": {}}\n\xff{\"return\": 12345}");
	rig_say(&rig, "login: \xff\xff{\"return\": {}}");
	rig_say(&rig, "\xff{\"return\": \"x\"}\xff{]\xff{\"error\": {}}");
	rig_expect(&rig, "");
	snprintf(text, sizeof(text), "\xff{\"return\": 1}{\"return\": %llu}",
	    (unsigned long long)id);
	rig_say(&rig, text);
	rig_expect(&rig, "");
	say_sync(id);
	rig_expect(&rig, "READY\n");
	rig_expect_heard(&rig, "{\"execute\":\"a\"}\n");
	rig_free(&rig);
}

/* ---- trying again ---- */

/* Settling takes a millisecond, and hearing settles. */
static void
syncs_are_repeated_with_back_off(void **state)
{
	static const unsigned gaps[] = { 100, 200, 400, 800, 1600, 2000, 2000 };
	uint64_t at;
	unsigned n, i;

	open_agent(0);
	at = clock_now(rig.clock) / 1000;
	rig_sync_id(&rig, &n);
	assert_int_equal(n, 1);
	for (i = 0; i < ARRAY_SIZE(gaps); i++) {
		at += gaps[i];
		rig_wait(&rig, at - clock_now(rig.clock) / 1000 - 5);
		rig_sync_id(&rig, &n);
		assert_int_equal(n, 0);
		rig_wait(&rig, 5);
		rig_sync_id(&rig, &n);
		assert_int_equal(n, 1);
	}
	rig_free(&rig);
}

static void
an_unread_sync_is_not_repeated(void **state)
{
	unsigned n;

	open_agent(0);
	rig_wait(&rig, 3600 * 1000);
	rig_sync_id(&rig, &n);
	assert_int_equal(n, 1);
	rig_wait(&rig, 3000);
	rig_sync_id(&rig, &n);
	assert_int_equal(n, 1);
	rig_free(&rig);
}

/* The error for a later sync's 0xFF would pass for the first call's reply. */
static void
only_the_last_sync_counts(void **state)
{
	uint64_t first, last;

	open_agent(0);
	first = rig_sync_id(&rig, NULL);
	rig_wait(&rig, 150);
	last = rig_sync_id(&rig, NULL);
	assert_int_equal(last, first + 1);
	rig_call(&rig, "a");
	say_sync(first);
	rig_expect(&rig, "");
	rig_expect_heard(&rig, "");
	say_sync(last);
	rig_expect(&rig, "READY\n");
	rig_say(&rig, "{\"return\": 5}");
	rig_expect(&rig, "a: 5\n");
	rig_free(&rig);
}

/* Three seconds for each answer, when syncs come every two. */
static void
a_guest_slower_than_the_back_off_is_caught_up_with(void **state)
{
	uint64_t first, last;
	unsigned n;

	open_agent(0);
	first = rig_sync_id(&rig, NULL);
	for (last = first; last < first + 4; last += n) {
		rig_wait(&rig, 900);
		rig_sync_id(&rig, &n);
	}
	say_sync(first);
	rig_wait(&rig, 3000);
	rig_sync_id(&rig, &n);
	assert_int_equal(n, 0);
	say_sync(last - 1);
	rig_wait(&rig, 1000);
	say_sync(last);
	rig_expect(&rig, "READY\n");
	rig_free(&rig);
}

/* Heard, and then nothing more: syncs go on. */
static void
a_guest_that_died_while_answering_is_asked_again(void **state)
{
	uint64_t first;
	unsigned n;

	open_agent(0);
	first = rig_sync_id(&rig, NULL);
	rig_wait(&rig, 150);
	rig_sync_id(&rig, NULL);
	say_sync(first);
	rig_wait(&rig, RIG_REPLY_MS + 10);
	say_sync(rig_sync_id(&rig, &n));
	assert_int_equal(n, 1);
	rig_expect(&rig, "READY\n");
	rig_free(&rig);
}

static void
it_waits_for_ever_or_not(void **state)
{
	open_agent(0);
	rig_wait(&rig, UINT64_C(7) * 24 * 3600 * 1000);
	rig_expect(&rig, "");
	say_sync(rig_sync_id(&rig, NULL));
	rig_expect(&rig, "READY\n");
	rig_free(&rig);

	open_agent(2500);
	rig_wait(&rig, 2400);
	rig_expect(&rig, "");
	rig_wait(&rig, 200);
	rig_expect(&rig, "LOST the guest agent did not answer within 2.5 s\n");
	rig_free(&rig);
}

static void
calls_wait_no_longer_than_a_reply_may_take(void **state)
{
	open_agent(0);
	rig_call(&rig, "a");
	rig_wait(&rig, 1000);
	rig_call(&rig, "b");
	rig_wait(&rig, RIG_REPLY_MS - 1010);
	rig_expect(&rig, "");
	rig_wait(&rig, 20);
	rig_expect(
	    &rig, "a: none: the guest agent did not answer within 5 s\n");
	rig_wait(&rig, 1000);
	rig_expect(
	    &rig, "b: none: the guest agent did not answer within 5 s\n");
	assert_int_equal(qmp_state(rig.qmp), QMP_OPENING);
	rig_free(&rig);
}

/* ---- calls ---- */

static void
one_call_is_in_flight(void **state)
{
	rig_ready_agent(&rig);
	rig_call(&rig, "a");
	rig_call(&rig, "b");
	rig_expect_heard(&rig, "{\"execute\":\"a\"}\n");
	rig_wait(&rig, RIG_REPLY_MS - 100);
	rig_say(&rig, "{\"return\": 1}\n");
	rig_expect_heard(&rig, "{\"execute\":\"b\"}\n");
	rig_wait(&rig, RIG_REPLY_MS - 100);
	rig_say(&rig,
	    "{\"error\": {\"class\": \"CommandNotFound\", \"desc\": "
	    "\"Command b has been disabled\"}}\n");
	rig_expect(
	    &rig, "a: 1\nb: CommandNotFound: Command b has been disabled\n");
	rig_wait(&rig, 10 * RIG_REPLY_MS);
	rig_expect(&rig, "");
	rig_free(&rig);
}

static void
a_reply_that_nobody_asked_for_is_dropped(void **state)
{
	rig_ready_agent(&rig);
	rig_say(&rig, "{\"return\": 1}{\"error\": {}}");
	rig_call(&rig, "a");
	rig_say(&rig, "\xff{\"return\": 99}{\"return\": 2}");
	rig_expect(&rig, "a: 2\n");
	rig_free(&rig);
}

static void
a_call_that_is_not_answered_brings_a_new_sync(void **state)
{
	uint64_t id;

	rig_ready_agent(&rig);
	rig_call(&rig, "a");
	rig_call(&rig, "b");
	rig_expect_heard(&rig, "{\"execute\":\"a\"}\n");
	rig_wait(&rig, RIG_REPLY_MS + 1);
	rig_expect(&rig,
	    "a: none: the guest agent did not answer within 5 s\n"
	    "OPENING\n");
	id = rig_sync_id(&rig, NULL);
	rig_wait(&rig, RIG_REPLY_MS - 500);
	id = rig_sync_id(&rig, NULL);
	rig_say(&rig, "{\"return\": \"late\"}\n");
	rig_expect(&rig, "");
	say_sync(id);
	rig_expect(&rig, "READY\n");
	rig_expect_heard(&rig, "{\"execute\":\"b\"}\n");
	rig_say(&rig, "{\"return\": \"b\"}\n");
	rig_expect(&rig, "b: \"b\"\n");
	rig_free(&rig);
}

static void
a_sync_is_new_each_time(void **state)
{
	uint64_t id, other;

	open_agent(0);
	id = rig_sync_id(&rig, NULL);
	say_sync(id);
	rig_call(&rig, "a");
	rig_wait(&rig, RIG_REPLY_MS + 10);
	other = rig_sync_id(&rig, NULL);
	assert_true(other != id);
	rig_expect(&rig,
	    "READY\na: none: the guest agent did not answer within 5 s\n"
	    "OPENING\n");
	say_sync(id);
	rig_expect(&rig, "");
	rig_free(&rig);
}

/* ---- the end ---- */

static void
the_end_answers_every_call_once(void **state)
{
	rig_ready_agent(&rig);
	rig_call(&rig, "a");
	rig_call(&rig, "b");
	rig_settle(&rig);
	rig_hang_up(&rig);
	rig_expect(&rig,
	    "a: none: the guest agent's socket was closed\n"
	    "b: none: the guest agent's socket was closed\n"
	    "LOST the guest agent's socket was closed\n");
	rig_free(&rig);
}

static void
lost_when_ready(const char *said, const char *why)
{
	_free_ char *log = xasprintf("LOST %s\n", why);

	rig_ready_agent(&rig);
	rig_say(&rig, said);
	rig_expect(&rig, log);
	rig_free(&rig);
}

static void
a_guest_in_step_is_held_to_what_it_says(void **state)
{
	lost_when_ready("login: ", "this is not QMP: \"login: \"");
	lost_when_ready("{]",
	    "this is not JSON: string or '}' expected near "
	    "']' at byte 2");
	lost_when_ready(
	    "{\"event\": \"STOP\"}", "the guest agent sent what is no reply");
}

static void
a_link_may_be_freed_in_any_callback(void **state)
{
	rig_ready_agent(&rig);
	rig_call(&rig, "a");
	rig_call(&rig, "b");
	rig_settle(&rig);
	rig.frees = true;
	rig_say(&rig, "{\"return\": 1}{\"return\": 2}");
	rig_expect(&rig, "a: 1\n");
	rig_free(&rig);

	rig_ready_agent(&rig);
	rig_call(&rig, "a");
	rig_settle(&rig);
	rig.frees = true;
	rig_wait(&rig, RIG_REPLY_MS + 1);
	rig_expect(
	    &rig, "a: none: the guest agent did not answer within 5 s\n");
	rig_free(&rig);

	open_agent(0);
	rig.frees = true;
	say_sync(rig_sync_id(&rig, NULL));
	rig_expect(&rig, "READY\n");
	rig_free(&rig);
}

/* ---- any bytes ---- */

/* All within one moment, before the sync is repeated. */
static void
say_in_pieces(const char *text, uint64_t seed)
{
	size_t at, n, all = strlen(text);

	for (at = 0; at < all; at += n) {
		n = 1 + check_random(&seed) % 40;
		n = MIN(n, all - at);
		assert_int_equal(send(rig.peer, text + at, n, 0), n);
		rig_wait(&rig, 0);
	}
}

static void
any_cut_gives_the_same_answers(void **state)
{
	char text[400];
	uint64_t seed;

	for (seed = 1; seed <= 200; seed++) {
		open_agent(0);
		rig_call(&rig, "a");
		snprintf(text, sizeof(text),
		    "old\": {}}\n" STRAY "\xff{\"return\": 1}" STRAY
		    "\xff{\n\"return\": %llu\n}\n\n",
		    (unsigned long long)rig_sync_id(&rig, NULL));
		say_in_pieces(text, seed);
		rig_expect_heard(&rig, "{\"execute\":\"a\"}\n");
		say_in_pieces("{\"return\": {\"\\\"}\": [1, {}]}}\n", seed);
		rig_expect(&rig, "READY\na: {\"\\\"}\":[1,{}]}\n");
		rig_free(&rig);
	}
}

static void
any_damage_leaves_every_call_answered_once(void **state)
{
	char text[400];
	uint64_t seed;
	unsigned i;

	for (seed = 1; seed <= 1500; seed++) {
		uint64_t random = seed;

		rig_ready_agent(&rig);
		rig_call(&rig, "a");
		rig_call(&rig, "b");
		snprintf(text, sizeof(text),
		    "{\"return\": {}}\n\xff{\"return\": 5}\n"
		    "{\"error\": {\"class\": \"A\", \"desc\": \"b\"}}\n");
		for (i = 0; i < seed % 4; i++)
			text[check_random(&random) % strlen(text)] =
			    (char)(1 + check_random(&random) % 255);
		rig_say(&rig, text);
		rig_wait(&rig, 4 * RIG_REPLY_MS);
		assert_int_equal(rig_unanswered(&rig), 0);
		rig_free(&rig);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_ready_when_in_step),
		cmocka_unit_test(what_an_earlier_client_left_is_skipped),
		cmocka_unit_test(syncs_are_repeated_with_back_off),
		cmocka_unit_test(an_unread_sync_is_not_repeated),
		cmocka_unit_test(only_the_last_sync_counts),
		cmocka_unit_test(
		    a_guest_slower_than_the_back_off_is_caught_up_with),
		cmocka_unit_test(
		    a_guest_that_died_while_answering_is_asked_again),
		cmocka_unit_test(it_waits_for_ever_or_not),
		cmocka_unit_test(calls_wait_no_longer_than_a_reply_may_take),
		cmocka_unit_test(one_call_is_in_flight),
		cmocka_unit_test(a_reply_that_nobody_asked_for_is_dropped),
		cmocka_unit_test(a_call_that_is_not_answered_brings_a_new_sync),
		cmocka_unit_test(a_sync_is_new_each_time),
		cmocka_unit_test(the_end_answers_every_call_once),
		cmocka_unit_test(a_guest_in_step_is_held_to_what_it_says),
		cmocka_unit_test(a_link_may_be_freed_in_any_callback),
		cmocka_unit_test(any_cut_gives_the_same_answers),
		cmocka_unit_test(any_damage_leaves_every_call_answered_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
