/*
 * A VM on a fake QEMU in virtual time: what the fault tests build, break and
 * look at.
 */
#ifndef WORLD_H
#define WORLD_H

#include "clock.h"
#include "fakeqmp.h"
#include "fit.h"
#include "run.h"
#include "vm.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

struct world {
	struct clock *clock;
	struct fake *fake;
	struct vm *vm;
	bool agent; /* the guest has one, and we are connected to it */
};

void world_open(
    struct world *w, const struct fake_options *options, bool agent);
void world_close(struct world *w);
/* New links to the same QEMU, as after a restart of this program. */
void world_reconnect(struct world *w);
/* Lets so much time pass. */
void world_wait(struct world *w, unsigned ms);

/* Gives it what devices may need to be there: a virtio-serial controller. */
void world_furnish(struct world *w);

/* Runs a plan to its end; plan is freed. */
struct run_result world_run(struct world *w, struct plan *plan);
/* The plan stays the caller's. */
struct run_result world_run_kept(struct world *w, struct plan *plan);
/* The plan that a fresh observation and the request come to. */
struct plan *world_fit(struct world *w, const struct request *request);
/* Both. */
struct run_result world_apply(struct world *w, const struct request *request);
/* Asserts that the request has nothing left to do. */
void world_assert_fitted(struct world *w, const struct request *request);

#endif
