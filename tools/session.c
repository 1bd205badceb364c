/* Finds a VM, locks it, talks to it, and runs plans. */

#include "session.h"
#include "feature.h"
#include "fit.h"
#include "host.h"
#include "interrupt.h"
#include "observe.h"
#include "output.h"
#include "progress.h"
#include "record.h"
#include "vm.h"
#include <assert.h>

#define LOCK_RETRY_MS 20
#define LOCK_PATIENCE_S 10

struct session {
	struct cli *cli;
	struct vm *vm;
	struct record *record;
	int lock;
	enum session_state state;
	char why[ERR_MAX];
	/* The plan under way, and its end. */
	struct plan *plan; /* session_begin's */
	bool done;
	struct run_result result;
};

static const char *const state_names[] = {
	[SESSION_OPEN] = "open",
	[SESSION_MAKING] = "being made",
	[SESSION_UNFINISHED] = "unfinished",
	[SESSION_DEAD] = "dead",
	[SESSION_BUSY] = "busy",
	[SESSION_LOST] = "lost",
	[SESSION_BROKEN] = "broken",
};
static_assert(ARRAY_SIZE(state_names) == SESSION_STATES, "a name each");

const char *
session_state_name(enum session_state state)
{
	return state_names[state];
}

void
session_set_state(
    struct session *s, enum session_state state, const char *fmt, ...)
{
	va_list ap;

	s->state = state;
	va_start(ap, fmt);
	vsnprintf(s->why, sizeof(s->why), fmt, ap);
	va_end(ap);
}

/* ---- finding ---- */

static struct session *
session_new(struct cli *cli, const char *name)
{
	struct session *s = xcalloc(1, sizeof(*s));

	s->cli = cli;
	s->vm = vm_new(cli->clock, name);
	s->lock = -1;
	if (cli->o.verbose)
		vm_set_trace(s->vm, progress_trace, s->vm);
	return s;
}

void
session_free(struct session *s)
{
	if (!s)
		return;
	vm_free(s->vm);
	plan_free(s->plan);
	record_free(s->record);
	close_fd(&s->lock);
	free(s);
}

unsigned
session_patience_ms(const struct cli *cli)
{
	int64_t s = cli->o.timeout ? cli->o.timeout : LOCK_PATIENCE_S;

	return (unsigned)s * 1000;
}

/* The lock's descriptor; -1 and errno EWOULDBLOCK when others keep it. */
static int
wait_for_lock(struct cli *cli, const char *name, unsigned ms, struct err *e)
{
	uint64_t until = clock_now(cli->clock) + ms * UINT64_C(1000);
	int lock = record_lock(name, e);

	while (
	    lock < 0 && errno == EWOULDBLOCK && clock_now(cli->clock) < until) {
		usleep(LOCK_RETRY_MS * 1000);
		lock = record_lock(name, e);
	}
	return lock;
}

/* A removal that was cut off may have left the record without its folder. */
static void
mend_folder(const char *name)
{
	_free_ char *folder = record_folder(name, NULL);

	if (folder && access(folder, F_OK) < 0)
		make_folders(folder, 0700, NULL);
}

/* Whether the QEMU of its record runs; one that was attached is not ours. */
static void
adopt(struct session *s)
{
	const struct record *r = s->record;
	struct process *p = NULL;

	if (r->pid)
		p = process_adopt(
		    s->cli->clock, r->pid, r->start_time, r->log, NULL);
	if (p)
		vm_set_process(s->vm, p);
	if (!r->ready)
		session_set_state(s, SESSION_UNFINISHED,
		    "its cloning was cut off; qmpctl rm %s takes away what "
		    "is left of it",
		    r->name);
	/* One that nobody has reaped yet is still found. */
	else if (r->pid && (!p || !process_is_running(p)))
		session_set_state(s, SESSION_DEAD,
		    "its QEMU (process %d) has ended; %s may say why, and "
		    "qmpctl rm %s takes the rest of it away",
		    (int)r->pid, r->log ? r->log : "its log", r->name);
}

/* What the record says now that nobody else may change it. */
static int
reload(struct session *s, struct err *e)
{
	struct record *r = record_load(vm_name(s->vm), e);

	if (!r)
		return -1;
	record_free(s->record);
	s->record = r;
	return 0;
}

struct session *
session_find(struct cli *cli, const char *name, unsigned lock_ms, struct err *e)
{
	struct session *s = session_new(cli, name);
	struct err lock_error;

	if (reload(s, e) < 0)
		goto fail;
	mend_folder(name);
	s->lock = wait_for_lock(cli, name, lock_ms, &lock_error);
	if (s->lock < 0 && errno == EWOULDBLOCK) {
		if (s->record->ready)
			session_set_state(
			    s, SESSION_BUSY, "another qmpctl is working on it");
		else
			session_set_state(
			    s, SESSION_MAKING, "another qmpctl is cloning it");
		return s;
	}
	if (reload(s, e) < 0)
		goto fail; /* removed in the meantime */
	if (s->lock < 0) {
		err_set(e, "%s", lock_error.text);
		goto fail;
	}
	adopt(s);
	return s;
fail:
	session_free(s);
	return NULL;
}

