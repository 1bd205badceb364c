/*
 * Benchmarks of hotplug: one row says what is added, by the floor's commands
 * and by a request to qmpd; the rest is the same for all.
 */
#ifndef BENCH_HOTPLUG_H
#define BENCH_HOTPLUG_H

#include "actual.h"
#include "bench.h"
#include "fit.h"
#include "floor.h"
#include "record.h"
#include "replay.h"

/* What the floor's commands depend on, as it was just observed. */
struct present {
	unsigned vcpus, blocks_online;
	char *free_vcpu; /* device_add's arguments; NULL: no place */
	json_t *steps; /* what qmpd would do, where that is replayed */
};

struct machine;
typedef void hotplug_want_fn(
    struct request *r, const struct actual *a, bool add);
typedef int hotplug_outfit_fn(
    struct bench *b, const struct machine *m, struct err *e);

struct hotplug {
	const char *name;
	double target; /* adding by a plan, in floors */
	/* What qmpd is asked for, by what is there. */
	hotplug_want_fn *want;
	/* The same by hand; the reply to the last question proves it. */
	int (*add)(struct floor *f, const struct present *p, struct err *e);
	/* NULL, and not replayed: it stays, and each time has a fresh clone.
	 */
	int (*remove)(struct floor *f, const struct present *p, struct err *e);
	/* Instead of both: the floor sends the commands of qmpd's plan. */
	bool replayed;
	struct replay replay;
	bool for_good; /* replayed: it stays */
	bool one_table; /* its rows are in the group of those before */
	enum memory_sharing sharing; /* of the clone that it is plugged into */
	/* What each clone has before; may be NULL. */
	hotplug_outfit_fn *outfit;
	int (*before_add)(struct bench *b, struct err *e); /* may be NULL */
};

int hotplug_run(struct bench *b, const struct hotplug *h, struct err *e);
/* Observes, and does what is requested. */
int hotplug_apply(struct bench *b, const struct machine *m,
    const struct request *request, struct err *e);

#endif
