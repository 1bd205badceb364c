/* How a command's plans ended, taken together, and how that is said. */
#ifndef OUTCOME_H
#define OUTCOME_H

#include "command.h"
#include "run.h"

/* Zeroed: nothing was run yet. */
struct outcome {
	enum plan_end end; /* the worst of all */
	json_t *json; /* the contract's result object */
};

void outcome_release(struct outcome *o);

/* One plan more; the plan is not needed afterwards. */
void outcome_add(struct outcome *o, const struct run_result *result,
    const struct plan *plan);
/* Even what was stuck is gone now: it has failed, and no more than that. */
void outcome_undone(struct outcome *o);
enum status outcome_status(const struct outcome *o);

/*
 * Prints it: as JSON with more's members (taken over; may be NULL), or as
 * sentences about name, with what (what there is now) in them; what may be
 * NULL.
 */
void outcome_print(const struct cli *cli, const char *name,
    const struct outcome *o, json_t *more, const char *what);

#endif
