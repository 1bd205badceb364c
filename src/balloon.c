/* The balloon: a target, and what the guest makes of it. */

#include "balloon.h"
#include "clock.h"
#include "commands.h"
#include "memory.h"
#include "run.h"
#include "units.h"

/* A guest that answers does not inflate meanwhile. */
#define ALIVE_PAUSE_MS 100

/* Rate limited to one a second: only a reason to ask. */
static enum verdict
heard_change(
    struct run *run, void *subject, const char *event, const json_t *data)
{
	return str_eq(event, "BALLOON_CHANGE") ? LOOK : NOT_YET;
}

/* "100Mi wanted, 256Mi before, 140Mi now". */
static void
tell_partial(struct run *run, const struct balloon *b, const char *why)
{
	_free_ char *asked = units_print_bytes(b->wanted);
	_free_ char *had = units_print_bytes(b->begin);
	_free_ char *got = units_print_bytes(b->now);

	run_partial(run, "%s wanted, %s before, %s now: the guest %s", asked,
	    had, got, why);
}

static enum verdict
probed_balloon(struct run *run, void *subject, const json_t *value)
{
	json_int_t actual =
	    json_integer_value(json_object_get(value, "actual"));
	struct balloon *b = subject;
	_free_ char *left = NULL;

	b->told_at = clock_now(run_clock(run));
	if (actual > 0)
		b->now = (uint64_t)actual;
	if (b->now != b->target)
		return NOT_YET;
	b->is_settled = true;
	if (b->target == b->to && b->wanted != b->to) {
		tell_partial(run, b, "uses the rest");
		return MET;
	}
	left = units_print_bytes(b->now);
	run_note(run, "%s left to the guest, by its word to QEMU", left);
	return MET;
}

/* It gives no more: it is not pressed any further. */
static enum verdict
give_in(struct run *run, struct balloon *b)
{
	tell_partial(run, b,
	    b->target < b->begin ? "gives up no more" : "takes back no more");
	want_try(run, RUN_MONITOR, cmd_balloon(b->now), NULL);
	b->is_settled = true;
	return MET;
}

static enum verdict
late_balloon(struct run *run, void *subject)
{
	struct balloon *b = subject;
	_free_ char *left = units_print_bytes(b->now);
	bool moves = b->now != b->last, speaks = b->answers > 0;
	bool told = clock_now(run_clock(run)) - b->told_at < MEMORY_TOLD_US;

	b->last = b->now;
	b->answers = 0;
	/* A QEMU that says nothing is its link's affair. */
	if (moves || !told)
		return NOT_YET;
	if (b->now == b->begin && !speaks)
		return LOOK;
	if (b->is_back)
		return run_refuse(
		    run, "the guest stays with %s left to it", left);
	if (b->now == b->begin && !b->is_driven)
		return run_refuse(run,
		    "accepted by QEMU, not by the guest: it gives up nothing; "
		    "its kernel lacks the driver virtio_balloon "
		    "(CONFIG_VIRTIO_BALLOON), or has nothing to give");
	return give_in(run, b);
}

/* ---- whether the guest lives ---- */

static enum verdict
probed_alive(struct run *run, void *subject, const json_t *value)
{
	struct balloon *b = subject;

	b->answers++;
	return b->is_settled ? MET : NOT_YET;
}

static bool
is_alive_needless(const void *subject)
{
	const struct balloon *b = subject;

	return b->is_settled;
}

/* Only the balloon decides. */
static enum verdict
late_alive(struct run *run, void *subject)
{
	const struct balloon *b = subject;

	return b->is_settled ? MET : NOT_YET;
}

static void
set_target(struct run *run, struct balloon *b, uint64_t target)
{
	b->target = target;
	b->last = b->begin = b->now;
	b->is_settled = false;
	b->answers = 0;
	want_reply(run, RUN_MONITOR, cmd_balloon(target));
	want_until(run,
	    &(struct wait){
		.what = "the balloon to be of that size",
		.heard = heard_change,
		.probe = cmd_query_balloon(),
		.probed = probed_balloon,
		.late = late_balloon,
		.silence = PLAN_PENDING,
	    });
	if (b->ask_agent)
		want_until(run,
		    &(struct wait){
			.what = "the guest to answer meanwhile",
			.side = RUN_AGENT,
			.probe = cmd_guest_ping(),
			.probed = probed_alive,
			.late = late_alive,
			.pause_ms = ALIVE_PAUSE_MS,
			.needless = is_alive_needless,
			.silence = PLAN_PENDING,
		    });
}

static void
resize(struct run *run, void *subject)
{
	struct balloon *b = subject;

	b->begin = b->now = b->from;
	if (b->to == b->from && b->wanted != b->to)
		tell_partial(run, b, "has nothing to spare");
	else
		set_target(run, b, b->to);
}

static void
resize_back(struct run *run, void *subject)
{
	struct balloon *b = subject;

	b->is_back = true;
	set_target(run, b, b->from);
}

const struct step balloon_steps[] = {
	{ "size", resize, resize_back },
	{ NULL },
};
