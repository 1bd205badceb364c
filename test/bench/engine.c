/* qmpd's engine in this process: plans, one after the other. */

#include "actual.h"
#include "clock.h"
#include "machine.h"
#include "observe.h"
#include "qmp.h"
#include "run.h"
#include "vm.h"

#define TICK_US 250000
#define END_MS 180000

struct waiting {
	struct bench *b;
	struct timing timing;
	double began;
	bool over;
	struct run_result result;
};

/* All that run beside each other. */
struct all {
	struct timer *tick;
	struct waiting *waiting;
	size_t n;
	double began;
};

static void
on_done(void *arg, struct plan *plan, const struct run_result *result)
{
	struct waiting *w = arg;

	w->timing.ms = bench_ms() - w->began;
	w->result = *result;
	w->over = true;
}

/* Wakes the loop, for is_over to look at the time. */
static void
on_tick(void *arg)
{
	struct all *all = arg;

	timer_start(all->tick, TICK_US);
}

static bool
is_over(void *arg)
{
	const struct all *all = arg;
	size_t i;

	if (bench_stopped || bench_ms() - all->began > END_MS)
		return true;
	for (i = 0; i < all->n; i++)
		if (!all->waiting[i].over)
			return false;
	return true;
}

/* Each step's end; -v shows it. */
static void
on_step(void *arg, const struct plan_step *step)
{
	struct waiting *w = arg;
	_free_ char *title = NULL;

	if (str_eq(step->step->name, w->timing.step))
		w->timing.step_ms = bench_ms() - w->began;
	if (!w->b->verbose)
		return;
	title = plan_step_title(step);
	fprintf(stderr, "%9.3f %9.3f ms  %s%s%s\n", bench_ms() - w->began,
	    (double)step->us / 1000, title, step->note ? ": " : "",
	    step->note ? step->note : "");
}

/* Links keep this for their lives: of all runs, the last one's start. */
static double wire_began;

static void
on_wire(
    void *arg, enum qmp_dialect dialect, char way, const char *text, size_t n)
{
	fprintf(stderr, "%9.3f %s %c %.*s\n", bench_ms() - wire_began,
	    dialect == QMP_AGENT ? "qga" : "qmp", way, (int)MIN(n, (size_t)100),
	    text);
}

static int
begin(struct waiting *w, struct bench *b, struct vm *vm, struct plan *plan,
    struct err *e)
{
	struct run_options options = { .on_step = on_step, .arg = w };

	if (b->verbose)
		vm_set_trace(vm, on_wire, NULL);
	w->b = b;
	wire_began = w->began = bench_ms();
	return vm_submit(vm, plan, &options, on_done, w, e);
}

/* What has become of one. */
static int
finish(const struct waiting *w, struct plan *plan, struct err *e)
{
	/* One that still runs needs its steps until the vm is freed. */
	if (!w->over)
		return err_set(e, "a plan has not ended");
	plan_free(plan);
	if (w->result.end == PLAN_DONE)
		return 0;
	return err_set(e, "a plan ended %s: %.900s",
	    plan_end_name(w->result.end), w->result.error);
}

int
engine_run_all(struct bench *b, struct vm **vms, struct plan **plans, size_t n,
    struct timing *timings, struct err *e)
{
	struct all all = { .n = n, .began = bench_ms() };
	size_t i;
	int rc = 0;

	all.waiting = xcalloc(n, sizeof(*all.waiting));
	all.tick = timer_new(b->clock, on_tick, &all);
	timer_start(all.tick, TICK_US);
	for (i = 0; rc == 0 && i < n; i++) {
		all.waiting[i].timing = timings[i];
		rc = begin(&all.waiting[i], b, vms[i], plans[i], e);
	}
	if (rc == 0)
		clock_run(b->clock, is_over, &all);
	timer_free(all.tick);
	for (i = 0; rc == 0 && i < n; i++) {
		rc = finish(&all.waiting[i], plans[i], e);
		timings[i] = all.waiting[i].timing;
	}
	/* A plan that still runs would tell. */
	if (rc == 0)
		free(all.waiting);
	return rc;
}

int
engine_run(struct bench *b, struct vm *vm, struct plan *plan,
    struct timing *timing, struct err *e)
{
	struct timing none = { 0 };

	return engine_run_all(b, &vm, &plan, 1, timing ? timing : &none, e);
}

struct vm *
engine_open(struct bench *b, const struct machine *m, struct err *e)
{
	struct vm *vm = vm_new(b->clock, m->name);
	struct plan *plan = plan_new();

	if (b->verbose)
		vm_set_trace(vm, on_wire, NULL);
	vm_connect_monitor(vm, m->qmp);
	vm_connect_agent(vm, m->qga);
	observe_plan(plan);
	if (engine_run(b, vm, plan, NULL, e) == 0 && vm_actual(vm)->guest.agent)
		return vm;
	if (vm_actual(vm))
		err_set(e, "%s: the guest agent does not answer", m->name);
	vm_free(vm);
	return NULL;
}
