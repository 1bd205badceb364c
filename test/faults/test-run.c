/* The interpreter by itself: small tables of steps that only write a log. */

#include "commands.h"
#include "world.h"

static char *log_text;

/* One line of what happened. */
static void
say(const char *what)
{
	char *longer = xasprintf("%s%s ", log_text ? log_text : "", what);

	free(log_text);
	log_text = longer;
}

static void
expect(const char *text)
{
	assert_string_equal(log_text ? log_text : "", text);
	free(TAKE(log_text));
}

/* ---- steps: the subject is a name ---- */

static void
make(struct run *run, void *subject)
{
	say(subject);
}

static void
unmake(struct run *run, void *subject)
{
	_free_ char *what = xasprintf("-%s", (const char *)subject);

	say(what);
}

static void
refuse(struct run *run, void *subject)
{
	run_refuse(run, "no");
}

static int slices;

static enum verdict
slice(struct run *run, void *subject)
{
	say("slice");
	return ++slices < 3 ? NOT_YET : MET;
}

static void
work(struct run *run, void *subject)
{
	want_work(run, slice);
}

static enum verdict
never(struct run *run, void *subject)
{
	return NOT_YET;
}

static void
wait_for_ever(struct run *run, void *subject)
{
	want_until(run, &(struct wait){ .what = "a miracle", .look = never });
}

static int asked;

/* The one is asked ten times, the other meanwhile once. */
static enum verdict
soon(struct run *run, void *subject)
{
	return ++slices < 10 ? NOT_YET : MET;
}

static enum verdict
ask_rarely(struct run *run, void *subject)
{
	asked++;
	return NOT_YET;
}

static bool
is_needless(const void *subject)
{
	return slices == 10;
}

static void
wait_for_one_of_two(struct run *run, void *subject)
{
	want_until(run, &(struct wait){ .what = "the one", .look = soon });
	want_until(run,
	    &(struct wait){
		.what = "the other",
		.look = ask_rarely,
		.pause_ms = 200,
		.needless = is_needless,
	    });
}

static void
hang_up(struct run *run, void *subject)
{
	struct fake *fake = subject;

	fake_hang_up(fake, FAKE_MONITOR);
	wait_for_ever(run, subject);
}

static const struct step good[] = { { "good", make, unmake }, { NULL } };
static const struct step bad[] = { { "bad", refuse, unmake }, { NULL } };
static const struct step optional[] = {
	{ "optional", refuse, .flags = STEP_OPTIONAL },
	{ NULL },
};
static const struct step final[] = {
	{ "final", make, .flags = STEP_FINAL },
	{ NULL },
};
static const struct step working[] = { { "work", work }, { NULL } };
static const struct step waiting[] = { { "wait", wait_for_ever }, { NULL } };
static const struct step either[] = { { "either", wait_for_one_of_two },
	{ NULL } };
static const struct step losing[] = { { "lose", hang_up }, { NULL } };
static const struct step owning[] = {
	{ "own", make, unmake, .flags = STEP_HOST | STEP_OWNS },
	{ NULL },
};

static void
add(struct plan *plan, const struct step *table, const char *name)
{
	plan_add(plan, table, PLAN_MAKE, (void *)(uintptr_t)name, NULL, NULL,
	    "%s", name);
}

/* ---- one plan ---- */

static void
a_failure_undoes_what_was_done_last_first(void **state)
{
	struct plan *plan = plan_new();
	struct run_result r;
	struct world w;

	world_open(&w, NULL, false);
	add(plan, good, "a");
	add(plan, good, "b");
	add(plan, bad, "c");
	add(plan, good, "d");
	r = world_run(&w, plan);
	assert_int_equal(r.end, PLAN_FAILED);
	assert_string_equal(r.error, "c: bad: no");
	expect("a b -b -a ");
	world_close(&w);
}

static void
an_optional_failure_is_told_and_the_plan_goes_on(void **state)
{
	struct plan *plan = plan_new();
	struct run_result r;
	struct world w;

	world_open(&w, NULL, false);
	add(plan, good, "a");
	add(plan, optional, "b");
	add(plan, good, "c");
	r = world_run(&w, plan);
	assert_int_equal(r.end, PLAN_PARTIAL);
	assert_string_equal(r.error, "");
	expect("a c ");
	world_close(&w);
}

static void
what_cannot_be_undone_is_stuck_and_the_rest_is_undone(void **state)
{
	struct plan *plan = plan_new();
	struct run_result r;
	struct world w;

	world_open(&w, NULL, false);
	add(plan, good, "a");
	add(plan, final, "b");
	add(plan, bad, "c");
	r = world_run(&w, plan);
	assert_int_equal(r.end, PLAN_STUCK);
	expect("a b -a ");
	world_close(&w);
}

static void
work_is_done_in_slices(void **state)
{
	struct plan *plan = plan_new();
	struct run_result r;
	struct world w;

	slices = 0;
	world_open(&w, NULL, false);
	add(plan, working, "a");
	r = world_run(&w, plan);
	assert_int_equal(r.end, PLAN_DONE);
	expect("slice slice slice ");
	world_close(&w);
}

static void
a_condition_that_is_needless_is_not_waited_for(void **state)
{
	struct plan *plan = plan_new();
	struct run_result r;
	struct world w;

	slices = asked = 0;
	world_open(&w, NULL, false);
	world_wait(&w, 10);
	add(plan, either, "a");
	r = world_run(&w, plan);
	assert_int_equal(r.end, PLAN_DONE);
	assert_int_equal(asked, 1);
	world_close(&w);
}

