/* What was there: look-ups, release, and how it is shown. */

#include "actual.h"
#include "device.h"
#include "part.h"

struct actual *
actual_new(void)
{
	struct actual *a = xcalloc(1, sizeof(*a));

	a->objects = must(json_object());
	a->chardevs = must(json_object());
	a->netdevs = must(json_object());
	a->guest.commands = must(json_object());
	a->guest.cpus_online = a->guest.blocks = a->guest.blocks_online = -1;
	a->memory_slots = -1;
	return a;
}

static void
free_cpus(struct actual *a)
{
	size_t i;

	for (i = 0; i < a->cpus_n; i++) {
		json_decref(a->cpus[i].props);
		free(a->cpus[i].type);
		free(a->cpus[i].id);
	}
	free(a->cpus);
	free(a->guest.cpus);
}

static void
free_dimms(struct actual *a)
{
	size_t i;

	for (i = 0; i < a->dimms_n; i++) {
		free(a->dimms[i].id);
		free(a->dimms[i].memdev);
	}
	free(a->dimms);
	free(a->virtio_mem.id);
	free(a->virtio_mem.memdev);
	free(a->balloon.id);
	json_decref(a->balloon.stats);
}

static void
free_nodes(struct actual *a)
{
	size_t i;

	for (i = 0; i < a->nodes_n; i++) {
		free(a->nodes[i].name);
		free(a->nodes[i].driver);
		free(a->nodes[i].filename);
	}
	free(a->nodes);
}

static void
free_pci(struct actual *a)
{
	size_t i;

	for (i = 0; i < a->buses_n; i++) {
		free(a->buses[i].id);
		free(a->buses[i].path);
	}
	for (i = 0; i < a->devices_n; i++) {
		free(a->devices[i].id);
		free(a->devices[i].driver);
		free(a->devices[i].bus);
		free(a->devices[i].node);
		free(a->devices[i].guest_path);
		json_decref(a->devices[i].properties);
	}
	free(a->buses);
	free(a->devices);
}

void
actual_free(struct actual *a)
{
	if (!a)
		return;
	free_cpus(a);
	free_dimms(a);
	free_nodes(a);
	free_pci(a);
	json_decref(a->objects);
	json_decref(a->chardevs);
	json_decref(a->netdevs);
	json_decref(a->guest.commands);
	free(a->guest.version);
	free(a->package);
	free(a->machine);
	free(a->accel);
	free(a->status);
	free(a->memory_backend);
	free(a);
}

const struct actual_node *
actual_node(const struct actual *a, const char *name)
{
	size_t i;

	for (i = 0; i < a->nodes_n; i++)
		if (str_eq(a->nodes[i].name, name))
			return &a->nodes[i];
	return NULL;
}

const struct actual_device *
actual_device(const struct actual *a, const char *id)
{
	size_t i;

	for (i = 0; i < a->devices_n; i++)
		if (str_eq(a->devices[i].id, id))
			return &a->devices[i];
	return NULL;
}

const struct actual_bus *
actual_bus(const struct actual *a, const char *id)
{
	size_t i;

	for (i = 0; i < a->buses_n; i++)
		if (str_eq(a->buses[i].id, id))
			return &a->buses[i];
	return NULL;
}

const struct actual_dimm *
actual_dimm(const struct actual *a, const char *id)
{
	size_t i;

	for (i = 0; i < a->dimms_n; i++)
		if (str_eq(a->dimms[i].id, id))
			return &a->dimms[i];
	return NULL;
}

const struct actual_cpu *
actual_cpu(const struct actual *a, const char *id)
{
	size_t i;

	for (i = 0; i < a->cpus_n; i++)
		if (str_eq(a->cpus[i].id, id))
			return &a->cpus[i];
	return NULL;
}

bool
actual_object(const struct actual *a, const char *id)
{
	return json_object_get(a->objects, id) != NULL;
}

bool
actual_part(const struct actual *a, const char *name)
{
	return actual_node(a, name) || actual_object(a, name) ||
	    json_object_get(a->chardevs, name) ||
	    json_object_get(a->netdevs, name);
}

const char **
actual_parts(const struct actual *a, size_t *n)
{
	json_t *const others[] = { a->objects, a->chardevs, a->netdevs };
	size_t most = a->nodes_n, i;
	const char **names, *name;
	json_t *v;

	for (i = 0; i < ARRAY_SIZE(others); i++)
		most += json_object_size(others[i]);
	names = xcalloc(most + 1, sizeof(*names));
	for (*n = 0; *n < a->nodes_n; (*n)++)
		names[*n] = a->nodes[*n].name;
	for (i = 0; i < ARRAY_SIZE(others); i++)
		json_object_foreach (others[i], name, v)
			names[(*n)++] = name;
	return names;
}

const json_t *
actual_property(const struct actual_device *d, const char *property)
{
	return json_object_get(d->properties, property);
}

