/* A VM on a fake QEMU in virtual time. */

#include "world.h"
#include "commands.h"
#include "feature.h"
#include "observe.h"

void
world_reconnect(struct world *w)
{
	vm_free(w->vm);
	w->vm = vm_new(w->clock, "web");
	vm_connect_fds(w->vm, fake_connect(w->fake, FAKE_MONITOR),
	    w->agent ? fake_connect(w->fake, FAKE_AGENT) : -1);
}

void
world_open(struct world *w, const struct fake_options *options, bool agent)
{
	*w = (struct world){ .clock = clock_new_virtual(1), .agent = agent };
	w->fake = fake_new(w->clock, options);
	world_reconnect(w);
}

void
world_close(struct world *w)
{
	vm_free(w->vm);
	fake_free(w->fake);
	clock_free(w->clock);
}

static void
set_true(void *arg)
{
	*(bool *)arg = true;
}

static bool
is_true(void *arg)
{
	return *(bool *)arg;
}

void
world_wait(struct world *w, unsigned ms)
{
	bool passed = false;
	struct timer *timer = timer_new(w->clock, set_true, &passed);

	timer_start(timer, ms * UINT64_C(1000));
	assert_true(clock_run(w->clock, is_true, &passed));
	timer_free(timer);
}

struct end {
	bool done;
	struct run_result result;
};

static void
on_done(void *arg, struct plan *plan, const struct run_result *result)
{
	struct end *end = arg;

	assert_false(end->done); /* answered exactly once */
	end->done = true;
	end->result = *result;
}

static bool
is_done(void *arg)
{
	return ((struct end *)arg)->done;
}

struct run_result
world_run_kept(struct world *w, struct plan *plan)
{
	struct end end = { false };
	struct err e;

	assert_int_equal(vm_submit(w->vm, plan, NULL, on_done, &end, &e), 0);
	assert_true(clock_run(w->clock, is_done, &end));
	return end.result;
}

struct run_result
world_run(struct world *w, struct plan *plan)
{
	struct run_result result = world_run_kept(w, plan);

	plan_free(plan);
	return result;
}

/* The controller that a template has for its agent. */
static void
add_serial(struct run *run, void *subject)
{
	want_reply(run, RUN_MONITOR,
	    cmd_device_add(
		json_pack("{s:s, s:s, s:s, s:s}", "driver", "virtio-serial-pci",
		    "id", "serial0", "bus", "pci-bridge-0", "addr", "1f")));
}

static const struct step furniture[] = {
	{ "serial controller", add_serial },
	{ NULL },
};

void
world_furnish(struct world *w)
{
	struct plan *plan = plan_new();

	plan_add(plan, furniture, PLAN_MAKE, NULL, NULL, NULL, "%s", "");
	assert_int_equal(world_run(w, plan).end, PLAN_DONE);
	world_wait(w, 500); /* the guest has seen it */
}

struct plan *
world_fit(struct world *w, const struct request *request)
{
	struct plan *plan = plan_new();
	struct run_result result;
	struct fitted fitted;
	struct err e;

	observe_plan(plan);
	features_plan(plan, fit_features(request));
	result = world_run(w, plan);
	if (result.end != PLAN_DONE)
		fail_msg("observe: %s", result.error);
	plan = plan_new();
	if (fit(vm_actual(w->vm), request, plan, &fitted, &e) < 0)
		fail_msg("fit: %s", e.text);
	fitted_release(&fitted);
	return plan;
}

struct run_result
world_apply(struct world *w, const struct request *request)
{
	return world_run(w, world_fit(w, request));
}

void
world_assert_fitted(struct world *w, const struct request *request)
{
	struct plan *plan = world_fit(w, request);
	json_t *steps = plan_steps_json(plan);
	char *text = json_dumps(steps, JSON_COMPACT);

	if (!plan_is_empty(plan))
		fail_msg("there is still something to do: %s", text);
	free(text);
	json_decref(steps);
	plan_free(plan);
}
