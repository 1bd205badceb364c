/* The way through a plan's steps; the theory is in run.h. */

#include "run-internal.h"
#include "vm.h"
#include <assert.h>

static void step_start(struct run *run, step_fn *act);
static void advance(struct run *run);

/* The step under way. */
struct plan_step *
run_step(const struct run *run)
{
	return plan_at(run->plan, run->at);
}

struct vm *
run_vm(const struct run *run)
{
	return run->vm;
}

struct plan *
run_plan(const struct run *run)
{
	return run->plan;
}

struct clock *
run_clock(const struct run *run)
{
	return vm_clock(run->vm);
}

bool
run_is_rehearsal(const struct run *run)
{
	return run->rehearsal;
}

/* ---- the end ---- */

/* Calls done and frees the run; from the loop only. */
static void
finish(struct run *run, enum plan_end end)
{
	run_done_fn *done = run->done;
	struct run_result result = run->result;
	struct plan *plan = run->plan;
	void *arg = run->arg;

	assert(!run->finished);
	run->finished = true;
	result.end = end;
	result.us = clock_now(run_clock(run)) - run->began;
	run_free(run);
	done(arg, plan, &result);
}

/* Which of the six it was, once there is no step left to take. */
static enum plan_end
end_of(const struct run *run)
{
	if (run->any_stuck)
		return PLAN_STUCK;
	if (run->backward)
		return PLAN_FAILED;
	return run->any_partial ? PLAN_PARTIAL : PLAN_DONE;
}

/* ---- errors ---- */

/* Marks the present step as failed; the step's first sentence is kept. */
void
run_fail_step(struct run *run, bool silent, const char *class, const char *text)
{
	if (run->failing)
		return;
	run->failing = true;
	run->silent = silent;
	snprintf(run->why, sizeof(run->why), "%s", text);
	snprintf(
	    run->why_class, sizeof(run->why_class), "%s", class ? class : "");
	wants_drop_waits(run);
}

/* Keeps the first step's error as the plan's own. */
static void
keep_error(struct run *run)
{
	_free_ char *title = plan_step_title(run_step(run));

	if (*run->result.error)
		return;
	snprintf(run->result.error, sizeof(run->result.error), "%.256s: %.760s",
	    title, run->why);
	snprintf(run->result.error_class, sizeof(run->result.error_class), "%s",
	    run->why_class);
}

