/*
 * The floor sends what qmpd would send: the commands of a rehearsed plan, one
 * after the other, by a bare client.
 */
#ifndef BENCH_REPLAY_H
#define BENCH_REPLAY_H

#include "floor.h"
#include <jansson.h>

/* How the guest is known to have a device, or to have given it up: by asking,
 * on this link, until the reply has these words, or this is true of it. */
struct proof {
	bool agent;
	const char *line;
	const char *words;
	floor_sign *sign;
	const struct proof *and; /* this as well; may be NULL */
};

struct replay {
	const struct proof *proof, *gone; /* NULL: the replies are all */
	int (*descriptor)(struct err *e); /* what getfd sends */
	const char *may_fail; /* a command that qmpd only tries */
};

/* steps: plan_rehearsal_json's, of adding or of removing. */
int replay(struct floor *f, const json_t *steps, const struct replay *r,
    bool add, struct err *e);

/* Waits until all of it is so; NULL is. */
int prove(struct floor *f, const struct proof *p, struct err *e);

#endif
