/* vCPUs, one at a time: added by QEMU, seen by the guest, brought online. */

#include "cpu.h"
#include "acpi.h"
#include "clock.h"
#include "commands.h"
#include "mark.h"
#include "run.h"

#define MARK_PREFIX "qmpd-unplugged-"

enum vcpu_undo
vcpu_undo_on(const struct actual *a)
{
	if (!str_eq(a->accel, "tcg"))
		return VCPU_UNPLUG;
	return actual_version_at_least(a, 10, 0) ? VCPU_WEARS : VCPU_KEEP;
}

int
vcpu_marks(const struct actual *a)
{
	const char *id;
	json_t *type;
	int n = 0;

	json_object_foreach (a->objects, id, type)
		n += str_starts(id, MARK_PREFIX);
	return n;
}

void
vcpu_free(void *vcpu)
{
	struct vcpu *v = vcpu;

	free(v->id);
	json_decref(v->device);
	free(v);
}

void
vcpu_set_free(void *set)
{
	struct vcpu_set *s = set;

	free(s->ids);
	free(s);
}

/* ---- the device ---- */

static void
add_device(struct run *run, void *subject)
{
	const struct vcpu *v = subject;

	want_reply(run, RUN_MONITOR, cmd_device_add(json_incref(v->device)));
}

/* The vCPU's own DEVICE_DELETED may never come: every report of the guest
 * is a reason to ask QEMU what it has. */
static enum verdict
heard_gone(
    struct run *run, void *subject, const char *event, const json_t *data)
{
	const struct vcpu *v = subject;

	if (acpi_heard_refusal(run, v->id, event, data) == REFUSED)
		return REFUSED;
	return str_eq(event, "ACPI_DEVICE_OST") ||
		str_eq(event, "DEVICE_DELETED")
	    ? LOOK
	    : NOT_YET;
}

/* query-hotpluggable-cpus no longer has a vCPU at its path. */
static enum verdict
probed_gone(struct run *run, void *subject, const json_t *value)
{
	const struct vcpu *v = subject;
	_free_ char *path = xasprintf("/machine/peripheral/%s", v->id);
	size_t i;
	json_t *entry;

	json_array_foreach (value, i, entry)
		if (str_eq(
			json_string_value(json_object_get(entry, "qom-path")),
			path))
			return NOT_YET;
	return MET;
}

/* Once it is gone. An id of its own for each: the clock does not stand
 * still. */
static void
leave_mark(struct run *run, void *subject)
{
	const struct vcpu *v = subject;
	_free_ char *id = xasprintf(
	    MARK_PREFIX "%llu", (unsigned long long)clock_now(run_clock(run)));

	if (v->undo != VCPU_WEARS)
		return;
	want_reply(run, RUN_MONITOR, cmd_object_add(mark_object(id)));
}

static void
del_device(struct run *run, void *subject)
{
	const struct vcpu *v = subject;

	if (v->undo == VCPU_KEEP) {
		run_refuse(run,
		    "this QEMU dies after a vCPU is unplugged under TCG; "
		    "vCPU %s stays",
		    v->id);
		return;
	}
	want_reply(run, RUN_MONITOR, cmd_device_del(v->id));
	want_until(run,
	    &(struct wait){
		.what = "the guest to give it up",
		.heard = heard_gone,
		.probe = cmd_query_hotpluggable_cpus(),
		.probed = probed_gone,
		.silence = PLAN_PENDING,
	    });
}

static bool
has_device(const struct actual *a, const void *subject)
{
	const struct vcpu *v = subject;

	return actual_cpu(a, v->id) != NULL;
}

/* ---- the guest, by the agent ---- */

static enum verdict
heard_seen(
    struct run *run, void *subject, const char *event, const json_t *data)
{
	const struct vcpu *v = subject;

	return acpi_heard_insert(run, v->id, event, data);
}

/*
 * A vCPU that the guest's kernel is still setting up has a folder and no file
 * "online" in it yet: the agent says that it is online and cannot be taken
 * offline, and pretends to bring it online (qga/commands-posix.c,
 * transfer_vcpu). Of the first one this is true for good.
 */
static bool
is_set_up(const json_t *cpu)
{
	return json_is_false(json_object_get(cpu, "online")) ||
	    json_is_true(json_object_get(cpu, "can-offline")) ||
	    json_integer_value(json_object_get(cpu, "logical-id")) == 0;
}

/* The guest shows as many as it should; the new one's number is kept. */
static enum verdict
probed_seen(struct run *run, void *subject, const json_t *value)
{
	struct vcpu *v = subject;
	size_t i;
	json_t *cpu;

	if ((int)json_array_size(value) < v->guest_count)
		return NOT_YET;
	json_array_foreach (value, i, cpu)
		if (!is_set_up(cpu))
			return NOT_YET;
	json_array_foreach (value, i, cpu)
		if (json_is_false(json_object_get(cpu, "online")))
			v->logical_id = (int)json_integer_value(
			    json_object_get(cpu, "logical-id"));
	run_note(run, "confirmed by the guest agent");
	return MET;
}

