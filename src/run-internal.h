/* What run.c (the way through the steps), run-undo.c (what there is to take
 * back) and want*.c (what a step waits for) share. Nobody else includes
 * this. */
#ifndef RUN_INTERNAL_H
#define RUN_INTERNAL_H

#include "clock.h"
#include "run.h"
#include <sys/queue.h>

struct want;
TAILQ_HEAD(wants, want);

struct run {
	struct vm *vm;
	struct plan *plan;
	struct run_options options;
	struct run_result result;
	run_done_fn *done;
	void *arg;

	size_t at; /* the step under way */
	bool backward; /* undoing */
	bool rehearsal;
	bool starting; /* inside the step's own function */
	bool finished;
	uint64_t began; /* the run, the step: microseconds */
	uint64_t step_began;
	struct timer *kick;

	/* The step under way. */
	struct wants wants;
	bool failing; /* it failed; its calls are still awaited */
	bool silent; /* and what failed it was silence */
	bool partial;
	char why[ERR_MAX];
	char why_class[64];

	/* The whole run. */
	bool any_partial;
	bool any_stuck;
	bool lost;
	bool heard_out; /* QEMU's last words were waited for */
	bool interrupted;
};

/* run.c, for want*.c */
struct plan_step *run_step(const struct run *run);
void run_fail_step(
    struct run *run, bool silent, const char *class, const char *text);
void run_lose(struct run *run, const char *why);
/* Goes on when nothing is wanted any more. */
void run_settle(struct run *run);

/* run-undo.c, for run.c */
/* Whether this plan started the QEMU whose link was lost. */
bool run_owns_qemu(const struct run *run);
/* Goes back from run->at to the next step to take back; false: none. */
bool run_find_undo(struct run *run);
/* Goes back over the rest of the present item; false: it was the first. */
bool run_skip_item(struct run *run);

/* want*.c, for run.c */
bool wants_any(const struct run *run);
/* Arms the probes once the step's calls have been answered. */
void wants_calls_answered(struct run *run);
/* Waits a moment until the process of a lost link has ended. */
void want_last_words(struct run *run);
/* Drops the waits; calls stay until they are answered. */
void wants_drop_waits(struct run *run);
void wants_drop_all(struct run *run);

#endif
