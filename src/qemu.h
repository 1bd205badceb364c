/*
 * What making a template and cloning share: starting a QEMU that is ours,
 * talking to it, and ending it. Each is the whole of a step, or of its undo.
 */
#ifndef QEMU_H
#define QEMU_H

#include "launch.h"
#include "run.h"
#include <sys/types.h>

struct qemu_start {
	const char *folder; /* its sockets, its log and its console go there */
	const struct template_config *config;
	const char *machine; /* as QEMU resolved it, or NULL */
	struct launch launch; /* but for what stands in the folder */
	int memory; /* inherited, for launch.memory; 0: that is a file */
	bool dies_with_us;
	/* As in host.h: its identity is written down before it may run. */
	int (*before)(void *arg, pid_t pid, uint64_t start_time, struct err *e);
	void *arg;
};

/* Starts it with folder/qmp.sock and folder/qga.sock, which listen at once;
 * the vm watches the process from here on. */
void qemu_start(struct run *run, const struct qemu_start *start);
/* SIGKILL, and waits until it is gone. */
void qemu_kill(struct run *run, void *subject);
void qemu_wait_exit(struct run *run);
/* look, not NULL, has the last word once the greeting is there. */
void qemu_connect_monitor(
    struct run *run, const char *folder, run_look_fn *look);
/* timeout_ms 0: the run's own. */
void qemu_connect_agent(
    struct run *run, const char *folder, const char *what, unsigned timeout_ms);
/* Guest memory stays out of what is saved and loaded: it is in the file. */
void qemu_leave_memory_out(struct run *run, void *subject);

#endif
