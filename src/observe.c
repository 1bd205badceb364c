/* The steps of observing: which questions are asked, and where answers go. */

#include "observe-internal.h"
#include "commands.h"
#include "device.h"
#include "part.h"
#include "qmp.h"
#include "run.h"
#include "vm.h"

static void
observation_free(void *subject)
{
	struct observation *o = subject;

	actual_free(o->actual);
	json_decref(o->sockets);
	free(o);
}

/* ---- QEMU ---- */

static char *
string_member(const json_t *v, const char *key)
{
	return xstrdup0(json_string_value(json_object_get(v, key)));
}

static void
on_status(struct run *run, void *subject, const json_t *value)
{
	struct observation *o = subject;

	o->actual->status = string_member(value, "status");
}

/* What query-kvm, deprecated since 11.1, has become. */
static void
on_accelerators(struct run *run, void *subject, const json_t *value)
{
	struct observation *o = subject;

	o->actual->accel = string_member(value, "enabled");
}

static void
on_kvm(struct run *run, void *subject, const json_t *value)
{
	struct observation *o = subject;
	bool kvm = json_is_true(json_object_get(value, "enabled"));

	if (value)
		o->actual->accel = xstrdup(kvm ? "kvm" : "tcg");
	else
		want_try(run, RUN_MONITOR, cmd_query_accelerators(),
		    on_accelerators);
}

/* "pc-q35-7.2-machine" without its suffix. */
static void
on_machine(struct run *run, void *subject, const json_t *value)
{
	struct observation *o = subject;
	const char *type = json_string_value(value);
	const char *suffix = type ? strstr(type, "-machine") : NULL;

	if (type)
		o->actual->machine = must(strndup(
		    type, suffix ? (size_t)(suffix - type) : strlen(type)));
}

static void
on_memory(struct run *run, void *subject, const json_t *value)
{
	struct observation *o = subject;
	const json_t *max = json_object_get(value, "max-size");
	const json_t *slots = json_object_get(value, "slots");

	if (json_integer_value(max) > 0)
		o->actual->memory_max = (uint64_t)json_integer_value(max);
	if (json_integer_value(slots) > 0 && json_integer_value(slots) <= 256)
		o->actual->memory_slots = (int)json_integer_value(slots);
	/* Without slots QEMU tells the size alone (hw/core/machine.c). */
	else if (json_object_get(value, "size") && !slots)
		o->actual->memory_slots = 0;
}

static void
on_nvdimm(struct run *run, void *subject, const json_t *value)
{
	struct observation *o = subject;

	o->actual->takes_nvdimms = json_is_true(value);
}

static void
on_memory_size(struct run *run, void *subject, const json_t *value)
{
	struct observation *o = subject;
	json_int_t boot =
	    json_integer_value(json_object_get(value, "base-memory"));
	json_int_t plugged =
	    json_integer_value(json_object_get(value, "plugged-memory"));

	o->actual->memory_boot = boot > 0 ? (uint64_t)boot : 0;
	o->actual->memory_plugged = plugged > 0 ? (uint64_t)plugged : 0;
}

static void
on_objects(struct run *run, void *subject, const json_t *value)
{
	struct observation *o = subject;
	size_t i;
	json_t *v;

	json_array_foreach (value, i, v) {
		const char *name =
		    json_string_value(json_object_get(v, "name"));
		json_t *type = json_object_get(v, "type");

		if (name && type && !str_eq(name, "type"))
			json_object_set(o->actual->objects, name, type);
	}
}

/* One answer, one reader: observe-parse.c has those that take more. */
#define READER(name, reader)                                                  \
	static void name(struct run *run, void *subject, const json_t *value) \
	{                                                                     \
		struct observation *o = subject;                              \
                                                                              \
		reader(o->actual, value);                                     \
	}

READER(on_memory_backend, observe_memory_backend)
READER(on_chardevs, observe_chardevs)
READER(on_networks, observe_networks)
READER(on_cpus_fast, observe_boot_cpus)
READER(on_dimms, observe_memory_devices)
READER(on_balloon, observe_balloon)
READER(on_balloon_stats, observe_balloon_stats)
READER(on_nodes, observe_nodes)
READER(on_drives, observe_drives)
READER(on_pci, observe_pci)
READER(on_peripheral, observe_peripheral)

