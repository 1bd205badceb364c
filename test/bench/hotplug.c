/* Rounds of the four sides over something that is plugged into a clone. */

#include "hotplug.h"
#include "apply.h"
#include "machine.h"
#include "plan.h"
#include "report.h"
#include "run.h"
#include "vm.h"

#define PAUSE_US 1000
/* Between what leads up to a measurement and the measurement. */
#define SETTLE_US 20000

struct results {
	struct samples add[SIDES], remove[SIDES];
};

/* ---- one change by one side ---- */

/* device_add's arguments for the next free place, as QEMU itself lists it. */
static char *
free_vcpu(const struct actual *a)
{
	json_auto_t *device = NULL;
	size_t i = a->cpus_n;

	while (i > 0 && a->cpus[i - 1].present)
		i--;
	if (i == 0)
		return NULL;
	device = must(json_deep_copy(a->cpus[i - 1].props));
	json_object_set_new(device, "driver", json_string(a->cpus[i - 1].type));
	json_object_set_new(
	    device, "id", json_sprintf("qmpd-vcpu-%d", a->vcpus_present));
	return must(json_dumps(device, JSON_COMPACT));
}

/* The steps that qmpd would take, with their commands. */
static json_t *
rehearse(struct vm *vm, const struct hotplug *h, bool add, struct err *e)
{
	struct request request = { 0 };
	struct fitted fitted;
	struct plan *plan = plan_new();
	json_t *steps = NULL;

	h->want(&request, vm_actual(vm), add);
	if (fit(vm_actual(vm), &request, plan, &fitted, e) == 0) {
		run_rehearse(vm, plan);
		steps = plan_rehearsal_json(plan);
	}
	fitted_release(&fitted);
	plan_free(plan);
	return steps;
}

static int
present_of(struct vm *vm, const struct hotplug *h, bool add, struct present *p,
    struct err *e)
{
	const struct actual *a = vm_actual(vm);

	*p = (struct present){
		.vcpus = (unsigned)a->vcpus_present,
		.blocks_online = (unsigned)MAX(a->guest.blocks_online, 0),
		.free_vcpu = free_vcpu(a),
		.steps = h->replayed ? rehearse(vm, h, add, e) : NULL,
	};
	return h->replayed && !p->steps ? -1 : 0;
}

static void
present_release(struct present *p)
{
	free(p->free_vcpu);
	json_decref(p->steps);
}

/* The change by the floor's links. */
static int
floor_change(struct floor *f, const struct hotplug *h, const struct present *p,
    bool add, struct err *e)
{
	if (h->replayed)
		return replay(f, p->steps, &h->replay, add, e);
	return add ? h->add(f, p, e) : h->remove(f, p, e);
}

/* What observing asks the guest: both sides find it equally warm. */
static int
ask_guest(struct floor_link *l, struct err *e)
{
	static const char *const questions[] = {
		"{\"execute\":\"guest-info\"}\n",
		"{\"execute\":\"guest-get-vcpus\"}\n",
		"{\"execute\":\"guest-get-memory-block-info\"}\n",
		"{\"execute\":\"guest-get-memory-blocks\"}\n",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(questions); i++)
		if (!floor_ask(l, questions[i], e))
			return -1;
	return 0;
}

/*
 * The last thing before a measurement. A backend starts here, too, where it
 * was there before for the plan: some look for work once a second, and each
 * side has to find them in the same mood.
 */
static int
settle(struct bench *b, const struct hotplug *h, bool add, struct err *e)
{
	if (add && h->before_add && h->before_add(b, e) < 0)
		return -1;
	usleep(SETTLE_US);
	return 0;
}

static int
by_floor(struct bench *b, const struct machine *m, const struct hotplug *h,
    const struct present *p, bool add, unsigned pause_us, double *ms,
    struct err *e)
{
	struct floor f;
	double began;
	int rc = -1;

	floor_init(&f, pause_us);
	if (floor_open_monitor(&f, m->qmp, e) == 0 &&
	    floor_open_agent(&f, m->qga, e) == 0 &&
	    ask_guest(&f.agent, e) == 0 && settle(b, h, add, e) == 0) {
		began = bench_ms();
		rc = floor_change(&f, h, p, add, e);
		*ms = bench_ms() - began;
	}
	floor_close(&f);
	return rc;
}

/* The plan of a fit on the observation that was made; or the whole way. */
static int
by_engine(struct bench *b, struct vm *vm, const struct hotplug *h, bool add,
    bool whole, double *ms, struct err *e)
{
	struct request request = { 0 };
	struct fitted fitted;
	struct timing timing = { 0 };
	struct plan *plan;
	int rc = 0;

	if (settle(b, h, add, e) < 0)
		return -1;
	h->want(&request, vm_actual(vm), add);
	if (whole) {
		plan = apply_plan(&request, &fitted);
	} else {
		plan = plan_new();
		rc = fit(vm_actual(vm), &request, plan, &fitted, e);
		if (rc == 0 && plan_is_empty(plan))
			rc = err_set(e, "%s: there is nothing to do", h->name);
	}
	if (rc == 0)
		rc = engine_run(b, vm, plan, &timing, e);
	else
		plan_free(plan);
	fitted_release(&fitted);
	*ms = timing.ms;
	return rc;
}

