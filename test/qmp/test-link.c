/* A link's life: freed anywhere, fed anything. */
#include "rig.h"

static struct rig rig;

/* ---- freeing ---- */

static void
free_in_a_callback(const char *said)
{
	rig_ready_monitor(&rig);
	qmp_listen(rig.qmp, rig_log_event, &rig);
	rig_call(&rig, "a");
	rig_call(&rig, "b");
	rig_settle(&rig);
	rig.frees = true;
	if (said)
		rig_say(&rig, said);
	else
		rig_hang_up(&rig);
	rig_settle(&rig);
	assert_null(rig.qmp);
	assert_ptr_equal(strchr(rig.log, '\n'), rig.log + strlen(rig.log) - 1);
	rig_free(&rig);
}

static void
a_link_may_be_freed_in_any_callback(void **state)
{
	free_in_a_callback("{\"return\": {}, \"id\": 2}"
			   "{\"return\": {}, \"id\": 3}{\"event\": \"A\"}");
	free_in_a_callback("{\"event\": \"A\"}{\"event\": \"B\"}");
	free_in_a_callback(NULL);
	free_in_a_callback("not JSON");
}

static void
a_link_may_be_freed_when_its_state_changes(void **state)
{
	rig_init(&rig);
	rig_open(&rig, QMP_MONITOR);
	rig.frees = true;
	rig_say(&rig,
	    GREETING "{\"return\": {}, \"id\": 1}"
		     "{\"event\": \"A\"}");
	rig_expect(&rig, "READY\n");
	rig_free(&rig);

	rig_init(&rig);
	rig_open_path(&rig, "/nowhere/at/all", QMP_MONITOR);
	rig.frees = true;
	rig_expect(&rig, "LOST /nowhere/at/all: nobody listens there\n");
	rig_free(&rig);
}

static void
a_link_may_be_freed_before_it_connects(void **state)
{
	rig_init(&rig);
	rig_open(&rig, QMP_MONITOR);
	rig_call(&rig, "a");
	rig_free(&rig);
	qmp_free(NULL);
}

static void
a_late_refusal_may_free_the_link(void **state)
{
	rig_ready_monitor(&rig);
	rig_hang_up(&rig);
	rig_expect(&rig, "LOST QEMU closed the monitor\n");
	rig_call(&rig, "a");
	rig_call(&rig, "b");
	rig.frees = true;
	rig_expect(&rig, "a: none: QEMU closed the monitor\n");
	rig_free(&rig);
}

/* ---- any bytes ---- */

static const char recorded[] = GREETING
    "{\"return\": {}, \"id\": 6}\r\n"
    "{\"timestamp\": {\"seconds\": 1, \"microseconds\": 2}, \"event\": "
    "\"STOP\"}\r\n"
    "{\"return\": {\"n\": 18446744073709551615}, \"id\": 1}\r\n"
    "{\n  \"return\": [\n    \"}\\\"{\"\n  ],\n  \"id\": 2\n}\r\n"
    "{\"id\": 3, \"error\": {\"class\": \"CommandNotFound\", \"desc\": "
    "\"no\"}}\r\n"
    "{\"return\": {}, \"id\": 4}{\"return\": {}, \"id\": 5}";

/* What was recorded, in pieces by this seed, so many bytes of it damaged. */
static void
play(uint64_t seed, unsigned damage)
{
	static const char *const names[] = { "a", "b", "c", "d", "e" };
	char bytes[sizeof(recorded)];
	size_t at, n, all = strlen(recorded);
	unsigned i;

	memcpy(bytes, recorded, sizeof(recorded));
	for (i = 0; i < damage; i++)
		bytes[check_random(&seed) % all] = (char)check_random(&seed);
	rig_init(&rig);
	rig_open(&rig, QMP_MONITOR);
	for (i = 0; i < ARRAY_SIZE(names); i++)
		rig_call(&rig, names[i]);
	for (at = 0; at < all; at += n) {
		n = 1 + check_random(&seed) % 60;
		n = MIN(n, all - at);
		rig_say_n(&rig, bytes + at, n);
	}
}

static void
any_cut_gives_the_same_answers(void **state)
{
	uint64_t seed;

	for (seed = 1; seed <= 200; seed++) {
		play(seed, 0);
		rig_expect(&rig,
		    "READY\n"
		    "a: {\"n\":1.8446744073709552e19}\n"
		    "b: [\"}\\\"{\"]\n"
		    "c: CommandNotFound: no\n"
		    "d: {}\n"
		    "e: {}\n");
		rig_free(&rig);
	}
}

static void
any_damage_leaves_every_call_answered_once(void **state)
{
	uint64_t seed;

	for (seed = 1; seed <= 1500; seed++) {
		play(seed, 1 + (unsigned)(seed % 4));
		rig_hang_up(&rig);
		rig_wait(&rig, 10 * RIG_REPLY_MS);
		assert_int_equal(rig_unanswered(&rig), 0);
		assert_int_equal(qmp_state(rig.qmp), QMP_LOST);
		rig_free(&rig);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_link_may_be_freed_in_any_callback),
		cmocka_unit_test(a_link_may_be_freed_when_its_state_changes),
		cmocka_unit_test(a_link_may_be_freed_before_it_connects),
		cmocka_unit_test(a_late_refusal_may_free_the_link),
		cmocka_unit_test(any_cut_gives_the_same_answers),
		cmocka_unit_test(any_damage_leaves_every_call_answered_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