static void
on_share(struct run *run, void *subject, const json_t *value)
{
	struct observation *o = subject;

	o->actual->memory_shared |= json_is_true(value);
}

/* Before 6.1 only the backend itself tells whether it is shared. */
static void
on_memdevs(struct run *run, void *subject, const json_t *value)
{
	struct observation *o = subject;
	const char *backend = o->actual->memory_backend;
	_free_ char *path = xasprintf("/objects/%s", backend ? backend : "");

	observe_memdevs(o->actual, value);
	if (backend && !json_object_get(json_array_get(value, 0), "share"))
		want_try(
		    run, RUN_MONITOR, cmd_qom_get(path, "share"), on_share);
}

/* A machine that takes no vCPUs has no places for them: it has those that it
 * runs. */
static void
on_cpus(struct run *run, void *subject, const json_t *value)
{
	struct observation *o = subject;

	if (value)
		observe_cpus(o->actual, value);
	else
		want_try(run, RUN_MONITOR, cmd_query_cpus_fast(), on_cpus_fast);
}

/* The version is in the greeting: there is nothing to ask. */
static void
read_version(struct run *run, struct actual *a)
{
	struct qmp *link = vm_monitor(run_vm(run));
	const json_t *version = link ? qmp_version(link) : NULL;
	const json_t *qemu = json_object_get(version, "qemu");

	a->major = (int)json_integer_value(json_object_get(qemu, "major"));
	a->minor = (int)json_integer_value(json_object_get(qemu, "minor"));
	a->micro = (int)json_integer_value(json_object_get(qemu, "micro"));
	a->package = string_member(version, "package");
}

/* query-pci after qom-list: a device's driver is known when it is placed. */
static void
ask_qemu(struct run *run, void *subject)
{
	const enum run_side m = RUN_MONITOR;

	want_value(run, m, cmd_query_status(), on_status);
	want_try(run, m, cmd_query_kvm(), on_kvm);
	want_try(run, m, cmd_qom_get("/machine", "type"), on_machine);
	want_try(run, m, cmd_qom_get("/machine", "memory"), on_memory);
	want_try(run, m, cmd_qom_get("/machine", "memory-backend"),
	    on_memory_backend);
	want_try(run, m, cmd_query_memdev(), on_memdevs);
	want_try(run, m, cmd_qom_get("/machine", "nvdimm"), on_nvdimm);
	want_try(run, m, cmd_query_memory_size_summary(), on_memory_size);
	want_try(run, m, cmd_query_hotpluggable_cpus(), on_cpus);
	want_try(run, m, cmd_query_memory_devices(), on_dimms);
	want_try(run, m, cmd_qom_list("/objects"), on_objects);
	want_value(run, m, cmd_query_named_block_nodes(), on_nodes);
	want_try(run, m, cmd_query_chardev(), on_chardevs);
	want_try(run, m, cmd_info_network(), on_networks);
	want_try(run, m, cmd_query_pci(), on_pci);
	want_value(run, m, cmd_qom_list("/machine/peripheral"), on_peripheral);
	want_value(run, m, cmd_query_block(), on_drives);
}

/* ---- sockets ---- */

/* QEMU 7.2 does not say whereto a connected one leads, but in its tree. */
#define NOWHERE "unix:"

static void
on_address(struct run *run, void *subject, const json_t *value)
{
	struct observation *o = subject;
	const char *label =
	    json_string_value(json_array_get(o->sockets, o->socket++));
	const char *path = json_string_value(json_object_get(value, "path"));

	if (label && path)
		json_object_set_new(o->actual->chardevs, label,
		    json_sprintf(NOWHERE "%s", path));
}

static void
ask_sockets(struct run *run, void *subject)
{
	struct observation *o = subject;
	const char *label;
	json_t *name;

	json_object_foreach (o->actual->chardevs, label, name) {
		_free_ char *path = xasprintf("/chardevs/%s", label);

		if (!part_role(label) ||
		    !str_eq(json_string_value(name), NOWHERE))
			continue;
		json_array_append_new(o->sockets, json_string(label));
		want_try(
		    run, RUN_MONITOR, cmd_qom_get(path, "addr"), on_address);
	}
}

/* ---- the devices of our families ---- */

/* Where a property is asked for: of the device itself, of what a link of its
 * leads to ("rng/filename"), or of the object that is its part G ("G:limits");
 * NULL where that is not there. name is the property's own. */
