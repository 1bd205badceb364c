/* Observe, fit, do, observe: the steps in between are those of the fit. */

#include "apply.h"
#include "feature.h"
#include "observe.h"
#include "run.h"
#include "vm.h"

struct apply {
	const struct request *request;
	struct fitted *fitted;
};

/* Appends what the fit came to, and a last look. */
static void
append(struct run *run, void *subject)
{
	const struct apply *apply = subject;
	const struct actual *actual = vm_actual(run_vm(run));
	struct plan *plan = run_plan(run);
	struct err e;

	if (fit(actual, apply->request, plan, apply->fitted, &e) < 0)
		run_refuse(run, "%s", e.text);
	else
		observe_plan(plan);
}

static const struct step steps[] = {
	{ "plan", append, .flags = STEP_QUIET },
	{ NULL },
};

struct plan *
apply_plan(const struct request *request, struct fitted *fitted)
{
	struct plan *plan = plan_new();
	struct apply *apply = xcalloc(1, sizeof(*apply));

	*fitted = (struct fitted){ 0 };
	apply->request = request;
	apply->fitted = fitted;
	observe_plan(plan);
	features_plan(plan, fit_features(request));
	plan_add(plan, steps, PLAN_MAKE, apply, free, NULL, "%s", "");
	return plan;
}