/* What qmpd says is there is there before anything else is done. */
static int
confirm(const struct machine *m, const struct hotplug *h, struct err *e)
{
	struct floor f;
	int rc = -1;

	floor_init(&f, PAUSE_US);
	if (floor_open_monitor(&f, m->qmp, e) == 0 &&
	    floor_open_agent(&f, m->qga, e) == 0)
		rc = prove(&f, h->replay.proof, e);
	floor_close(&f);
	return rc;
}

/* Every side starts from links just opened and an observation just made. */
static int
change(struct bench *b, const struct machine *m, const struct hotplug *h,
    enum side side, bool add, double *ms, struct err *e)
{
	struct vm *vm = engine_open(b, m, e);
	struct present present;
	int rc;

	if (!vm)
		return -1;
	if (side == SIDE_PLAN || side == SIDE_APPLY) {
		rc = by_engine(b, vm, h, add, side == SIDE_APPLY, ms, e);
		vm_free(vm);
		if (rc == 0 && add && h->replay.proof)
			rc = confirm(m, h, e);
		return rc;
	}
	rc = present_of(vm, h, add, &present, e);
	/* Each of the sockets serves one client. */
	vm_free(vm);
	if (rc == 0)
		rc = by_floor(b, m, h, &present, add,
		    side == SIDE_FLOOR ? 0 : PAUSE_US, ms, e);
	present_release(&present);
	return rc;
}

/* ---- rounds ---- */

/* Nothing takes it away: each side has a fresh clone. */
static bool
stays(const struct hotplug *h)
{
	return h->replayed ? h->for_good : !h->remove;
}

static int
one_side(struct bench *b, const struct machine *m, const struct hotplug *h,
    enum side side, struct results *results, struct err *e)
{
	double ms;

	if (h->before_add && h->before_add(b, e) < 0)
		return err_wrap(e, "%s", h->name);
	if (change(b, m, h, side, true, &ms, e) < 0)
		return err_wrap(e, "%s: %s: add", h->name, side_names[side]);
	if (results)
		samples_add(&results->add[side], ms);
	if (stays(h))
		return 0;
	if (change(b, m, h, side, false, &ms, e) < 0)
		return err_wrap(e, "%s: %s: remove", h->name, side_names[side]);
	if (results)
		samples_add(&results->remove[side], ms);
	return 0;
}

int
hotplug_apply(struct bench *b, const struct machine *m,
    const struct request *request, struct err *e)
{
	struct fitted fitted;
	struct vm *vm = engine_open(b, m, e);
	int rc;

	if (!vm)
		return -1;
	rc = engine_run(b, vm, apply_plan(request, &fitted), NULL, e);
	fitted_release(&fitted);
	vm_free(vm);
	return rc;
}

/* A fresh clone in place of the one that was. */
static int
renew(
    struct bench *b, struct machine *m, const struct hotplug *h, struct err *e)
{
	double agent_ms, ms;

	machine_end(m);
	if (machine_clone(b, m, h->sharing, &agent_ms, &ms, e) < 0)
		return -1;
	if (h->outfit && h->outfit(b, m, e) < 0)
		return err_wrap(e, "%s: before", h->name);
	return 0;
}

static int
one_round(struct bench *b, struct machine *m, const struct hotplug *h,
    unsigned round, struct results *results, struct err *e)
{
	unsigned nth;

	for (nth = 0; nth < SIDES; nth++) {
		enum side side = bench_side(round, nth);

		/* The one table has no room for it. */
		if (h->one_table && side == SIDE_APPLY)
			continue;
		if (stays(h) && renew(b, m, h, e) < 0)
			return -1;
		if (one_side(b, m, h, side, results, e) < 0)
			return -1;
	}
	return 0;
}

static int
all_rounds(struct bench *b, const struct hotplug *h, struct results *results,
    struct err *e)
{
	struct machine m = { 0 };
	unsigned round;
	int rc = 0;

	/* What a guest does for the first time takes longer under TCG. */
	if (!stays(h))
		rc = renew(b, &m, h, e);
	if (rc == 0 && !stays(h))
		rc = one_round(b, &m, h, 0, NULL, e);
	for (round = 0; rc == 0 && round < b->rounds; round++)
		rc = one_round(b, &m, h, round, results, e);
	machine_end(&m);
	return rc;
}

static void
report(struct bench *b, const struct hotplug *h, const char *what,
    const struct samples sides[SIDES])
{
	if (h->one_table)
		bench_report_pair(b, what, sides, h->target);
	else
		bench_report_sides(b, what, sides, h->target);
}

int
hotplug_run(struct bench *b, const struct hotplug *h, struct err *e)
{
	_free_ char *add = xasprintf("%s: add", h->name);
	_free_ char *remove = xasprintf("%s: remove", h->name);
	struct results results = { 0 };
	int rc = all_rounds(b, h, &results, e), side;

	if (rc == 0)
		report(b, h, add, results.add);
	if (rc == 0 && !stays(h))
		report(b, h, remove, results.remove);
	for (side = 0; side < SIDES; side++) {
		samples_release(&results.add[side]);
		samples_release(&results.remove[side]);
	}
	return rc;
}
