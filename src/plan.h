/*
 * A plan: the ordered steps that turn actual into desired, and what became of
 * each. Data only; run.h is what moves through it.
 *
 * An operation is a table of steps. The same table serves both directions:
 * walked forward it makes the thing, walked backward it takes it away, and
 * a failure in either direction is undone by the other column.
 */
#ifndef PLAN_H
#define PLAN_H

#include "err.h"
#include <jansson.h>

struct actual;
struct run;

enum plan_end {
	PLAN_DONE, /* everything is there and confirmed */
	PLAN_PARTIAL, /* less than asked; the notes say how much */
	PLAN_FAILED, /* undone, as if never started; the first error kept */
	PLAN_STUCK, /* an undo failed: the step is named, look at it */
	PLAN_PENDING, /* the guest is silent: asked for, may still happen */
	PLAN_LOST, /* the link died; nothing is claimed */
};

#define PLAN_ENDS 6
const char *plan_end_name(enum plan_end end);

/* Says what it wants (run.h) and returns. */
typedef void step_fn(struct run *run, void *subject);
/* Whether what the step makes was there when QEMU was last observed. */
typedef bool step_there_fn(const struct actual *actual, const void *subject);

enum step_flag {
	/* Its undo needs no QEMU: it is run even when the link is lost. */
	STEP_HOST = 1 << 0,
	/* Starts the QEMU. Once made, losing the link is this plan's failure,
	 * and undoing this step undoes all that was in that QEMU. */
	STEP_OWNS = 1 << 1,
	/* Its failure is reported and the plan goes on: it ends PARTIAL. */
	STEP_OPTIONAL = 1 << 2,
	/* Cannot be undone. */
	STEP_FINAL = 1 << 3,
	/* Ends the QEMU: a lost link is what it waits for. */
	STEP_QUITS = 1 << 4,
	/* Only reads: not worth a line in the plan's listing. */
	STEP_QUIET = 1 << 5,
};

/* A table ends with a row whose name is NULL. */
struct step {
	const char *name;
	step_fn *make;
	step_fn *undo; /* NULL: there is nothing to undo */
	step_there_fn *there; /* NULL: never there before it was made */
	unsigned flags;
};

enum plan_way { PLAN_MAKE, PLAN_REMOVE };

enum step_result {
	STEP_WAITING, /* its turn has not come */
	STEP_RUNNING,
	STEP_DONE,
	STEP_PARTIAL,
	STEP_PENDING,
	STEP_FAILED,
	STEP_UNDONE,
	STEP_STUCK,
	STEP_LOST,
};

#define STEP_RESULTS 9
const char *step_result_name(enum step_result result);

struct plan_item {
	char *label; /* "disk data"; "" for a plan's own steps */
	const struct step *table;
	enum plan_way way;
	void *subject;
	void (*release)(void *subject);
};

/* One step of one item, in the order in which they are taken. */
struct plan_step {
	struct plan_item *item;
	const struct step *step;
	enum step_result result;
	bool changed; /* something may be different because of it */
	uint64_t us;
	char *note;
	json_t *commands; /* filled by a rehearsal: what would be sent */
};

struct plan;

struct plan *plan_new(void);
void plan_free(struct plan *plan);

/*
 * Appends an item; also allowed while the plan runs. The subject is released
 * with the plan (release may be NULL). Steps that are already there (or, on
 * the way back, already gone) by actual are left out; actual may be NULL.
 * A removal keeps the rows without an undo: there is nothing to do for them,
 * but should the removal be undone, they are made again with the others.
 */
PRINTF(7, 8)
void plan_add(struct plan *plan, const struct step *table, enum plan_way way,
    void *subject, void (*release)(void *), const struct actual *actual,
    const char *label_fmt, ...);

/* Takes back all that was added after there were length steps; for a plan
 * that does not run. */
void plan_truncate(struct plan *plan, size_t length);
size_t plan_length(const struct plan *plan);
struct plan_step *plan_at(const struct plan *plan, size_t i);
/* What the step calls when the plan goes on, and when it is undone. */
step_fn *plan_step_act(const struct plan_step *s);
step_fn *plan_step_inverse(const struct plan_step *s);
/* "disk data: device", or "pause" for a plan's own step; a static buffer is
 * not used: the caller frees. */
char *plan_step_title(const struct plan_step *s);
/* True when the plan has no step that changes anything. */
bool plan_is_empty(const struct plan *plan);

/* [{name, result, ms, note?}], quiet steps left out. */
json_t *plan_steps_json(const struct plan *plan);
/* [{name, does: [{to, command} or {"waits for"}]}] after a rehearsal. */
json_t *plan_rehearsal_json(const struct plan *plan);

#endif