static char *
property_path(const struct actual *a, const struct actual_device *d,
    const char *property, const char **name)
{
	const char *slash = strrchr(property, '/');
	_free_ char *part = NULL;

	*name = slash ? slash + 1 : property;
	if (!*property || property[1] != ':')
		return xasprintf("/machine/peripheral/%s%s%.*s", d->id,
		    slash ? "/" : "", slash ? (int)(slash - property) : 0,
		    property);
	*name = property + 2;
	part = part_name(*property, d->id);
	return actual_object(a, part) ? xasprintf("/objects/%s", part) : NULL;
}

/* Moves to the next property of the next device that has any; NULL: that was
 * the last. */
static const char *
next_property(struct observation *o, struct actual_device **device)
{
	const struct actual *a = o->actual;

	for (; o->device < a->devices_n; o->device++, o->property = 0) {
		struct actual_device *d = &a->devices[o->device];
		const struct device_type *type = device_type_of(a, d);

		*device = d;
		if (type && type->properties && type->properties[o->property])
			return type->properties[o->property++];
	}
	return NULL;
}

/* Answers come in the order of the questions. */
static void
on_property(struct run *run, void *subject, const json_t *value)
{
	struct observation *o = subject;
	struct actual_device *device;
	const char *property, *name;
	_free_ char *path = NULL;

	while (!path && (property = next_property(o, &device)))
		path = property_path(o->actual, device, property, &name);
	if (path && value)
		json_object_set(
		    device->properties, property, (json_t *)(uintptr_t)value);
}

static void
ask_devices(struct run *run, void *subject)
{
	struct observation *o = subject;
	struct actual_device *device;
	const char *property;

	o->device = o->property = 0;
	while ((property = next_property(o, &device))) {
		const char *name;
		_free_ char *path =
		    property_path(o->actual, device, property, &name);

		if (path)
			want_try(run, RUN_MONITOR, cmd_qom_get(path, name),
			    on_property);
	}
	o->device = o->property = 0;
	observe_removals(o->actual);
}

/* ---- the balloon ---- */

/* Where there is a balloon: what it took. */
static void
ask_balloon(struct run *run, void *subject)
{
	struct observation *o = subject;
	const enum run_side m = RUN_MONITOR;
	const char *id = observe_find_balloon(o->actual);
	_free_ char *path = xasprintf("/machine/peripheral/%s", id ? id : "");

	if (!id)
		return;
	want_try(run, m, cmd_query_balloon(), on_balloon);
	want_try(run, m, cmd_qom_get(path, "guest-stats"), on_balloon_stats);
}

/* Of those that are on no PCI bus. */
static void
find_paths(struct actual *a)
{
	size_t i;

	for (i = 0; i < a->devices_n; i++) {
		struct actual_device *d = &a->devices[i];
		const struct device_type *type =
		    device_type_of_driver(d->driver);

		if (!d->guest_path && type && type->guest_path)
			d->guest_path = type->guest_path(a, d);
	}
}

static void
hand_over(struct run *run, void *subject)
{
	struct observation *o = subject;

	/* Only now: a link that was just opened had no greeting before. */
	read_version(run, o->actual);
	find_paths(o->actual);
	vm_set_actual(run_vm(run), TAKE(o->actual));
}

static const struct step steps[] = {
	{ "observe QEMU", ask_qemu, .flags = STEP_QUIET },
	{ "observe sockets", ask_sockets, .flags = STEP_QUIET },
	{ "observe devices", ask_devices, .flags = STEP_QUIET },
	{ "observe balloon", ask_balloon, .flags = STEP_QUIET },
	{ "observe agent", observe_find_agent, .flags = STEP_QUIET },
	{ "observe agent's commands", observe_ask_agent, .flags = STEP_QUIET },
	{ "observe guest", observe_ask_guest, .flags = STEP_QUIET },
	{ "observe guest's memory", observe_read_meminfo, .flags = STEP_QUIET },
	{ "observed", hand_over, .flags = STEP_QUIET },
	{ NULL },
};

void
observe_plan(struct plan *plan)
{
	struct observation *o = xcalloc(1, sizeof(*o));

	o->actual = actual_new();
	o->sockets = must(json_array());
	plan_add(plan, steps, PLAN_MAKE, o, observation_free, NULL, "%s", "");
}
