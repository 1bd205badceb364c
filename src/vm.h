/*
 * One VM as this program holds it: its links, its process, what was last
 * observed, and the queue of plans that want it.
 *
 * One plan runs at a time, in the order in which they came. Each is answered
 * exactly once.
 */
#ifndef VM_H
#define VM_H

#include "clock.h"
#include "qmp.h"
#include "run.h"

#define VM_QUEUE_MAX 64

struct actual;
struct process;
struct vm;

struct vm *vm_new(struct clock *clock, const char *name);
/* Queued and running plans are dropped without an answer; the QEMU lives. */
void vm_free(struct vm *vm);

const char *vm_name(const struct vm *vm);
struct clock *vm_clock(const struct vm *vm);

void vm_set_trace(struct vm *vm, qmp_trace_fn *fn, void *arg);

/* Open or replace a link; failures come as a lost link. */
void vm_connect_monitor(struct vm *vm, const char *path);
void vm_connect_agent(struct vm *vm, const char *path);
void vm_connect_fds(struct vm *vm, int monitor, int agent);
void vm_disconnect_agent(struct vm *vm);

/* NULL when not connected. */
struct qmp *vm_monitor(const struct vm *vm);
struct qmp *vm_agent(const struct vm *vm);
bool vm_monitor_ready(const struct vm *vm);
bool vm_agent_ready(const struct vm *vm);
/* Why the monitor was lost: QEMU's own last words when it exited. */
const char *vm_lost_why(struct vm *vm);

/* Owned by the vm; NULL when QEMU is not ours to watch. */
struct process *vm_process(const struct vm *vm);
void vm_set_process(struct vm *vm, struct process *process);

/* What was last observed; NULL before. vm_set_actual takes over. */
struct actual *vm_actual(const struct vm *vm);
void vm_set_actual(struct vm *vm, struct actual *actual);

/*
 * Runs the plan when its turn comes. Returns -1 when VM_QUEUE_MAX plans wait.
 * The plan stays the caller's until done was called.
 */
int vm_submit(struct vm *vm, struct plan *plan,
    const struct run_options *options, run_done_fn *done, void *arg,
    struct err *e);
/* Interrupts the running plan: it fails with this sentence and is undone. */
void vm_interrupt(struct vm *vm, const char *why);

#endif
