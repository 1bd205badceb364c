/*
 * The floor sends what qmpd would send: the commands of a rehearsed plan, one
 * after the other, by a bare client.
 */
#ifndef BENCH_REPLAY_H
#define BENCH_REPLAY_H

#include "floor.h"
#include <jansson.h>

/* How the guest is known to have a device: by asking, on this link, until the
 * reply has the sign. */
struct proof {
	bool agent;
	const char *line;
	floor_sign *sign;
};

struct replay {
	const struct proof *proof; /* NULL: the replies are all */
	int (*descriptor)(struct err *e); /* what getfd sends */
	const char *may_fail; /* a command that qmpd only tries */
};

/* steps: plan_rehearsal_json's. Nothing is proven unless prove. */
int replay(struct floor *f, const json_t *steps, const struct replay *r,
    bool prove, struct err *e);

#endif
