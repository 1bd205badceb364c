/*
 * The fake's vCPUs: one place for each socket, and what the guest has online.
 */
#include "model.h"

#define CPU_TYPE "max-x86_64-cpu"
#define UNATTACHED "/machine/unattached/device"

void
cpu_init(struct fake *fake)
{
	const struct fake_options *o = &fake->options;
	unsigned i;

	fake->cpus = xcalloc(o->max_vcpus, sizeof(*fake->cpus));
	for (i = 0; i < o->max_vcpus; i++)
		fake->cpus[i].logical_id = -1;
	for (i = 0; i < o->vcpus; i++)
		fake->cpus[i] = (struct cpu){ true, NULL, (int)i, true };
}

json_t *
cpu_props(unsigned nth)
{
	return json_pack("{s:i, s:i, s:i, s:i}", "socket-id", (int)nth,
	    "core-id", 0, "thread-id", 0, "node-id", 0);
}

static unsigned
nth_of(const struct fake *fake, const struct cpu *cpu)
{
	return (unsigned)(cpu - fake->cpus);
}

/* ---- plugging ---- */

/* 10.0 wants integers; 7.2 takes text as well. */
static int
read_id(
    struct fake *fake, const json_t *options, const char *key, json_int_t *id)
{
	const json_t *value = json_object_get(options, key);
	bool is_strict = fake->options.major >= 10;

	if (!value)
		refuse(fake, GENERIC, "CPU %s is not set", key);
	else if (is_strict && !json_is_integer(value))
		refuse(fake, GENERIC,
		    "Invalid parameter type for '%s', expected: integer", key);
	else {
		*id = json_is_string(value)
		    ? strtol(json_string_value(value), NULL, 0)
		    : json_integer_value(value);
		return 0;
	}
	return -1;
}

static int
cpu_plug(struct fake *fake, struct device *device)
{
	json_int_t max = fake->options.max_vcpus, socket, core, thread;

	if (!str_eq(device->driver, CPU_TYPE)) {
		refuse(fake, GENERIC,
		    "Invalid CPU type, expected cpu type: '%s'", CPU_TYPE);
		return -1;
	}
	if (read_id(fake, device->options, "socket-id", &socket) < 0 ||
	    read_id(fake, device->options, "core-id", &core) < 0 ||
	    read_id(fake, device->options, "thread-id", &thread) < 0)
		return -1;
	if (socket < 0 || socket >= max || core != 0 || thread != 0)
		refuse(fake, GENERIC,
		    "Invalid CPU socket-id: %d must be in range 0:%d",
		    (int)socket, (int)max - 1);
	else if (fake->cpus[socket].is_present)
		refuse(fake, GENERIC, "CPU[%d] with APIC ID %d exists",
		    (int)socket, (int)socket);
	else {
		device->cpu = &fake->cpus[socket];
		*device->cpu = (struct cpu){ true, device, -1, false };
		return 0;
	}
	return -1;
}

static void
cpu_unplug(struct fake *fake, struct device *device)
{
	*device->cpu = (struct cpu){ .logical_id = -1 };
}

/* Before the guest's system is up QEMU does not even know how. */
static int
cpu_ask(struct fake *fake, struct device *device)
{
	if (!fake->guest.is_down)
		return 0;
	refuse(fake, GENERIC,
	    "acpi: device unplug request for not supported device type: %s",
	    device->driver);
	return -1;
}

/* ---- the guest's part ---- */

static bool
is_known(const struct fake *fake, int logical_id)
{
	unsigned i;

	for (i = 0; i < fake->options.max_vcpus; i++)
		if (fake->cpus[i].logical_id == logical_id)
			return true;
	return false;
}

static void
cpu_seen(struct fake *fake, struct device *device)
{
	int id = 0;

	device->is_seen = true;
	device_ost(
	    fake, device, "CPU", nth_of(fake, device->cpu), OST_INSERT, 0);
	/* Its ACPI reported success all the same. */
	if (fake->guest.ignores_vcpus)
		return;
	while (is_known(fake, id))
		id++;
	device->cpu->logical_id = id;
}

