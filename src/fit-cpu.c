/* The vCPUs' part of fitting. */

#include "cpu.h"
#include "fit.h"

/* A vCPU of this id at this place: what device_add wants. */
static struct vcpu *
vcpu_at(const struct actual_cpu *place, const char *id)
{
	struct vcpu *v = xcalloc(1, sizeof(*v));

	v->id = xstrdup(id);
	v->device = must(json_deep_copy(place->props));
	json_object_set_new(v->device, "driver", json_string(place->type));
	json_object_set_new(v->device, "id", json_string(id));
	return v;
}

/* Up to n logical ids to bring online: the lowest first. */
static struct vcpu_set *
pick_offline(const struct actual_guest *g, int n)
{
	struct vcpu_set *set = xcalloc(1, sizeof(*set));
	size_t i;

	set->ids = xcalloc((size_t)n, sizeof(*set->ids));
	for (i = 0; i < g->cpus_n && set->n < (size_t)n; i++)
		if (!g->cpus[i].online)
			set->ids[set->n++] = g->cpus[i].logical_id;
	set->guest_online = g->cpus_online + (int)set->n;
	return set;
}

/* Up to n to take offline: the highest first, but for those that are gone by
 * then. */
static struct vcpu_set *
pick_online(const struct actual_guest *g, int n, int gone)
{
	struct vcpu_set *set = xcalloc(1, sizeof(*set));
	size_t i;

	set->ids = xcalloc((size_t)n, sizeof(*set->ids));
	for (i = g->cpus_n; i > 0 && set->n < (size_t)n; i--) {
		const struct actual_guest_cpu *cpu = &g->cpus[i - 1];

		if (cpu->online && gone-- <= 0 && cpu->can_offline)
			set->ids[set->n++] = cpu->logical_id;
	}
	return set;
}

/* Takes vCPUs offline in the guest where none can be unplugged. */
static int
plan_offline(const struct actual *a, int vcpus, int gone, const char *why,
    struct plan *plan, struct err *e)
{
	int excess = a->guest.cpus_online - gone - vcpus;
	struct vcpu_set *set;

	if (a->guest.cpus_online < 0)
		return err_set(e,
		    "vCPUs: %s; they could only be taken offline by a guest "
		    "agent, and none answers",
		    why);
	if (excess <= 0)
		return 0;
	set = pick_online(&a->guest, excess, gone);
	set->guest_online = vcpus + excess - (int)set->n;
	set->why = why;
	plan_add(plan, vcpu_steps_offline, PLAN_MAKE, set, vcpu_set_free, NULL,
	    "vCPUs");
	return 0;
}

/* Unplugs the one that was added last; so many are gone before it. */
static void
plan_unplug(const struct actual *a, const struct actual_cpu *cpu, int gone,
    struct plan *plan)
{
	bool agent = a->guest.cpus_online >= 0;
	struct vcpu *v = vcpu_at(cpu, cpu->id);

	/* For its undo. */
	v->guest_count = (int)a->guest.cpus_n - gone;
	v->guest_online = a->guest.cpus_online - gone;
	v->logical_id = v->guest_count - 1;
	plan_add(plan, agent ? vcpu_steps_agent : vcpu_steps_acpi, PLAN_REMOVE,
	    v, vcpu_free, a, "vCPU %s", cpu->id);
}

int
fit_cpus_down(
    const struct actual *a, int vcpus, struct plan *plan, struct err *e)
{
	int present = a->vcpus_present;
	size_t i;

	if (vcpus < present && vcpu_undo_on(a) != VCPU_UNPLUG)
		return plan_offline(a, vcpus, 0,
		    "under TCG no QEMU survives vCPUs being unplugged and "
		    "added again",
		    plan, e);
	/* query-hotpluggable-cpus lists the highest first. */
	for (i = 0; i < a->cpus_n && present > vcpus; i++) {
		if (!a->cpus[i].id)
			continue;
		plan_unplug(a, &a->cpus[i], a->vcpus_present - present, plan);
		present -= a->cpus[i].threads;
	}
	if (present > vcpus)
		return plan_offline(a, vcpus, a->vcpus_present - present,
		    "vCPUs that the VM was started with cannot be unplugged",
		    plan, e);
	return 0;
}

