/*
 * A QEMU of this run: booted or cloned by the floor, or cloned by qmpd.
 */
#ifndef BENCH_MACHINE_H
#define BENCH_MACHINE_H

#include "bench.h"
#include "floor.h"
#include "record.h"
#include <sys/types.h>

struct vm;
struct plan;

struct machine {
	char *name;
	char *folder;
	char *qmp, *qga;
	pid_t pid;
};

/* Milliseconds since a plan was started. */
struct timing {
	const char *step; /* asked for: the end of the step of this name */
	double step_ms;
	double ms; /* until it was done */
};

#define MACHINES_MAX 8

/* Boots one; its agent is not there yet. */
int machine_start(struct bench *b, struct machine *m, struct err *e);
/* Until its agent has answered. */
int machine_await(const struct machine *m, unsigned wait_ms, struct err *e);
/* The floor's ways to start one; *ms: until its agent has answered. */
int machine_boot(struct bench *b, struct machine *m, double *ms, struct err *e);
int machine_clone_bare(struct bench *b, struct machine *m, unsigned pause_us,
    double *ms, struct err *e);
/* qmpd's: until its agent has answered, and until it is itself. */
int machine_clone(struct bench *b, struct machine *m,
    enum memory_sharing sharing, double *agent_ms, double *ms, struct err *e);
/* At most MACHINES_MAX, all at once; a timing for each, whose step_ms is until
 * its agent has answered. */
int machine_clone_all(struct bench *b, struct machine *m, size_t n,
    enum memory_sharing sharing, struct timing *timings, struct err *e);
/* Kills it and removes what is left of it. */
void machine_end(struct machine *m);

/* Proportional set size in bytes (proc(5), smaps_rollup); 0: not known. */
uint64_t machine_pss(const struct machine *m);
uint64_t machine_rss(const struct machine *m);
/* PSS without what it has of files in memory (Pss_Shmem). */
uint64_t machine_own_pss(const struct machine *m);
/* Bytes of the nameless file that a shared clone has as its memory; 0: it has
 * none. */
uint64_t machine_memory_file(const struct machine *m);

/* ---- qmpd's engine, run until a plan has ended ---- */

/* A vm with both links, just observed; vm_free leaves QEMU alone. */
struct vm *engine_open(struct bench *b, const struct machine *m, struct err *e);

/* Runs the plan, which ends DONE or is an error, and frees it. timing may be
 * NULL. */
int engine_run(struct bench *b, struct vm *vm, struct plan *plan,
    struct timing *timing, struct err *e);
/* The same of one plan for each of n VMs, beside each other. Plans that still
 * run at the end are left: they need their steps until their VM is freed. */
int engine_run_all(struct bench *b, struct vm **vms, struct plan **plans,
    size_t n, struct timing *timings, struct err *e);

#endif
