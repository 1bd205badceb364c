/* Commands that must be answered before the step goes on. */

#include "commands.h"
#include "vm.h"
#include "want-internal.h"

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
	struct qmp *link = want_link(run, side);
	struct want *want;

	if (run->rehearsal) {
		rehearse(run, side, command);
		return NULL;
	}
	if (!link) {
		json_decref(command);
		if (tolerant && fn)
			fn(run, run_step(run)->item->subject, NULL);
		else if (!tolerant)
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
