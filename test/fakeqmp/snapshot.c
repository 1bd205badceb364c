/*
 * A picture of the whole fake, the same whatever the way there: things are
 * members under their ids, never in the order of their coming.
 */
#include "model.h"

static json_t *
picture_nodes(const struct fake *fake)
{
	json_t *all = must(json_object());
	const struct node *node;

	TAILQ_FOREACH (node, &fake->nodes, entry)
		json_object_set_new(all, node->name,
		    json_pack("{s:s, s:O, s:i, s:I, s:s*, s:s*}", "driver",
			node->driver, "children", node->children, "parents",
			(int)node->parents, "size", (json_int_t)node->size,
			"group", node->group, "device", node->device));
	return all;
}

/* A copy: what is set later is no part of it. Limits are whole, whoever set
 * some of them. */
static json_t *
picture_options(const struct fake *fake, const struct item *item)
{
	json_t *options = must(json_deep_copy(item->options));

	if (str_eq(item->type, "throttle-group"))
		json_object_set_new(
		    options, "limits", object_limits(fake, item));
	return options;
}

static json_t *
picture_items(const struct fake *fake, const struct item_list *list)
{
	json_t *all = must(json_object());
	const struct item *item;

	TAILQ_FOREACH (item, list, entry)
		json_object_set_new(all, item->id,
		    json_pack("{s:s, s:o, s:s*}", "type", item->type, "options",
			picture_options(fake, item), "user", item->user));
	return all;
}

static json_t *
picture_fds(const struct fake *fake)
{
	json_t *all = must(json_object());
	const struct passed_fd *fd;

	TAILQ_FOREACH (fd, &fake->fds, entry)
		json_object_set_new(all, fd->name, json_true());
	return all;
}

/* An empty text is what a property reads as that nobody set. */
static json_t *
set_options(const struct device *device)
{
	json_t *set = must(json_object()), *value;
	const char *key;

	json_object_foreach (device->options, key, value)
		if (!str_eq(json_string_value(value), ""))
			json_object_set(set, key, value);
	return set;
}

static json_t *
picture_devices(const struct fake *fake)
{
	json_t *all = must(json_object());
	const struct device *device;

	TAILQ_FOREACH (device, &fake->devices, entry)
		json_object_set_new(all, device->id,
		    json_pack("{s:s, s:o, s:i, s:i, s:I, s:b}", "kind",
			device->kind->name, "options", set_options(device),
			"slot", (int)device->slot, "memory-slot",
			(int)device->memory_slot, "address",
			(json_int_t)device->address, "asked",
			(int)device->is_asked));
	return all;
}

static json_t *
picture_cpus(const struct fake *fake)
{
	json_t *all = must(json_object());
	unsigned i;

	for (i = 0; i < fake->options.max_vcpus; i++) {
		_free_ char *key = xasprintf("%u", i);
		const struct cpu *cpu = &fake->cpus[i];

		if (cpu->is_present)
			json_object_set_new(all, key,
			    json_string(cpu->device ? cpu->device->id : ""));
	}
	return all;
}

static json_t *
picture_capabilities(const struct fake *fake)
{
	json_t *all = must(json_object()), *state;
	const char *name;

	json_object_foreach (fake->capabilities, name, state)
		if (json_is_true(state))
			json_object_set(all, name, state);
	return all;
}

/* ---- the guest's view ---- */

static json_t *
picture_pci(const struct fake *fake)
{
	json_t *all = must(json_object());
	const struct device *device;

	TAILQ_FOREACH (device, &fake->devices, entry)
		if (device->bus && device->is_seen)
			json_object_set_new(all, device->id,
			    json_sprintf("%02x:%02x", device->bus->number,
				device->slot));
	return all;
}

static json_t *
picture_disks(const struct fake *fake)
{
	json_t *all = must(json_object());
	const struct device *device;

	TAILQ_FOREACH (device, &fake->devices, entry)
		if (device->disk)
			json_object_set_new(
			    all, device->disk, json_string(device->id));
	return all;
}

static json_t *
picture_vcpus(const struct fake *fake)
{
	json_t *all = must(json_object());
	unsigned i;

	for (i = 0; i < fake->options.max_vcpus; i++) {
		const struct cpu *cpu = &fake->cpus[i];
		_free_ char *key = xasprintf("%d", cpu->logical_id);

		if (cpu->logical_id >= 0)
			json_object_set_new(
			    all, key, json_boolean(cpu->is_online));
	}
	return all;
}

/* Those of DIMMs; what was there at boot is always online. */
static json_t *
picture_blocks(const struct fake *fake)
{
	json_t *all = must(json_object());
	const struct device *device;
	uint64_t i;

	TAILQ_FOREACH (device, &fake->devices, entry)
		for (i = 0; i < device_blocks(device); i++) {
			_free_ char *key = xasprintf("%llu",
			    (unsigned long long)(device->address / BLOCK_SIZE +
				i));

			json_object_set_new(
			    all, key, json_boolean(device->is_online[i]));
		}
	return all;
}

/* What is asked of virtio-mem and the balloon, and what it came to. */
static json_t *
picture_memory(const struct fake *fake)
{
	json_t *all = must(json_object());
	const struct device *device;

	TAILQ_FOREACH (device, &fake->devices, entry)
		if (device->kind->move)
			json_object_set_new(all, device->id,
			    json_pack("[I, I]", (json_int_t)device->requested,
				(json_int_t)(device->region ? device->size
							    : device->taken)));
	return all;
}

static json_t *
picture_guest(const struct fake *fake)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o}", "pci", picture_pci(fake),
	    "disks", picture_disks(fake), "vcpus", picture_vcpus(fake),
	    "blocks", picture_blocks(fake), "memory", picture_memory(fake));
}

json_t *
fake_snapshot(const struct fake *fake)
{
	return must(json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, "
			      "s:o, s:s*, s:o}",
	    "status", fake->status, "nodes", picture_nodes(fake), "objects",
	    picture_items(fake, &fake->objects), "chardevs",
	    picture_items(fake, &fake->chardevs), "netdevs",
	    picture_items(fake, &fake->netdevs), "orphans",
	    picture_items(fake, &fake->orphans), "fds", picture_fds(fake),
	    "devices", picture_devices(fake), "cpus", picture_cpus(fake),
	    "capabilities", picture_capabilities(fake), "migration",
	    fake->migration, "guest", picture_guest(fake)));
}
