/* Conditions outside that must come true before the step goes on, and work on
 * the host that is done in slices. */

#include "host.h"
#include "vm.h"
#include "want-internal.h"
#include <assert.h>

#define POLL_MIN_US 250
#define POLL_MAX_US 250000
/* A monitor closes a moment before its QEMU has ended. */
#define LAST_WORDS_MS 500

/* One that has come true may be all that others waited for. */
static void
drop_needless(struct run *run)
{
	const void *subject = run_step(run)->item->subject;
	struct want *want, *next;

	for (want = TAILQ_FIRST(&run->wants); want; want = next) {
		next = TAILQ_NEXT(want, entry);
		if (want->wait.needless && want->wait.needless(subject))
			want_free(want);
	}
}

/* Acts on what was said of a condition; a refusal has freed it already. */
static void
judge(struct run *run, struct want *want, enum verdict verdict)
{
	if (verdict == REFUSED) {
		assert(run->failing); /* this want is gone with the others */
		run_settle(run);
		return;
	}
	if (verdict == MET) {
		want_free(want);
		drop_needless(run);
		run_settle(run);
		return;
	}
	if (verdict == LOOK)
		timer_start(want->probe, 0);
}

/* The next time to ask: in proportion to the time waited so far. */
static void
ask_later(struct want *want)
{
	uint64_t waited = clock_now(run_clock(want->run)) - want->began;

	uint64_t least = want->wait.pause_ms
	    ? want->wait.pause_ms * UINT64_C(1000)
	    : POLL_MIN_US;

	timer_start(
	    want->probe, MIN(MAX(waited / 20, least), (uint64_t)POLL_MAX_US));
}

/* Whether what asking said has held for long enough. */
static enum verdict
steady(struct want *want, enum verdict verdict)
{
	uint64_t now;

	if (verdict != MET || !want->wait.steady_ms)
		return verdict;
	now = clock_now(run_clock(want->run));
	if (!want->met_since)
		want->met_since = now;
	return now - want->met_since < want->wait.steady_ms * UINT64_C(1000)
	    ? NOT_YET
	    : MET;
}

static void
on_probe(void *arg, const struct qmp_reply *reply)
{
	struct want *want = arg;
	struct run *run = want->run;
	enum verdict verdict = NOT_YET;

	want->call = 0;
	want->answered = reply->outcome == QMP_RETURN;
	if (reply->outcome == QMP_NONE && want->side == RUN_MONITOR) {
		run_lose(run, vm_lost_why(run->vm));
		run_settle(run);
		return;
	}
	if (reply->outcome == QMP_RETURN)
		verdict = steady(want,
		    want->wait.probed(
			run, run_step(run)->item->subject, reply->value));
	else if (reply->outcome == QMP_ERROR)
		snprintf(want->last_error, sizeof(want->last_error), "%s",
		    reply->text);
	if (verdict != REFUSED) {
		if (verdict == NOT_YET && want->again)
			verdict = LOOK;
		want->again = false;
		if (verdict == NOT_YET)
			ask_later(want);
	}
	judge(run, want, verdict);
}

/* Asks, or looks, once. */
static void
ask(void *arg)
{
	struct want *want = arg;
	struct run *run = want->run;
	struct qmp *link = want_link(run, want->side);
	enum verdict verdict;

	if (want->wait.look) {
		verdict = want->wait.look(run, run_step(run)->item->subject);
		if (verdict == NOT_YET)
			ask_later(want);
		judge(run, want, verdict);
	} else if (want->call) {
		want->again = true;
	} else if (want->wait.probe && link) {
		want->call = qmp_call(
		    link, json_incref(want->wait.probe), -1, on_probe, want);
	}
}

static uint64_t
deadline_us(const struct want *want)
{
	return UINT64_C(1000) *
	    (want->wait.timeout_ms ? want->wait.timeout_ms
				   : want->run->options.timeout_ms);
}