static void
see_by_agent(struct run *run, void *subject)
{
	want_until(run,
	    &(struct wait){
		.what = "the guest to show the vCPU",
		.heard = heard_seen,
		.side = RUN_AGENT,
		.probe = cmd_guest_get_vcpus(),
		.probed = probed_seen,
		.silence = PLAN_PENDING,
	    });
}

/* How many vCPUs of guest-get-vcpus are online. */
static int
count_online(const json_t *cpus)
{
	size_t i;
	int n = 0;
	json_t *cpu;

	json_array_foreach (cpus, i, cpu)
		n += json_is_true(json_object_get(cpu, "online")) &&
		    is_set_up(cpu);
	return n;
}

/* guest-set-vcpus answers how many it set: less than asked is a refusal. */
static void
on_set(struct run *run, void *subject, const json_t *value)
{
	if (json_integer_value(value) < 1)
		run_refuse(run, "the guest set none of them");
}

static enum verdict
probed_vcpu_online(struct run *run, void *subject, const json_t *value)
{
	const struct vcpu *v = subject;

	if (count_online(value) < v->guest_online)
		return NOT_YET;
	run_note(run, "%d online, confirmed by the guest agent",
	    count_online(value));
	return MET;
}

static json_t *
one_vcpu(int logical_id, bool online)
{
	return must(json_pack(
	    "{s:i, s:b}", "logical-id", logical_id, "online", online));
}

static void
set_online(struct run *run, void *subject)
{
	const struct vcpu *v = subject;

	want_value(run, RUN_AGENT,
	    cmd_guest_set_vcpus(
		must(json_pack("[o]", one_vcpu(v->logical_id, true)))),
	    on_set);
	want_until(run,
	    &(struct wait){
		.what = "the guest to have it online",
		.side = RUN_AGENT,
		.probe = cmd_guest_get_vcpus(),
		.probed = probed_vcpu_online,
		.silence = PLAN_PENDING,
	    });
}

const struct step vcpu_steps_agent[] = {
	{ "mark", NULL, leave_mark, .flags = STEP_QUIET },
	{ "device", add_device, del_device, has_device },
	{ "guest", see_by_agent },
	{ "online", set_online },
	{ NULL },
};

/* ---- the guest, by ACPI ---- */

static enum verdict
probed_accepted(struct run *run, void *subject, const json_t *value)
{
	const struct vcpu *v = subject;

	return acpi_probed_insert(run, v->id, value);
}

static void
see_by_acpi(struct run *run, void *subject)
{
	want_until(run,
	    &(struct wait){
		.what = "the guest to take the vCPU",
		.heard = heard_seen,
		.probe = cmd_query_acpi_ospm_status(),
		.probed = probed_accepted,
		.silence = PLAN_PENDING,
	    });
}

const struct step vcpu_steps_acpi[] = {
	{ "mark", NULL, leave_mark, .flags = STEP_QUIET },
	{ "device", add_device, del_device, has_device },
	{ "guest", see_by_acpi },
	{ NULL },
};

/* ---- those that are there: online and offline ---- */

static void
set_all(struct run *run, const struct vcpu_set *set, bool online,
    run_probed_fn *probed)
{
	json_t *cpus = must(json_array());
	size_t i;

	for (i = 0; i < set->n; i++)
		json_array_append_new(cpus, one_vcpu(set->ids[i], online));
	want_value(run, RUN_AGENT, cmd_guest_set_vcpus(cpus), on_set);
	want_until(run,
	    &(struct wait){
		.what = online ? "the guest to bring them online"
			       : "the guest to take them offline",
		.side = RUN_AGENT,
		.probe = cmd_guest_get_vcpus(),
		.probed = probed,
		.silence = PLAN_PENDING,
	    });
}

static enum verdict
probed_more(struct run *run, void *subject, const json_t *value)
{
	const struct vcpu_set *set = subject;

	if (count_online(value) < set->guest_online)
		return NOT_YET;
	run_note(run, "%d online, confirmed by the guest agent",
	    count_online(value));
	return MET;
}

static enum verdict
probed_fewer(struct run *run, void *subject, const json_t *value)
{
	const struct vcpu_set *set = subject;

	if (count_online(value) > set->guest_online)
		return NOT_YET;
	run_note(run, "%d online, confirmed by the guest agent%s%s",
	    count_online(value), set->why ? "; " : "",
	    set->why ? set->why : "");
	return MET;
}

/* Each is the other's undo; the wait of an undo is met at once. */
static void
all_online(struct run *run, void *subject)
{
	set_all(run, subject, true, probed_more);
}

static void
all_offline(struct run *run, void *subject)
{
	set_all(run, subject, false, probed_fewer);
}

const struct step vcpu_steps_online[] = {
	{ "online", all_online, all_offline },
	{ NULL },
};

const struct step vcpu_steps_offline[] = {
	{ "offline", all_offline, all_online },
	{ NULL },
};