/* QEMU tells of the local APIC, and hardly ever of the vCPU itself. */
static void
cpu_gone(struct fake *fake, struct device *device)
{
	unsigned slot = nth_of(fake, device->cpu);
	_free_ char *path = xasprintf("%s/%s/lapic", PERIPHERAL, device->id);

	device_ost(fake, device, "CPU", slot, OST_EJECT, OST_IN_PROGRESS);
	emit(fake, "DEVICE_DELETED", json_pack("{s:s}", "path", path));
	if (fake->guest.says_cpu_deleted)
		device_deleted(fake, device);
	else
		device_drop(fake, device);
	device_ost(fake, NULL, "CPU", slot, OST_EJECT, 0);
}

static void
cpu_refused(struct fake *fake, struct device *device)
{
	unsigned slot = nth_of(fake, device->cpu);

	device_ost(fake, device, "CPU", slot, OST_EJECT, OST_IN_PROGRESS);
	device_ost(fake, device, "CPU", slot, OST_EJECT, OST_BUSY);
}

const struct device_kind cpu_kind = {
	.name = "cpu",
	.plug = cpu_plug,
	.ask = cpu_ask,
	.unplug = cpu_unplug,
	.seen = cpu_seen,
	.gone = cpu_gone,
	.refused = cpu_refused,
};

/* ---- queries ---- */

static json_t *
qom_path(const struct fake *fake, const struct cpu *cpu)
{
	if (cpu->device)
		return json_sprintf("%s/%s", PERIPHERAL, cpu->device->id);
	return json_sprintf("%s[%u]", UNATTACHED, nth_of(fake, cpu));
}

json_t *
query_cpus_fast(struct fake *fake, const json_t *arguments)
{
	json_t *list = must(json_array());
	unsigned i;

	for (i = 0; i < fake->options.max_vcpus; i++)
		if (fake->cpus[i].is_present)
			json_array_append_new(list,
			    json_pack("{s:i, s:o, s:i, s:o, s:s}", "cpu-index",
				(int)i, "qom-path",
				qom_path(fake, &fake->cpus[i]), "thread-id",
				1000 + (int)i, "props", cpu_props(i), "target",
				"x86_64"));
	return list;
}

/* Last place first, as QEMU does. */
json_t *
query_hotpluggable_cpus(struct fake *fake, const json_t *arguments)
{
	json_t *list = must(json_array()), *entry;
	unsigned i;

	for (i = fake->options.max_vcpus; i-- > 0;) {
		entry = json_pack("{s:o, s:i, s:s}", "props", cpu_props(i),
		    "vcpus-count", 1, "type", CPU_TYPE);
		if (fake->cpus[i].is_present)
			json_object_set_new(
			    entry, "qom-path", qom_path(fake, &fake->cpus[i]));
		json_array_append_new(list, entry);
	}
	return list;
}

/* ---- the agent's part ---- */

static struct cpu *
find_logical(const struct fake *fake, json_int_t id)
{
	unsigned i;

	for (i = 0; i < fake->options.max_vcpus; i++)
		if (id >= 0 && fake->cpus[i].logical_id == id)
			return &fake->cpus[i];
	return NULL;
}

json_t *
agent_get_vcpus(struct fake *fake, const json_t *arguments)
{
	json_t *list = must(json_array());
	const struct cpu *cpu;
	json_int_t id;

	for (id = 0; id < (json_int_t)fake->options.max_vcpus; id++) {
		cpu = find_logical(fake, id);
		if (cpu)
			json_array_append_new(list,
			    json_pack("{s:I, s:b, s:b}", "logical-id", id,
				"online", (int)cpu->is_online, "can-offline",
				id != 0));
	}
	return list;
}

static bool
set_online(const struct fake *fake, const json_t *wanted)
{
	json_int_t id = number_of(wanted, "logical-id");
	struct cpu *cpu = find_logical(fake, id);
	bool on = json_is_true(json_object_get(wanted, "online"));

	if (!cpu || (id == 0 && !on))
		return false;
	cpu->is_online = on;
	return true;
}

/* How many of them it did; an error only when it was none. */
json_t *
agent_set_vcpus(struct fake *fake, const json_t *arguments)
{
	const json_t *list = json_object_get(arguments, "vcpus");
	size_t n = 0, all = json_array_size(list);

	while (n < all && set_online(fake, json_array_get(list, n)))
		n++;
	if (n == 0 && all > 0)
		return refuse(fake, GENERIC,
		    "open(\"/sys/devices/system/cpu/cpu%d/\"): "
		    "No such file or directory",
		    (int)number_of(json_array_get(list, 0), "logical-id"));
	return json_integer((json_int_t)n);
}
