/* What want.c (the list), want-call.c and want-wait.c share. Nobody else
 * includes this. */
#ifndef WANT_INTERNAL_H
#define WANT_INTERNAL_H

#include "run-internal.h"

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

/* The link for a side; borrowed, NULL when there is none. */
struct qmp *want_link(const struct run *run, enum run_side side);

/* On its run's list, which owns it. */
struct want *want_new(struct run *run, enum want_kind kind, enum run_side side);
/* Takes it off; an answer still to come is dropped. */
void want_free(struct want *want);

#endif