struct session *
session_make(struct cli *cli, const char *name)
{
	return session_new(cli, name);
}

int
session_take(struct session *s, struct err *e)
{
	if (reload(s, e) < 0)
		return -1;
	s->lock = wait_for_lock(
	    s->cli, vm_name(s->vm), session_patience_ms(s->cli), e);
	return s->lock < 0 ? -1 : 0;
}

/* ---- connecting ---- */

void
session_connect(struct session *s)
{
	const struct options *o = &s->cli->o;
	const char *qmp = s->record ? s->record->qmp : o->qmp;
	const char *qga = s->record ? s->record->qga : o->qga;

	vm_connect_monitor(s->vm, qmp);
	if (qga)
		vm_connect_agent(s->vm, qga);
}

static bool
is_greeted(void *arg)
{
	const struct session *s = arg;

	return qmp_state(vm_monitor(s->vm)) != QMP_OPENING;
}

static int
connect_and_wait(struct session *s, struct err *e)
{
	session_connect(s);
	clock_run(s->cli->clock, is_greeted, s);
	if (vm_monitor_ready(s->vm))
		return 0;
	err_set(e, "%s", vm_lost_why(s->vm));
	return s->record ? err_wrap(e, "vm %s", vm_name(s->vm)) : -1;
}

struct session *
session_open(struct cli *cli, struct err *e)
{
	struct session *s = cli->o.qmp
	    ? session_new(cli, cli->o.qmp)
	    : session_find(cli, cli->vm, session_patience_ms(cli), e);

	if (!s)
		return NULL;
	if (s->state != SESSION_OPEN)
		err_set(e, "vm %s: %s", vm_name(s->vm), s->why);
	else if (connect_and_wait(s, e) == 0)
		return s;
	session_free(s);
	return NULL;
}

/* ---- what it is ---- */

const char *
session_name(const struct session *s)
{
	return vm_name(s->vm);
}

enum session_state
session_state(const struct session *s)
{
	return s->state;
}

const char *
session_why(const struct session *s)
{
	return s->why;
}

struct vm *
session_vm(const struct session *s)
{
	return s->vm;
}

struct record *
session_record(const struct session *s)
{
	return s->record;
}

const struct options *
session_options(const struct session *s)
{
	return &s->cli->o;
}

/* ---- running ---- */

static void
on_done(void *arg, struct plan *plan, const struct run_result *result)
{
	struct session *s = arg;

	s->result = *result;
	s->done = true;
}

static bool
is_done(void *arg)
{
	return session_is_done(arg);
}

bool
session_is_done(const struct session *s)
{
	return s->done;
}

const struct run_result *
session_result(const struct session *s)
{
	return &s->result;
}

/* The plan ends before it begins. */
static void
end_at_once(struct session *s, enum plan_end end, const char *why)
{
	s->done = true;
	s->result = (struct run_result){ .end = end };
	snprintf(s->result.error, sizeof(s->result.error), "%s", why);
}

static void
start(struct session *s, struct plan *plan, const struct run_options *options)
{
	struct err e;

	s->done = false;
	if (vm_submit(s->vm, plan, options, on_done, s, &e) < 0)
		end_at_once(s, PLAN_FAILED, e.text);
}

void
session_begin(struct session *s, struct plan *plan)
{
	s->plan = plan;
	start(s, plan, NULL);
}

static void
run(struct session *s, struct plan *plan)
{
	struct run_options options = {
		.timeout_ms = (unsigned)s->cli->o.timeout * 1000,
		.on_step = progress_step,
		.arg = s->cli,
	};
	struct interrupt *interrupt = interrupt_new(s->cli, s->vm);

	start(s, plan, &options);
	if (!clock_run(s->cli->clock, is_done, s))
		end_at_once(s, PLAN_LOST, "nothing is left to wait for");
	interrupt_free(interrupt);
}

void
session_run(struct session *s, struct plan *plan, struct run_result *result)
{
	if (s->cli->interrupted)
		end_at_once(s, PLAN_FAILED, "interrupted");
	else
		run(s, plan);
	*result = s->result;
}

/* Runs a plan of questions, which is freed. */
static int
look(struct session *s, struct plan *plan, struct err *e)
{
	run(s, plan);
	plan_free(plan);
	if (s->result.end == PLAN_DONE)
		return 0;
	return err_set(e, "vm %s: %s", vm_name(s->vm), s->result.error);
}

int
session_observe(struct session *s, struct err *e)
{
	struct plan *plan = plan_new();

	observe_plan(plan);
	return look(s, plan, e);
}

int
session_observe_for(
    struct session *s, const struct request *request, struct err *e)
{
	struct plan *plan = plan_new();

	observe_plan(plan);
	features_plan(plan, fit_features(request));
	return look(s, plan, e);
}