/* Brings online those that the guest has and does not use. Returns how many
 * it will have online. */
static int
plan_online(const struct actual *a, int vcpus, struct plan *plan)
{
	const struct actual_guest *g = &a->guest;
	int most = MIN(vcpus, (int)g->cpus_n);
	struct vcpu_set *set;
	int online;

	if (g->cpus_online < 0 || g->cpus_online >= most)
		return g->cpus_online;
	set = pick_offline(g, most - g->cpus_online);
	online = set->guest_online;
	plan_add(plan, vcpu_steps_online, PLAN_MAKE, set, vcpu_set_free, NULL,
	    "vCPUs");
	return online;
}

/* A name that no vCPU has. */
static char *
free_id(const struct actual *a, int *next)
{
	for (;;) {
		char *id = xasprintf("qmpd-vcpu-%d", (*next)++);

		if (!actual_cpu(a, id))
			return id;
		free(id);
	}
}

/* Adds one vCPU at a free place. */
static void
plan_vcpu(const struct actual *a, const struct actual_cpu *place, int nth,
    int online, int *next, struct plan *plan)
{
	bool agent = a->guest.cpus_online >= 0;
	_free_ char *id = free_id(a, next);
	struct vcpu *v = vcpu_at(place, id);

	v->guest_count = MAX((int)a->guest.cpus_n, a->vcpus_present) + nth + 1;
	v->guest_online = online + nth + 1;
	v->logical_id = v->guest_count - 1;
	v->undo = vcpu_undo_on(a);
	plan_add(plan, agent ? vcpu_steps_agent : vcpu_steps_acpi, PLAN_MAKE, v,
	    vcpu_free, a, "vCPU %s", v->id);
}

/* One that QEMU has and the guest does not show yet is waited for again. */
static void
plan_waiting(const struct actual *a, int vcpus, int online, struct plan *plan)
{
	int known = (int)a->guest.cpus_n;
	size_t i;

	if (a->guest.cpus_online < 0)
		return;
	for (i = a->cpus_n; i > 0 && known < MIN(vcpus, a->vcpus_present);
	     i--) {
		const struct actual_cpu *cpu = &a->cpus[i - 1];
		struct vcpu *v;

		if (!cpu->id)
			continue;
		v = vcpu_at(cpu, cpu->id);
		v->guest_count = ++known;
		v->guest_online = ++online;
		v->logical_id = known - 1;
		plan_add(plan, vcpu_steps_agent, PLAN_MAKE, v, vcpu_free, a,
		    "vCPU %s", v->id);
	}
}

int
fit_cpus_up(const struct actual *a, int vcpus, struct plan *plan, struct err *e)
{
	int missing = vcpus - a->vcpus_present, nth = 0, next = 1;
	int marks = vcpu_marks(a);
	int online = plan_online(a, vcpus, plan);
	size_t i;

	plan_waiting(a, vcpus, online, plan);
	if (missing > 0 && vcpus + marks > a->vcpus_max)
		return err_set(e,
		    "vCPUs: %d were unplugged from this QEMU under TCG, and "
		    "it aborts when more than %d are added in its life; a new "
		    "VM is needed",
		    marks, a->vcpus_max);
	/* From the end: the lowest first. */
	for (i = a->cpus_n; i > 0 && nth < missing; i--)
		if (!a->cpus[i - 1].present)
			plan_vcpu(
			    a, &a->cpus[i - 1], nth++, online, &next, plan);
	if (nth < missing)
		return err_set(e,
		    "vCPUs: %d more wanted, and there is a place for %d more "
		    "(default_maxvcpus)",
		    missing, nth);
	return 0;
}
