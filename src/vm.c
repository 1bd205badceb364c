/* One VM: its links, its process, and the queue of plans that want it. */

#include "vm.h"
#include "actual.h"
#include "host.h"
#include <sys/queue.h>

struct queued {
	STAILQ_ENTRY(queued) entry;
	struct plan *plan;
	struct run_options options;
	run_done_fn *done;
	void *arg;
};

struct vm {
	struct clock *clock;
	char *name;
	struct qmp *monitor, *agent;
	struct qmp_sink *sink;
	struct process *process;
	struct actual *actual;
	struct run *run;
	struct queued *running;
	STAILQ_HEAD(, queued) queue;
	size_t waiting;
	char lost_why[ERR_MAX];
	qmp_trace_fn *on_trace;
	void *trace_arg;
};

static void start_next(struct vm *vm);

struct vm *
vm_new(struct clock *clock, const char *name)
{
	struct vm *vm = xcalloc(1, sizeof(*vm));

	vm->clock = clock;
	vm->name = xstrdup(name);
	STAILQ_INIT(&vm->queue);
	return vm;
}

void
vm_free(struct vm *vm)
{
	struct queued *q;

	if (!vm)
		return;
	run_free(vm->run);
	free(vm->running);
	while ((q = STAILQ_FIRST(&vm->queue))) {
		STAILQ_REMOVE_HEAD(&vm->queue, entry);
		free(q);
	}
	if (vm->sink)
		qmp_unlisten(vm->sink);
	qmp_free(vm->monitor);
	qmp_free(vm->agent);
	process_free(vm->process);
	actual_free(vm->actual);
	free(vm->name);
	free(vm);
}

const char *
vm_name(const struct vm *vm)
{
	return vm->name;
}

struct clock *
vm_clock(const struct vm *vm)
{
	return vm->clock;
}

/* Every later link shows its wire to fn. */
void
vm_set_trace(struct vm *vm, qmp_trace_fn *fn, void *arg)
{
	vm->on_trace = fn;
	vm->trace_arg = arg;
}

/* ---- links ---- */

static void
on_event(void *arg, const char *name, json_t *data)
{
	struct vm *vm = arg;

	if (vm->run)
		run_heard(vm->run, name, data);
}

static void
on_monitor(void *arg, enum qmp_state state, const char *why)
{
	struct vm *vm = arg;

	if (vm->run && state == QMP_LOST)
		run_link_lost(vm->run, vm_lost_why(vm));
	if (vm->run)
		run_poke(vm->run);
}

static void
on_agent(void *arg, enum qmp_state state, const char *why)
{
	struct vm *vm = arg;

	if (vm->run)
		run_poke(vm->run);
}

static void
on_trace(
    void *arg, enum qmp_dialect dialect, char way, const char *text, size_t n)
{
	struct vm *vm = arg;

	if (vm->on_trace)
		vm->on_trace(vm->trace_arg, dialect, way, text, n);
}

static struct qmp_options
link_options(struct vm *vm, enum qmp_dialect dialect)
{
	bool agent = dialect == QMP_AGENT;

	return (struct qmp_options){
		.dialect = dialect,
		.open_ms = agent ? 0 : QMP_OPEN_MS,
		.reply_ms = agent ? QMP_AGENT_REPLY_MS : QMP_REPLY_MS,
		.on_state = agent ? on_agent : on_monitor,
		.on_trace = vm->on_trace ? on_trace : NULL,
		.arg = vm,
	};
}

/* Replaces the monitor's link; its events reach the running plan. */
static void
set_monitor(struct vm *vm, struct qmp *link)
{
	if (vm->sink)
		qmp_unlisten(vm->sink);
	qmp_free(vm->monitor);
	vm->monitor = link;
	vm->sink = qmp_listen(link, on_event, vm);
	vm->lost_why[0] = '\0';
}

void
vm_connect_monitor(struct vm *vm, const char *path)
{
	struct qmp_options options = link_options(vm, QMP_MONITOR);

	set_monitor(vm, qmp_open(vm->clock, path, &options));
}