/* The step fails with this sentence. */
enum verdict
run_refuse(struct run *run, const char *fmt, ...)
{
	char text[ERR_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	run_fail_step(run, false, NULL, text);
	return REFUSED;
}

/* The link is gone: the present step cannot go on. */
void
run_lose(struct run *run, const char *why)
{
	run->lost = true;
	run_fail_step(run, false, NULL, why);
}

/* A note shown with the present step; the last one stands. */
void
run_note(struct run *run, const char *fmt, ...)
{
	struct plan_step *s = run_step(run);
	va_list ap;

	free(s->note);
	va_start(ap, fmt);
	if (vasprintf(&s->note, fmt, ap) < 0)
		s->note = must(NULL);
	va_end(ap);
}

/* The step went on with less than was asked. */
void
run_partial(struct run *run, const char *fmt, ...)
{
	char text[ERR_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	run_note(run, "%s", text);
	run->partial = true;
}

/* ---- ends of a step ---- */

/* Writes down what became of the step and how long it took. */
static void
step_end(struct run *run, enum step_result result)
{
	struct plan_step *s = run_step(run);

	s->result = result;
	s->us += clock_now(run_clock(run)) - run->step_began;
	if (run->options.on_step)
		run->options.on_step(run->options.arg, s);
}

/* Takes the next inverse, or ends the run. */
static void
go_back(struct run *run)
{
	struct plan_step *s;
	bool more = run_find_undo(run);

	while (more && run_step(run)->step->flags & STEP_FINAL) {
		run->any_stuck = true;
		run_step(run)->result = STEP_STUCK;
		more = run_skip_item(run) && run_find_undo(run);
	}
	if (!more) {
		finish(run, end_of(run));
		return;
	}
	s = run_step(run);
	s->changed = false;
	step_start(run, plan_step_inverse(s));
}

/* The first failure: the run turns round. */
static void
turn_back(struct run *run)
{
	run->backward = true;
	go_back(run);
}

/* A step on the way forward has failed. */
static void
forward_failed(struct run *run)
{
	struct plan_step *s = run_step(run);

	if (run->lost) {
		snprintf(
		    run->why, sizeof(run->why), "%s", vm_lost_why(run->vm));
		keep_error(run);
		step_end(run, STEP_LOST);
		if (run_owns_qemu(run))
			turn_back(run);
		else
			finish(run, PLAN_LOST);
		return;
	}
	if (s->step->flags & STEP_OPTIONAL && !run->interrupted) {
		run_note(run, "%s", run->why);
		run->any_partial = true;
		step_end(run, STEP_PARTIAL);
		run->at++;
		advance(run);
		return;
	}
	keep_error(run);
	if (run->silent && !run_owns_qemu(run)) {
		step_end(run, STEP_PENDING);
		finish(run, PLAN_PENDING);
		return;
	}
	step_end(run, STEP_FAILED);
	turn_back(run);
}

/* An inverse has failed, or its link is gone. */
static void
backward_failed(struct run *run)
{
	bool lost = run->lost && !(run_step(run)->step->flags & STEP_HOST);

	if (lost && !run_owns_qemu(run)) {
		step_end(run, STEP_LOST);
		finish(run, PLAN_LOST);
		return;
	}
	if (lost) {
		go_back(run);
		return;
	}
	run_note(run, "could not be undone: %s", run->why);
	step_end(run, STEP_STUCK);
	run->any_stuck = true;
	if (run_skip_item(run))
		go_back(run);
	else
		finish(run, end_of(run));
}

/* The step has all that it wanted. */
static void
step_done(struct run *run)
{
	struct plan_step *s = run_step(run);

	if (run->backward) {
		step_end(run, STEP_UNDONE);
		go_back(run);
		return;
	}
	s->changed = true;
	run->any_partial |= run->partial;
	step_end(run, run->partial ? STEP_PARTIAL : STEP_DONE);
	run->at++;
	advance(run);
}

/* Goes on when nothing is wanted any more. */
void
run_settle(struct run *run)
{
	if (run->starting || wants_any(run))
		return;
	if (run->lost && !run->heard_out) {
		run->heard_out = true;
		want_last_words(run);
		return;
	}
	if (!run->failing)
		step_done(run);
	else if (run->backward)
		backward_failed(run);
	else
		forward_failed(run);
}

/* ---- ways into a step ---- */

/* Lets the step say what it wants, with its slate clean. */
static void
step_start(struct run *run, step_fn *act)
{
	struct plan_step *s = run_step(run);

	run->failing = run->silent = run->partial = false;
	run->why[0] = run->why_class[0] = '\0';
	run->step_began = clock_now(run_clock(run));
	s->result = STEP_RUNNING;
	run->starting = true;
	if (act)
		act(run, s->item->subject);
	run->starting = false;
	wants_calls_answered(run);
	/* From the loop, so that steps that want nothing do not nest. */
	if (!wants_any(run))
		timer_start(run->kick, 0);
}

/* Takes the step at run->at, or ends the run. */
static void
advance(struct run *run)
{
	if (run->at >= plan_length(run->plan)) {
		finish(run, end_of(run));
		return;
	}
	step_start(run, plan_step_act(run_step(run)));
}

/* The loop's way in: the start, and steps that were done at once. */
static void
on_kick(void *arg)
{
	struct run *run = arg;

	if (run->at >= plan_length(run->plan) ||
	    run_step(run)->result != STEP_RUNNING)
		advance(run);
	else
		run_settle(run);
}

/* Starts a plan; the first step is taken from the loop. */
struct run *
run_start(struct vm *vm, struct plan *plan, const struct run_options *options,
    run_done_fn *done, void *arg)
{
	struct run *run = xcalloc(1, sizeof(*run));

	run->vm = vm;
	run->plan = plan;
	run->done = done;
	run->arg = arg;
	if (options)
		run->options = *options;
	if (!run->options.timeout_ms)
		run->options.timeout_ms = RUN_TIMEOUT_MS;
	TAILQ_INIT(&run->wants);
	run->began = clock_now(vm_clock(vm));
	run->kick = timer_new(vm_clock(vm), on_kick, run);
	timer_start(run->kick, 0);
	return run;
}

/* Drops everything without an answer. */
void
run_free(struct run *run)
{
	if (!run)
		return;
	wants_drop_all(run);
	timer_free(run->kick);
	free(run);
}

/* The present step fails; what was done is undone. */
void
run_interrupt(struct run *run, const char *why)
{
	if (run->backward || run->interrupted ||
	    run->at >= plan_length(run->plan) ||
	    run_step(run)->result != STEP_RUNNING)
		return;
	run->interrupted = true;
	run_fail_step(run, false, NULL, why);
	if (!wants_any(run))
		timer_start(run->kick, 0);
}

/* The vm's monitor is gone. */
void
run_link_lost(struct run *run, const char *why)
{
	if (run->at >= plan_length(run->plan) ||
	    run_step(run)->result != STEP_RUNNING || run->lost)
		return;
	/* Ending QEMU is what this step, or its undo, does. */
	if (run_step(run)->step->flags &
	    (run->backward ? STEP_QUITS | STEP_HOST : STEP_QUITS)) {
		run_poke(run);
		return;
	}
	run->lost = true;
	if (run->failing)
		return;
	run_fail_step(run, false, NULL, why);
	if (!wants_any(run))
		timer_start(run->kick, 0);
}

/* Shows what each step would send, in order, sending nothing. */
void
run_rehearse(struct vm *vm, struct plan *plan)
{
	struct run run = { .vm = vm, .plan = plan, .rehearsal = true };

	TAILQ_INIT(&run.wants);
	for (run.at = 0; run.at < plan_length(plan); run.at++) {
		struct plan_step *s = run_step(&run);

		json_decref(s->commands);
		s->commands = must(json_array());
		if (plan_step_act(s))
			plan_step_act(s)(&run, s->item->subject);
	}
}

/* The contract's result object. */
json_t *
run_result_json(const struct run_result *result, const struct plan *plan)
{
	json_t *out = must(json_pack("{s:s, s:o, s:f}", "result",
	    plan_end_name(result->end), "steps", plan_steps_json(plan), "ms",
	    (double)result->us / 1000));

	if (*result->error)
		json_object_set_new(out, "error", json_string(result->error));
	if (*result->error_class)
		json_object_set_new(
		    out, "error_class", json_string(result->error_class));
	return out;
}