static void
an_empty_plan_is_done(void **state)
{
	struct world w;

	world_open(&w, NULL, false);
	assert_int_equal(world_run(&w, plan_new()).end, PLAN_DONE);
	world_close(&w);
}

static void
a_lost_link_claims_nothing_and_undoes_nothing(void **state)
{
	struct plan *plan = plan_new();
	struct run_result r;
	struct world w;

	world_open(&w, NULL, false);
	world_wait(&w, 10);
	add(plan, good, "a");
	plan_add(plan, losing, PLAN_MAKE, w.fake, NULL, NULL, "%s", "");
	r = world_run(&w, plan);
	assert_int_equal(r.end, PLAN_LOST);
	assert_string_equal(r.error, "lose: QEMU closed the monitor");
	expect("a ");
	world_close(&w);
}

static void
losing_a_qemu_of_ones_own_is_a_failure(void **state)
{
	struct plan *plan = plan_new();
	struct run_result r;
	struct world w;

	world_open(&w, NULL, false);
	world_wait(&w, 10);
	add(plan, owning, "a");
	add(plan, good, "b"); /* inside that QEMU: gone with it */
	plan_add(plan, losing, PLAN_MAKE, w.fake, NULL, NULL, "%s", "");
	r = world_run(&w, plan);
	assert_int_equal(r.end, PLAN_FAILED);
	expect("a b -a ");
	world_close(&w);
}

/* ---- several ---- */

struct answer {
	const char *name;
	enum plan_end end;
	unsigned answers;
};

static void
on_answer(void *arg, struct plan *plan, const struct run_result *result)
{
	struct answer *a = arg;

	a->answers++;
	a->end = result->end;
	say(a->name);
}

static void
plans_of_a_vm_run_one_at_a_time_in_order(void **state)
{
	struct answer first = { "first" }, second = { "second" };
	struct plan *one = plan_new(), *two = plan_new();
	struct world w;

	world_open(&w, NULL, false);
	add(one, waiting, "a");
	add(two, good, "b");
	vm_submit(w.vm, one, NULL, on_answer, &first, NULL);
	vm_submit(w.vm, two, NULL, on_answer, &second, NULL);
	world_wait(&w, 1000);
	expect("");
	world_wait(&w, 2 * RUN_TIMEOUT_MS);
	expect("first b second ");
	assert_int_equal(first.end, PLAN_FAILED);
	assert_int_equal(second.end, PLAN_DONE);
	assert_int_equal(first.answers + second.answers, 2);
	plan_free(one);
	plan_free(two);
	world_close(&w);
}

static void
an_interrupted_plan_is_undone_and_the_next_one_runs(void **state)
{
	struct answer first = { "first" }, second = { "second" };
	struct plan *one = plan_new(), *two = plan_new();
	struct world w;

	world_open(&w, NULL, false);
	add(one, good, "a");
	add(one, waiting, "b");
	add(two, good, "c");
	vm_submit(w.vm, one, NULL, on_answer, &first, NULL);
	vm_submit(w.vm, two, NULL, on_answer, &second, NULL);
	world_wait(&w, 1000);
	vm_interrupt(w.vm, "interrupted");
	world_wait(&w, 1000);
	expect("a -a first c second ");
	assert_int_equal(first.end, PLAN_FAILED);
	plan_free(one);
	plan_free(two);
	world_close(&w);
}

static void
a_full_queue_is_said_at_the_door(void **state)
{
	struct plan *plans[VM_QUEUE_MAX + 2];
	struct answer answer = { "." };
	struct world w;
	struct err e;
	size_t i;

	world_open(&w, NULL, false);
	for (i = 0; i < ARRAY_SIZE(plans); i++) {
		int rc;

		plans[i] = plan_new();
		rc = vm_submit(w.vm, plans[i], NULL, on_answer, &answer, &e);
		assert_int_equal(rc, i <= VM_QUEUE_MAX ? 0 : -1);
	}
	assert_string_equal(e.text, "vm web: 64 plans wait already");
	world_wait(&w, 1000);
	assert_int_equal(answer.answers, VM_QUEUE_MAX + 1);
	free(TAKE(log_text));
	world_close(&w);
	for (i = 0; i < ARRAY_SIZE(plans); i++)
		plan_free(plans[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_failure_undoes_what_was_done_last_first),
		cmocka_unit_test(
		    an_optional_failure_is_told_and_the_plan_goes_on),
		cmocka_unit_test(
		    what_cannot_be_undone_is_stuck_and_the_rest_is_undone),
		cmocka_unit_test(work_is_done_in_slices),
		cmocka_unit_test(
		    a_condition_that_is_needless_is_not_waited_for),
		cmocka_unit_test(an_empty_plan_is_done),
		cmocka_unit_test(a_lost_link_claims_nothing_and_undoes_nothing),
		cmocka_unit_test(losing_a_qemu_of_ones_own_is_a_failure),
		cmocka_unit_test(plans_of_a_vm_run_one_at_a_time_in_order),
		cmocka_unit_test(
		    an_interrupted_plan_is_undone_and_the_next_one_runs),
		cmocka_unit_test(a_full_queue_is_said_at_the_door),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