void
vm_connect_agent(struct vm *vm, const char *path)
{
	struct qmp_options options = link_options(vm, QMP_AGENT);

	qmp_free(vm->agent);
	vm->agent = qmp_open(vm->clock, path, &options);
}

/* The same with descriptors that are connected; agent may be -1. */
void
vm_connect_fds(struct vm *vm, int monitor, int agent)
{
	struct qmp_options options = link_options(vm, QMP_MONITOR);

	set_monitor(vm, qmp_open_fd(vm->clock, monitor, &options));
	if (agent < 0)
		return;
	options = link_options(vm, QMP_AGENT);
	qmp_free(vm->agent);
	vm->agent = qmp_open_fd(vm->clock, agent, &options);
}

void
vm_disconnect_agent(struct vm *vm)
{
	qmp_free(vm->agent);
	vm->agent = NULL;
}

struct qmp *
vm_monitor(const struct vm *vm)
{
	return vm->monitor;
}

struct qmp *
vm_agent(const struct vm *vm)
{
	return vm->agent;
}

bool
vm_monitor_ready(const struct vm *vm)
{
	return vm->monitor && qmp_state(vm->monitor) == QMP_READY;
}

bool
vm_agent_ready(const struct vm *vm)
{
	return vm->agent && qmp_state(vm->agent) == QMP_READY;
}

/* What the link says, and what QEMU said last when it is ours. */
const char *
vm_lost_why(struct vm *vm)
{
	const char *why = vm->monitor ? qmp_why(vm->monitor) : "";
	_free_ char *last = NULL;

	if (!*why)
		why = "QEMU closed the monitor";
	if (vm->process)
		last = process_last_words(vm->process);
	if (last && *last)
		snprintf(
		    vm->lost_why, sizeof(vm->lost_why), "%s: %s", why, last);
	else
		snprintf(vm->lost_why, sizeof(vm->lost_why), "%s", why);
	return vm->lost_why;
}

struct process *
vm_process(const struct vm *vm)
{
	return vm->process;
}

static void
on_exit_of_qemu(void *arg)
{
	struct vm *vm = arg;

	if (vm->run)
		run_poke(vm->run);
}

void
vm_set_process(struct vm *vm, struct process *process)
{
	process_free(vm->process);
	vm->process = process;
	if (process)
		process_on_exit(process, on_exit_of_qemu, vm);
}

struct actual *
vm_actual(const struct vm *vm)
{
	return vm->actual;
}

void
vm_set_actual(struct vm *vm, struct actual *actual)
{
	actual_free(vm->actual);
	vm->actual = actual;
}

/* ---- the queue ---- */

/* One plan has ended: its owner hears of it, the next one starts. */
static void
on_done(void *arg, struct plan *plan, const struct run_result *result)
{
	struct vm *vm = arg;
	struct queued q = *vm->running;

	free(TAKE(vm->running));
	vm->run = NULL;
	start_next(vm);
	q.done(q.arg, plan, result);
}

static void
start_next(struct vm *vm)
{
	struct queued *q = STAILQ_FIRST(&vm->queue);

	if (vm->run || !q)
		return;
	STAILQ_REMOVE_HEAD(&vm->queue, entry);
	vm->waiting--;
	vm->running = q;
	vm->run = run_start(vm, q->plan, &q->options, on_done, vm);
}

int
vm_submit(struct vm *vm, struct plan *plan, const struct run_options *options,
    run_done_fn *done, void *arg, struct err *e)
{
	struct queued *q;

	if (vm->waiting >= VM_QUEUE_MAX)
		return err_set(
		    e, "vm %s: %d plans wait already", vm->name, VM_QUEUE_MAX);
	q = xcalloc(1, sizeof(*q));
	q->plan = plan;
	q->done = done;
	q->arg = arg;
	if (options)
		q->options = *options;
	STAILQ_INSERT_TAIL(&vm->queue, q, entry);
	vm->waiting++;
	start_next(vm);
	return 0;
}

void
vm_interrupt(struct vm *vm, const char *why)
{
	if (vm->run)
		run_interrupt(vm->run, why);
}
