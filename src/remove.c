/* Taking a VM away: its QEMU, then its folder and its record. */

#include "clock.h"
#include "clone.h"
#include "host.h"
#include "record.h"
#include "run.h"
#include "vfio-end.h"
#include "vm.h"
#include <signal.h>

#define TERM_MS 5000
#define KILL_MS 5000

struct removal {
	const struct record *record;
	uint64_t began;
	bool killed;
};

/* A QEMU that does not go when it is asked to is killed. */
static enum verdict
look_exited(struct run *run, void *subject)
{
	struct removal *r = subject;
	struct process *p = vm_process(run_vm(run));
	uint64_t waited = clock_now(run_clock(run)) - r->began;

	if (!p || !process_is_running(p))
		return MET;
	if (!r->killed && waited > TERM_MS * UINT64_C(1000)) {
		process_signal(p, SIGKILL);
		run_note(run, "killed: it did not go when it was asked to");
		r->killed = true;
	}
	return NOT_YET;
}

static void
end_qemu(struct run *run, void *subject)
{
	struct removal *r = subject;
	struct process *p = vm_process(run_vm(run));

	r->began = clock_now(run_clock(run));
	if (p && process_is_running(p))
		process_signal(p, SIGTERM);
	want_until(run,
	    &(struct wait){
		.what = "QEMU to exit",
		.look = look_exited,
		.timeout_ms = TERM_MS + KILL_MS,
	    });
}

static void
forget(struct run *run, void *subject)
{
	const struct removal *r = subject;
	struct err e;

	if (record_remove(r->record->name, &e) < 0)
		run_refuse(run, "%s", e.text);
}

static const struct step steps[] = {
	{ "end QEMU", end_qemu, .flags = STEP_QUITS },
	{ "record", forget, .flags = STEP_FINAL | STEP_QUITS },
	{ NULL },
};

static const struct step attached_steps[] = {
	{ "record", forget, .flags = STEP_FINAL | STEP_QUITS },
	{ NULL },
};

struct plan *
remove_plan(const struct record *record)
{
	struct plan *plan = plan_new();
	struct removal *r = xcalloc(1, sizeof(*r));

	r->record = record;
	if (record->template)
		vfio_end_plan(plan, record->qmp);
	plan_add(plan, record->template ? steps : attached_steps, PLAN_MAKE, r,
	    free, NULL, "%s", "");
	return plan;
}
