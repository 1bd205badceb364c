/* Starting a QEMU that is ours, talking to it, and ending it. */

#include "qemu.h"
#include "commands.h"
#include "host.h"
#include "qmp.h"
#include "vm.h"
#include <signal.h>

#define EXIT_MS 5000

/* Its sockets listen, and are closed here once QEMU has them. */
static struct process *
spawn(struct run *run, const struct qemu_start *start, struct launch *launch,
    const struct launch_sockets *sockets, struct err *e)
{
	_free_ char *console = path_join(start->folder, "console.log");
	_free_ char *log = path_join(start->folder, "qemu.log");
	int keep[LAUNCH_SOCKETS_MAX + 1];
	struct process_options options = {
		.log = log,
		.keep = keep,
		.keep_n = sockets->n + (start->memory != 0),
		.dies_with_us = start->dies_with_us,
		.before = start->before,
		.arg = start->arg,
	};
	struct process *p;
	char **argv;

	memcpy(keep, sockets->fds, sockets->n * sizeof(*keep));
	keep[sockets->n] = start->memory;
	launch->console = console;
	argv = launch_argv(start->config, start->machine, launch);
	options.argv = argv;
	p = process_spawn(run_clock(run), &options, e);
	launch_free(argv);
	return p;
}

void
qemu_start(struct run *run, const struct qemu_start *start)
{
	struct launch launch = start->launch;
	struct launch_sockets sockets;
	struct process *p = NULL;
	struct err e;

	if (launch_sockets_open(
		&sockets, start->config, start->folder, &launch, &e) == 0)
		p = spawn(run, start, &launch, &sockets, &e);
	launch_sockets_close(&sockets);
	if (p)
		vm_set_process(run_vm(run), p);
	else
		run_refuse(run, "%s", e.text);
}

/* ---- its end ---- */

static enum verdict
look_exited(struct run *run, void *subject)
{
	struct process *p = vm_process(run_vm(run));

	return p && process_is_running(p) ? NOT_YET : MET;
}

void
qemu_wait_exit(struct run *run)
{
	want_until(run,
	    &(struct wait){
		.what = "QEMU to exit",
		.look = look_exited,
		.timeout_ms = EXIT_MS,
	    });
}

void
qemu_kill(struct run *run, void *subject)
{
	struct process *p = vm_process(run_vm(run));

	if (p)
		process_signal(p, SIGKILL);
	qemu_wait_exit(run);
}

/* ---- its links: what goes wrong with one ends the wait by itself ---- */

static enum verdict
look_monitor(struct run *run, void *subject)
{
	return vm_monitor_ready(run_vm(run)) ? MET : NOT_YET;
}

void
qemu_connect_monitor(struct run *run, const char *folder, run_look_fn *look)
{
	_free_ char *path = path_join(folder, "qmp.sock");

	vm_connect_monitor(run_vm(run), path);
	want_until(run,
	    &(struct wait){
		.what = "QEMU's greeting",
		.look = look ? look : look_monitor,
		.timeout_ms = 2 * QMP_OPEN_MS,
	    });
}

static enum verdict
look_agent(struct run *run, void *subject)
{
	return vm_agent_ready(run_vm(run)) ? MET : NOT_YET;
}

void
qemu_connect_agent(
    struct run *run, const char *folder, const char *what, unsigned timeout_ms)
{
	_free_ char *path = path_join(folder, "qga.sock");

	vm_connect_agent(run_vm(run), path);
	want_until(run,
	    &(struct wait){
		.what = what,
		.look = look_agent,
		.timeout_ms = timeout_ms,
	    });
}

void
qemu_leave_memory_out(struct run *run, void *subject)
{
	want_reply(run, RUN_MONITOR,
	    cmd_migrate_set_capability("x-ignore-shared", true));
}