/* The condition has a judgement of its own on its deadline. */
static bool
is_settled_late(struct want *want)
{
	struct run *run = want->run;
	enum verdict verdict =
	    want->wait.late(run, run_step(run)->item->subject);

	if (verdict == NOT_YET)
		timer_start(want->deadline, deadline_us(want));
	else if (verdict != LOOK)
		judge(run, want, verdict);
	return verdict != LOOK;
}

/* The deadline of a condition has passed. */
static void
on_deadline(void *arg)
{
	struct want *want = arg;
	struct run *run = want->run;
	bool deaf = want->side == RUN_AGENT && want->answered;
	bool silent = want->wait.silence == PLAN_PENDING && !deaf;
	char text[ERR_MAX];

	if (want->wait.late && is_settled_late(want))
		return;
	snprintf(text, sizeof(text), "waited %.3g s for %s%s%s",
	    (double)(clock_now(run_clock(run)) - want->began) / 1e6,
	    want->wait.what, *want->last_error ? ": " : "",
	    *want->last_error ? want->last_error
		: deaf        ? ": accepted by QEMU, not by the guest"
			      : "");
	want_free(want);
	run_fail_step(run, silent, NULL, text);
	run_settle(run);
}

/* Starts to ask for each condition now that the calls are answered. */
void
wants_calls_answered(struct run *run)
{
	struct want *want;

	TAILQ_FOREACH (want, &run->wants, entry)
		if (want->kind == WANT_CALL)
			return;
	TAILQ_FOREACH (want, &run->wants, entry) {
		if (want->armed)
			continue;
		want->armed = true;
		want->began = clock_now(run_clock(run));
		timer_start(want->probe, 0);
		if (want->deadline)
			timer_start(want->deadline, deadline_us(want));
	}
}

void
want_until(struct run *run, const struct wait *wait)
{
	struct want *want;

	if (run->rehearsal) {
		json_array_append_new(run_step(run)->commands,
		    must(json_pack("{s:s}", "waits for", wait->what)));
		json_decref(wait->probe);
		return;
	}
	want = want_new(run, WANT_WAIT, wait->side);
	want->wait = *wait;
	want->probe = timer_new(run_clock(run), ask, want);
	want->deadline = timer_new(run_clock(run), on_deadline, want);
}

static enum verdict
look_ended(struct run *run, void *subject)
{
	struct process *p = vm_process(run->vm);

	return p && process_is_running(p) ? NOT_YET : MET;
}

void
want_last_words(struct run *run)
{
	want_until(run,
	    &(struct wait){
		.what = "QEMU's last words",
		.look = look_ended,
		.timeout_ms = LAST_WORDS_MS,
	    });
	wants_calls_answered(run);
}

/* An event of the monitor, for every condition that listens. */
void
run_heard(struct run *run, const char *event, const json_t *data)
{
	struct want *want;

	TAILQ_FOREACH (want, &run->wants, entry) {
		enum verdict verdict;

		if (want->kind != WANT_WAIT || !want->wait.heard)
			continue;
		verdict = want->wait.heard(
		    run, run_step(run)->item->subject, event, data);
		if (verdict == NOT_YET || (verdict == LOOK && !want->armed))
			continue;
		judge(run, want, verdict);
		return; /* the list has changed; one event, one condition */
	}
}

/* Something that we can see ourselves may have changed. */
void
run_poke(struct run *run)
{
	struct want *want;

	TAILQ_FOREACH (want, &run->wants, entry)
		if (want->kind == WANT_WAIT && want->armed && want->wait.look)
			timer_start(want->probe, 0);
}

/* ---- work ---- */

/* One slice; more come from the loop until it is done. */
static void
work(void *arg)
{
	struct want *want = arg;
	struct run *run = want->run;
	enum verdict verdict =
	    want->wait.look(run, run_step(run)->item->subject);

	if (verdict == NOT_YET)
		timer_start(want->probe, 0);
	else
		judge(run, want, verdict);
}

void
want_work(struct run *run, run_look_fn *slice)
{
	struct want *want;

	if (run->rehearsal)
		return;
	want = want_new(run, WANT_WORK, RUN_MONITOR);
	want->wait.look = slice;
	want->probe = timer_new(run_clock(run), work, want);
}
