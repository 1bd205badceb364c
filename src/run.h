/*
 * The interpreter of plans: the only asynchronous multi-step code here.
 *
 * Theory. A run takes a plan's steps one at a time. A step's function says
 * what it wants and returns; the run counts the wants and moves on when none
 * is left. On the first failure the run turns round and calls the inverse of
 * every step that may have changed something, last first.
 *
 *              all wants met                    last step
 *   FORWARD ──────────────────▶ next step … ──────────────▶ DONE | PARTIAL
 *      │ a want failed
 *      ▼          no step left that changed anything
 *   BACKWARD ─────────────────────────────────────────────▶ FAILED
 *      │ an inverse failed, or there is none
 *      └──────────▶ go on with the next item ─────────────▶ STUCK
 *   FORWARD  ── the guest is silent past a wait's deadline ▶ PENDING
 *   any      ── the link is lost, QEMU is not ours ────────▶ LOST
 *
 * Invariants
 * 1. A wait is armed before the command that it is about is sent: both are
 *    said in the same function, and nothing is read before it returns.
 * 2. A wait is met by its event or by asking (events are hints, queries are
 *    proof). Asking starts when the step's calls are answered, and is
 *    repeated at every event and at intervals of a twentieth of the time
 *    waited so far. Its deadline counts from then on, and the wait may have
 *    its own word on what it means (late).
 * 3. A step that failed on its way forward after one of its calls was
 *    answered is undone too. One that failed on its way back has removed
 *    nothing: a refused removal leaves what was there.
 * 4. A step's undo is never called while one of its calls is unanswered.
 * 5. An agent that does not answer proves nothing: the monitor is asked
 *    whether QEMU lives before the end is called PENDING or LOST.
 * 6. done is called once, from the loop.
 */
#ifndef RUN_H
#define RUN_H

#include "plan.h"

struct qmp;
struct vm;

enum run_side { RUN_MONITOR, RUN_AGENT };

/* ---- what a step may want ---- */

/* Borrowed value of a reply; NULL where an error was tolerated. */
typedef void run_value_fn(struct run *run, void *subject, const json_t *value);

/* This command (owned) is answered without an error. */
void want_reply(struct run *run, enum run_side side, json_t *command);
/* The same, and fd travels with it (SCM_RIGHTS); it stays the caller's. */
void want_reply_fd(
    struct run *run, enum run_side side, json_t *command, int fd);
/* The same, and fn gets the value. */
void want_value(
    struct run *run, enum run_side side, json_t *command, run_value_fn *fn);
/* The same, but an error, or an agent's silence, is fn(NULL) and no failure;
 * fn may be NULL. */
void want_try(
    struct run *run, enum run_side side, json_t *command, run_value_fn *fn);
/* The same of only those errors whose text passes() knows as one that passes;
 * any other is a failure. */
void want_passing(struct run *run, enum run_side side, json_t *command,
    bool (*passes)(const char *text), run_value_fn *fn);

enum verdict {
	NOT_YET,
	LOOK, /* an event that makes it worth asking now */
	MET,
	REFUSED, /* run_refuse said why */
};

typedef enum verdict run_heard_fn(
    struct run *run, void *subject, const char *event, const json_t *data);
typedef enum verdict run_probed_fn(
    struct run *run, void *subject, const json_t *value);
typedef enum verdict run_look_fn(struct run *run, void *subject);

/* A condition outside this program. */
struct wait {
	const char *what; /* "the guest to show the vCPU" */
	run_heard_fn *heard;
	enum run_side side;
	json_t *probe; /* owned; asked until probed says MET */
	run_probed_fn *probed;
	run_look_fn *look; /* instead of a probe: something we can see */
	unsigned timeout_ms; /* 0: the run's own */
	/* What asking says counts only once it has held for so long: where
	 * the event is the better proof and is only rarely missed. */
	unsigned steady_ms;
	/* At least so long between two questions: for those that keep a guest
	 * from what is waited for. */
	unsigned pause_ms;
	/* Asked when another condition of the step has come true: whether this
	 * one need not any more. May be NULL. */
	bool (*needless)(const void *subject);
	/* What it means when the deadline passes. PENDING turns into FAILED
	 * when the agent answered all along: the guest is not silent then. */
	enum plan_end silence;
	/* Asked first when it passes; may be NULL. MET: the step goes on with
	 * what there is (run_partial); NOT_YET: things move, the same time
	 * again; LOOK: what silence says. */
	run_look_fn *late;
};

void want_until(struct run *run, const struct wait *wait);

/* Work on the host in slices: called from the loop until MET or REFUSED. */
void want_work(struct run *run, run_look_fn *slice);

/* ---- what a step may say ---- */

/* The step fails; the first sentence is kept. Returns REFUSED. */
PRINTF(2, 3) enum verdict run_refuse(struct run *run, const char *fmt, ...);
/* Shown with the step: a figure, who confirmed it. */
PRINTF(2, 3) void run_note(struct run *run, const char *fmt, ...);
/* The step went on with less than asked; the note says how much. */
PRINTF(2, 3) void run_partial(struct run *run, const char *fmt, ...);

struct vm *run_vm(const struct run *run);
struct plan *run_plan(const struct run *run);
struct clock *run_clock(const struct run *run);
/* Commands are only written down: a step does nothing to the host. */
bool run_is_rehearsal(const struct run *run);

/* ---- for vm.c and the caller of a plan ---- */

struct run_options {
	unsigned timeout_ms; /* waits for the guest; 0: RUN_TIMEOUT_MS */
	/* Called as each step ends, for progress; may be NULL. */
	void (*on_step)(void *arg, const struct plan_step *step);
	void *arg;
};

#define RUN_TIMEOUT_MS 10000

struct run_result {
	enum plan_end end;
	uint64_t us;
	char error[ERR_MAX]; /* "" when there is none */
	char error_class[64]; /* QEMU's, "" when it was not QEMU's */
};

typedef void run_done_fn(
    void *arg, struct plan *plan, const struct run_result *result);

/* The plan stays the caller's. Freed by the run itself after done. */
struct run *run_start(struct vm *vm, struct plan *plan,
    const struct run_options *options, run_done_fn *done, void *arg);
/* Ctrl-C: the present step fails with this sentence and all is undone. */
void run_interrupt(struct run *run, const char *why);
/* Without calling done: the program is going down. NULL is allowed. */
void run_free(struct run *run);

/* The vm tells its run. */
void run_heard(struct run *run, const char *event, const json_t *data);
void run_poke(struct run *run);
void run_link_lost(struct run *run, const char *why);

/* Fills each step's commands with what would be sent. */
void run_rehearse(struct vm *vm, struct plan *plan);

/* {result, steps, ms, error?, error_class?} */
json_t *run_result_json(
    const struct run_result *result, const struct plan *plan);

#endif