bool
actual_version_at_least(const struct actual *a, int major, int minor)
{
	return a->major > major || (a->major == major && a->minor >= minor);
}

bool
actual_agent_can(const struct actual *a, const char *command)
{
	return json_is_true(json_object_get(a->guest.commands, command));
}

int
actual_vcpus_online(const struct actual *a)
{
	return a->guest.cpus_online;
}

/* ---- how it is shown ---- */

static json_t *
vcpus_json(const struct actual *a)
{
	json_t *out = must(json_pack("{s:i, s:i, s:i}", "requested",
	    a->vcpus_present, "boot", a->vcpus_boot, "max", a->vcpus_max));
	int online = actual_vcpus_online(a);

	json_object_set_new(
	    out, "actual", online < 0 ? json_null() : json_integer(online));
	return out;
}

static json_t *
dimms_json(const struct actual *a)
{
	json_t *out = must(json_array());
	size_t i;

	for (i = 0; i < a->dimms_n; i++) {
		const struct actual_dimm *d = &a->dimms[i];

		json_array_append_new(out,
		    must(json_pack("{s:s?, s:I, s:i, s:b}", "id", d->id, "size",
			(json_int_t)d->size, "slot", d->slot, "hotplugged",
			d->hotplugged)));
	}
	return out;
}

static json_t *
memory_json(const struct actual *a)
{
	json_t *out = must(json_pack("{s:I, s:I, s:b, s:o, s:o, s:o}",
	    "requested", (json_int_t)actual_memory_requested(a), "boot",
	    (json_int_t)a->memory_boot, "shared", a->memory_shared, "dimms",
	    dimms_json(a), "virtio_mem", actual_virtio_mem_json(a), "balloon",
	    actual_balloon_json(a)));
	uint64_t online;

	json_object_set_new(out, "actual",
	    actual_memory_online(a, &online) ? json_integer((json_int_t)online)
					     : json_null());
	json_object_set_new(out, "max",
	    a->memory_max ? json_integer((json_int_t)a->memory_max)
			  : json_null());
	return out;
}

/* The backend behind it is on a socket, and not there. */
static bool
is_disconnected(const struct actual *a, const char *id)
{
	const char *label, *name;
	json_t *v;

	json_object_foreach (a->chardevs, label, v) {
		name = json_string_value(v);
		if (str_starts(name, "disconnected:") && part_is_of(label, id))
			return true;
	}
	return false;
}

/* What is known of a device's way into the guest, or out of it. */
static const char *
device_state(const struct actual *a, const struct actual_device *d)
{
	if (d->removing)
		return "removal pending";
	if (is_disconnected(a, d->id))
		return "backend disconnected";
	return d->mapped || !d->bus ? "present" : "not set up by the guest";
}

static json_t *
devices_json(const struct actual *a)
{
	json_t *out = must(json_array());
	size_t i;

	for (i = 0; i < a->devices_n; i++) {
		const struct actual_device *d = &a->devices[i];
		const struct device_type *type = device_type_of(a, d);

		if (!type)
			continue;
		json_array_append_new(out,
		    must(json_pack("{s:s, s:s, s:s?, s:o, s:s, s:s?, s:s?}",
			"id", d->id, "type", type->name, "bus", d->bus, "slot",
			d->bus ? json_integer(d->slot) : json_null(), "state",
			device_state(a, d), "guest_path", d->guest_path, "node",
			d->node)));
	}
	return out;
}

/* How many slots of a bus a device could be put into. */
static int
count_bits(uint32_t bits)
{
	return __builtin_popcount(bits);
}

static json_t *
buses_json(const struct actual *a)
{
	static const char *const types[] = { "root", "pci-bridge",
		"pcie-root-port" };
	json_t *out = must(json_array());
	size_t i;

	for (i = 0; i < a->buses_n; i++) {
		const struct actual_bus *b = &a->buses[i];

		json_array_append_new(out,
		    must(json_pack("{s:s, s:s, s:i, s:i, s:b}", "id", b->id,
			"type", types[b->type], "slots",
			(int)(b->last - b->first + 1), "used",
			count_bits(b->used), "hotplug", b->hotplug)));
	}
	return out;
}

json_t *
actual_json(const struct actual *a)
{
	return must(json_pack(
	    "{s:s?, s:{s:o, s:s?, s:s?}, s:{s:b, s:b, s:s?}, s:o, s:o, s:o, "
	    "s:o}",
	    "state", a->status, "qemu", "version",
	    json_sprintf("%d.%d.%d", a->major, a->minor, a->micro), "machine",
	    a->machine, "accel", a->accel, "guest", "agent", a->guest.agent,
	    "ready", a->guest.agent, "version", a->guest.version, "vcpus",
	    vcpus_json(a), "memory", memory_json(a), "devices", devices_json(a),
	    "buses", buses_json(a)));
}
