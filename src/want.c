/*
 * What a step waits for: calls that must be answered, conditions outside that
 * must come true, and work on the host that is done in slices.
 */

#include "commands.h"
#include "host.h"
#include "run-internal.h"
#include "vm.h"
#include <assert.h>

#define POLL_MIN_US 1000
#define POLL_MAX_US 250000
/* A monitor closes a moment before its QEMU has ended. */
#define LAST_WORDS_MS 500

enum want_kind { WANT_CALL, WANT_WAIT, WANT_WORK };

struct want {
	TAILQ_ENTRY(want) entry;
	struct run *run;
	enum want_kind kind;
	enum run_side side;
	uint64_t call; /* the call, or the probe under way; 0: none */

	/* WANT_CALL */
	run_value_fn *value;
	bool tolerant;
	bool (*passes)(const char *text); /* an error that is tolerated */

	/* WANT_WAIT, WANT_WORK */
	struct wait wait;
	bool armed;
	bool answered; /* the last probe was: the guest is not silent */
	bool again; /* an event came while a probe was under way */
	uint64_t began;
	char last_error[256]; /* asking failed: no reason to give up */
	uint64_t met_since; /* asking has said MET since then; 0: not */
	struct timer *probe;
	struct timer *deadline;
};

static void ask(void *arg);

/* The link for a side; NULL when there is none. */
static struct qmp *
link_of(const struct run *run, enum run_side side)
{
	return side == RUN_AGENT ? vm_agent(run->vm) : vm_monitor(run->vm);
}

static struct want *
want_new(struct run *run, enum want_kind kind, enum run_side side)
{
	struct want *want = xcalloc(1, sizeof(*want));

	want->run = run;
	want->kind = kind;
	want->side = side;
	TAILQ_INSERT_TAIL(&run->wants, want, entry);
	return want;
}

/* Takes the want off its run; an answer still to come is dropped. */
static void
want_free(struct want *want)
{
	struct qmp *link = link_of(want->run, want->side);

	if (want->call && link)
		qmp_forget(link, want->call);
	TAILQ_REMOVE(&want->run->wants, want, entry);
	json_decref(want->wait.probe);
	timer_free(want->probe);
	timer_free(want->deadline);
	free(want);
}

/* Whether anything is still wanted. */
bool
wants_any(const struct run *run)
{
	return !TAILQ_EMPTY(&run->wants);
}

/* Drops the conditions and the work; calls stay until they are answered. */
void
wants_drop_waits(struct run *run)
{
	struct want *want, *next;

	for (want = TAILQ_FIRST(&run->wants); want; want = next) {
		next = TAILQ_NEXT(want, entry);
		if (want->kind != WANT_CALL)
			want_free(want);
	}
}

/* Drops everything. */
void
wants_drop_all(struct run *run)
{
	while (!TAILQ_EMPTY(&run->wants))
		want_free(TAILQ_FIRST(&run->wants));
}

/* ---- calls ---- */

/* In a rehearsal the command is written down instead of sent. */
static void
rehearse(struct run *run, enum run_side side, json_t *command)
{
	json_array_append_new(run_step(run)->commands,
	    must(json_pack("{s:s, s:o}", "to",
		side == RUN_AGENT ? "agent" : "monitor", "command", command)));
}

/* The monitor's word on whether QEMU lives after an agent's silence. */
static void
on_alive(void *arg, const struct qmp_reply *reply)
{
	struct want *want = arg;
	struct run *run = want->run;
	_free_ char *why = xstrdup(run->why);

	want->call = 0;
	if (reply->outcome == QMP_NONE)
		run_lose(run, vm_lost_why(run->vm));
	else
		run_fail_step(run, true, NULL, why);
	want_free(want);
	run_settle(run);
}

/* An agent did not answer: is it the guest, or is QEMU gone? */
static void
ask_alive(struct run *run, const char *text)
{
	struct qmp *monitor = vm_monitor(run->vm);
	struct want *want;

	if (!monitor) {
		run_fail_step(run, true, NULL, text);
		return;
	}
	want = want_new(run, WANT_CALL, RUN_MONITOR);
	snprintf(run->why, sizeof(run->why), "%s", text);
	want->call = qmp_call(monitor, cmd_query_status(), -1, on_alive, want);
}

/* No answer came. */
static void
call_unanswered(struct want *want, const char *text)
{
	struct run *run = want->run;

	if (run_step(run)->step->flags & STEP_QUITS)
		return;
	if (!run->backward)
		run_step(run)->changed = true; /* for all that is known */
	if (want->side == RUN_MONITOR)
		run_lose(run, vm_lost_why(run->vm));
	else if (!run->failing)
		ask_alive(run, text);
}

/* The peer said yes. */
static void
call_answered(struct want *want, const json_t *value)
{
	struct run *run = want->run;
	struct plan_step *s = run_step(run);

	if (!run->backward && s->item->way == PLAN_MAKE)
		s->changed = true;
	if (want->value && !run->failing)
		want->value(run, s->item->subject, value);
}

static bool
is_tolerated(const struct want *want, const struct qmp_reply *reply)
{
	return want->tolerant ||
	    (want->passes && reply->outcome == QMP_ERROR &&
		want->passes(reply->text));
}

static void
on_reply(void *arg, const struct qmp_reply *reply)
{
	struct want *want = arg;
	struct run *run = want->run;
	bool lost = reply->outcome == QMP_NONE && want->side == RUN_MONITOR;

	want->call = 0;
	if (reply->outcome == QMP_RETURN)
		call_answered(want, reply->value);
	else if (is_tolerated(want, reply) && !lost)
		call_answered(want, NULL);
	else if (reply->outcome == QMP_ERROR)
		run_fail_step(run, false, reply->error_class, reply->text);
	else
		call_unanswered(want, reply->text);
	want_free(want);
	wants_calls_answered(run);
	run_settle(run);
}

/* Sends the command, or writes it down: then there is nothing to want. */
static struct want *
call(struct run *run, enum run_side side, json_t *command, int fd,
    run_value_fn *fn, bool tolerant)
{
	struct qmp *link = link_of(run, side);
	struct want *want;

	if (run->rehearsal) {
		rehearse(run, side, command);
		return NULL;
	}
	if (!link) {
		json_decref(command);
		if (tolerant)
			fn(run, run_step(run)->item->subject, NULL);
		else
			run_refuse(run, "there is no %s to ask",
			    side == RUN_AGENT ? "guest agent" : "monitor");
		return NULL;
	}
	want = want_new(run, WANT_CALL, side);
	want->value = fn;
	want->tolerant = tolerant;
	want->call = qmp_call(link, command, fd, on_reply, want);
	return want;
}

void
want_reply(struct run *run, enum run_side side, json_t *command)
{
	call(run, side, command, -1, NULL, false);
}

void
want_reply_fd(struct run *run, enum run_side side, json_t *command, int fd)
{
	call(run, side, command, fd, NULL, false);
}

void
want_value(
    struct run *run, enum run_side side, json_t *command, run_value_fn *fn)
{
	call(run, side, command, -1, fn, false);
}

void
want_try(struct run *run, enum run_side side, json_t *command, run_value_fn *fn)
{
	call(run, side, command, -1, fn, true);
}

void
want_passing(struct run *run, enum run_side side, json_t *command,
    bool (*passes)(const char *text), run_value_fn *fn)
{
	struct want *want = call(run, side, command, -1, fn, false);

	if (want)
		want->passes = passes;
}

/* ---- conditions ---- */

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
	struct qmp *link = link_of(run, want->side);
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
