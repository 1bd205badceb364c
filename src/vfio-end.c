/* Devices of the host whose QEMU is ended without its guest being asked. */

#include "vfio-end.h"
#include "clock.h"
#include "commands.h"
#include "host.h"
#include "part.h"
#include "run.h"
#include "vfio-internal.h"
#include "vm.h"

#define ANSWER_US UINT64_C(1000000)

struct ending {
	char *qmp;
	uint64_t began;
};

static void
ending_free(void *subject)
{
	struct ending *ending = subject;

	free(ending->qmp);
	free(ending);
}

static enum verdict
look_monitor(struct run *run, void *subject)
{
	const struct ending *ending = subject;
	struct process *p = vm_process(run_vm(run));
	uint64_t waited = clock_now(run_clock(run)) - ending->began;

	if (vm_monitor_ready(run_vm(run)) || waited >= ANSWER_US ||
	    (p && !process_is_running(p)))
		return MET;
	return NOT_YET;
}

static void
connect_monitor(struct run *run, void *subject)
{
	struct ending *ending = subject;

	ending->began = clock_now(run_clock(run));
	if (!vm_monitor(run_vm(run)) && ending->qmp)
		vm_connect_monitor(run_vm(run), ending->qmp);
	want_until(run,
	    &(struct wait){
		.what = "QEMU's greeting",
		.look = look_monitor,
	    });
}

/* After QEMU's end, which may be what makes a step of these wait. */
static const struct step give_back_steps[] = {
	{ "host driver", vfio_give_back_step, .flags = STEP_QUITS },
	{ NULL },
};

static void
on_objects(struct run *run, void *subject, const json_t *value)
{
	size_t i;
	json_t *v;

	json_array_foreach (value, i, v) {
		const char *name =
		    json_string_value(json_object_get(v, "name"));
		struct device *d = vfio_of_mark(name);

		if (d)
			plan_add(run_plan(run), give_back_steps, PLAN_MAKE, d,
			    device_free, NULL, "%s %s", d->type->words, d->id);
	}
}

static void
ask_marks(struct run *run, void *subject)
{
	if (vm_monitor_ready(run_vm(run)))
		want_try(
		    run, RUN_MONITOR, cmd_qom_list("/objects"), on_objects);
}

static const struct step steps[] = {
	{ "monitor", connect_monitor, .flags = STEP_QUITS | STEP_QUIET },
	{ "host devices", ask_marks, .flags = STEP_QUITS | STEP_QUIET },
	{ NULL },
};

void
vfio_end_plan(struct plan *plan, const char *qmp)
{
	struct ending *ending = xcalloc(1, sizeof(*ending));

	ending->qmp = xstrdup0(qmp);
	plan_add(plan, steps, PLAN_MAKE, ending, ending_free, NULL, "%s", "");
}
