/*
 * The fake's memory: DIMMs in slots and in a range of addresses, and the
 * blocks that the guest makes of them.
 */
#include "model.h"

#define ALIGN_SIZE (2 * MIB)
#define FOUR_GIB (4 * GIB)
#define LABEL_MIN 0x20000 /* of an NVDIMM's labels */
#define LOW_MAX (2 * GIB) /* q35 puts what is above over 4 GiB */

static uint64_t
round_up(uint64_t value, uint64_t to)
{
	return (value + to - 1) / to * to;
}

/* Where memory devices begin. */
static uint64_t
area_start(const struct fake *fake)
{
	uint64_t memory = fake->options.memory;

	return round_up(
	    FOUR_GIB + (memory > LOW_MAX ? memory - LOW_MAX : 0), GIB);
}

static uint64_t
area_size(const struct fake *fake)
{
	return fake->options.max_memory - fake->options.memory;
}

uint64_t
memory_plugged(const struct fake *fake)
{
	const struct device *device;
	uint64_t sum = 0;

	TAILQ_FOREACH (device, &fake->devices, entry)
		sum += device->size;
	return sum;
}

/* What a memory device takes of the area. */
static uint64_t
extent(const struct device *device)
{
	return device->region ? device->region : device->size;
}

static uint64_t
area_used(const struct fake *fake)
{
	const struct device *device;
	uint64_t sum = 0;

	TAILQ_FOREACH (device, &fake->devices, entry)
		sum += extent(device);
	return sum;
}

/* Those that the guest makes of it. */
uint64_t
device_blocks(const struct device *device)
{
	if (!device->is_seen || !device->is_online)
		return 0;
	return device->region ? (device->size + BLOCK_SIZE - 1) / BLOCK_SIZE
			      : device->size / BLOCK_SIZE;
}

/* ---- plugging ---- */

static int
choose_memdev(struct fake *fake, struct device *device)
{
	const char *name = text_of(device->options, "memdev");

	device->memdev = item_find(&fake->objects, name);
	if (!name)
		refuse(fake, GENERIC, "'memdev' property must be set");
	else if (!device->memdev)
		refuse(fake, NOT_FOUND, "Device '%s' not found", name);
	else if (device->memdev->user)
		refuse(
		    fake, GENERIC, "can't use already busy memdev: %s", name);
	else
		return 0;
	return -1;
}

static int
check_size(struct fake *fake, struct device *device)
{
	uint64_t used = area_used(fake);
	uint64_t size = (uint64_t)number_of(device->memdev->options, "size") -
	    (uint64_t)number_of(device->options, "label-size");

	if (device->kind != &nvdimm_kind && size % ALIGN_SIZE != 0)
		refuse(fake, GENERIC,
		    "backend memory size must be multiple of 0x%llx",
		    (unsigned long long)ALIGN_SIZE);
	else if (used + size > area_size(fake))
		refuse(fake, GENERIC,
		    "not enough space, currently 0x%llx in use of total space "
		    "for memory devices 0x%llx",
		    (unsigned long long)used,
		    (unsigned long long)area_size(fake));
	else {
		*(device->kind == &virtio_mem_kind ? &device->region
						   : &device->size) = size;
		return 0;
	}
	return -1;
}

static bool
is_slot_taken(const struct fake *fake, unsigned slot)
{
	const struct device *device;

	TAILQ_FOREACH (device, &fake->devices, entry)
		if (device->memdev && !device->region &&
		    device->memory_slot == slot)
			return true;
	return false;
}

static int
choose_memory_slot(struct fake *fake, struct device *device)
{
	const json_t *wanted = json_object_get(device->options, "slot");
	json_int_t slot = wanted ? json_integer_value(wanted) : 0;
	unsigned slots = fake->options.slots;

	while (!wanted && slot < slots && is_slot_taken(fake, (unsigned)slot))
		slot++;
	if (wanted && (slot < 0 || slot >= slots))
		refuse(fake, GENERIC,
		    "invalid slot number %d, valid range is [0-%u]", (int)slot,
		    slots - 1);
	else if (slots == 0)
		refuse(fake, GENERIC,
		    "no slots where allocated, please specify the 'slots' "
		    "option");
	else if (slot >= slots)
		refuse(fake, GENERIC, "no free slots available");
	else if (is_slot_taken(fake, (unsigned)slot))
		refuse(fake, GENERIC, "slot %d is busy", (int)slot);
	else {
		device->memory_slot = (unsigned)slot;
		return 0;
	}
	return -1;
}

/* The one that begins first at or behind this address. */
static const struct device *
next_dimm(const struct fake *fake, uint64_t address)
{
	const struct device *device, *next = NULL;

	TAILQ_FOREACH (device, &fake->devices, entry)
		if (device->memdev && device->address >= address &&
		    (!next || device->address < next->address))
			next = device;
	return next;
}

/* The first hole that is large enough. */
static int
choose_address(struct fake *fake, struct device *device)
{
	uint64_t end = area_start(fake) + area_size(fake);
	uint64_t at = area_start(fake);
	const struct device *next = next_dimm(fake, at);

	while (next && next->address < at + extent(device)) {
		at = round_up(next->address + extent(next), ALIGN_SIZE);
		next = next_dimm(fake, at);
	}
	device->address = at;
	if (at + extent(device) <= end)
		return 0;
	refuse(fake, GENERIC,
	    "could not find position in guest address space for memory device "
	    "- memory fragmented due to alignments");
	return -1;
}

static int
place(struct fake *fake, struct device *device)
{
	if (choose_memdev(fake, device) < 0 ||
	    choose_memory_slot(fake, device) < 0 ||
	    check_size(fake, device) < 0 || choose_address(fake, device) < 0)
		return -1;
	device->memdev->user = xstrdup(device->id);
	return 0;
}

int
memory_place(struct fake *fake, struct device *device)
{
	if (choose_memdev(fake, device) < 0 || check_size(fake, device) < 0 ||
	    choose_address(fake, device) < 0)
		return -1;
	device->memdev->user = xstrdup(device->id);
	device->is_online =
	    xcalloc(extent(device) / BLOCK_SIZE + 1, sizeof(bool));
	return 0;
}

static int
dimm_plug(struct fake *fake, struct device *device)
{
	if (place(fake, device) < 0)
		return -1;
	device->is_online =
	    xcalloc(device->size / BLOCK_SIZE + 1, sizeof(bool));
	return 0;
}

static void
dimm_unplug(struct fake *fake, struct device *device)
{
	free(TAKE(device->memdev->user));
}

/* ---- the guest's part ---- */

static void
dimm_seen(struct fake *fake, struct device *device)
{
	uint64_t i, n = device->size / BLOCK_SIZE;

	device->is_seen = true;
	for (i = 0; i < n; i++)
		device->is_online[i] = !fake->guest.keeps_memory_offline;
	device_ost(fake, device, "DIMM", device->memory_slot, OST_INSERT, 0);
}

static void
dimm_gone(struct fake *fake, struct device *device)
{
	unsigned slot = device->memory_slot;

	device_ost(fake, device, "DIMM", slot, OST_EJECT, OST_IN_PROGRESS);
	device_deleted(fake, device);
	device_ost(fake, NULL, "DIMM", slot, OST_EJECT, 0);
}

static void
dimm_refused(struct fake *fake, struct device *device)
{
	unsigned slot = device->memory_slot;

	device_ost(fake, device, "DIMM", slot, OST_EJECT, OST_IN_PROGRESS);
	device_ost(fake, device, "DIMM", slot, OST_EJECT, OST_BUSY);
}

const struct device_kind dimm_kind = {
	.name = "dimm",
	.plug = dimm_plug,
	.unplug = dimm_unplug,
	.seen = dimm_seen,
	.gone = dimm_gone,
	.refused = dimm_refused,
};

/* ---- persistent memory: a disk to the guest ---- */

static int
nvdimm_plug(struct fake *fake, struct device *device)
{
	json_int_t label = number_of(device->options, "label-size");

	if (label != 0 && label < LABEL_MIN)
		refuse(fake, GENERIC,
		    "Property 'nvdimm.label-size' (0x%llx) is required at "
		    "least 0x%x",
		    label, LABEL_MIN);
	else if (fake->options.no_nvdimm)
		refuse(fake, GENERIC,
		    "nvdimm is not enabled: missing 'nvdimm' in '-M'");
	else
		return place(fake, device);
	return -1;
}

static int
nvdimm_ask(struct fake *fake, struct device *device)
{
	refuse(fake, GENERIC, "nvdimm device hot unplug is not supported yet.");
	return -1;
}

static void
nvdimm_seen(struct fake *fake, struct device *device)
{
	device->is_seen = true;
}

const struct device_kind nvdimm_kind = {
	.name = "nvdimm",
	.plug = nvdimm_plug,
	.ask = nvdimm_ask,
	.unplug = dimm_unplug,
	.seen = nvdimm_seen,
};

/* ---- queries ---- */

json_t *
query_memory_devices(struct fake *fake, const json_t *arguments)
{
	json_t *list = must(json_array());
	const struct device *device;

	TAILQ_FOREACH (device, &fake->devices, entry)
		if (device->kind == &virtio_mem_kind)
			json_array_append_new(list, virtio_mem_info(device));
		else if (device->memdev)
			json_array_append_new(list,
			    json_pack("{s:s, s:{s:s, s:o, s:I, s:I, s:i, s:i, "
				      "s:b, s:b}}",
				"type", device->kind->name, "data", "id",
				device->id, "memdev",
				json_sprintf("/objects/%s", device->memdev->id),
				"addr", (json_int_t)device->address, "size",
				(json_int_t)device->size, "slot",
				(int)device->memory_slot, "node", 0,
				"hotplugged", 1, "hotpluggable", 1));
	return list;
}

/* memfd alone is shared unless it is told otherwise. */
static bool
is_shared(const struct item *object)
{
	const json_t *share = json_object_get(object->options, "share");

	return share ? json_is_true(share)
		     : str_eq(object->type, "memory-backend-memfd");
}

json_t *
query_memdev(struct fake *fake, const json_t *arguments)
{
	json_t *list = must(json_array());
	const struct item *object;

	TAILQ_FOREACH (object, &fake->objects, entry)
		if (str_starts(object->type, "memory-backend-"))
			json_array_append_new(list,
			    json_pack(
				"{s:s, s:I, s:b, s:b, s:b, s:b, s:b, s:s, "
				"s:[]}",
				"id", object->id, "size",
				number_of(object->options, "size"), "share",
				(int)is_shared(object), "reserve", 1,
				"prealloc", 0, "merge", 1, "dump", 1, "policy",
				"default", "host-nodes"));
	return list;
}

json_t *
query_memory_size_summary(struct fake *fake, const json_t *arguments)
{
	return json_pack("{s:I, s:I}", "base-memory",
	    (json_int_t)fake->options.memory, "plugged-memory",
	    (json_int_t)memory_plugged(fake));
}

static const struct device *
dimm_in_slot(const struct fake *fake, unsigned slot)
{
	const struct device *device;

	TAILQ_FOREACH (device, &fake->devices, entry)
		if (device->kind == &dimm_kind && device->memory_slot == slot)
			return device;
	return NULL;
}

static json_t *
ospm_slot(const struct device *device, const char *type, unsigned slot,
    const struct ospm *ospm)
{
	return json_pack("{s:s*, s:o, s:s, s:i, s:i}", "device",
	    device ? device->id : NULL, "slot", json_sprintf("%u", slot),
	    "slot-type", type, "source", ospm->source, "status", ospm->status);
}

json_t *
query_acpi_ospm_status(struct fake *fake, const json_t *arguments)
{
	json_t *list = must(json_array());
	unsigned i;

	for (i = 0; i < fake->options.slots; i++)
		json_array_append_new(list,
		    ospm_slot(
			dimm_in_slot(fake, i), "DIMM", i, &fake->ospm[i]));
	for (i = 0; i < fake->options.max_vcpus; i++)
		json_array_append_new(list,
		    ospm_slot(
			fake->cpus[i].device, "CPU", i, &fake->cpu_ospm[i]));
	return list;
}

/* ---- the agent's part ---- */

static json_t *
block(uint64_t index, bool is_online)
{
	return json_pack("{s:I, s:b, s:b}", "phys-index", (json_int_t)index,
	    "online", (int)is_online, "can-offline", 1);
}

json_t *
agent_get_blocks(struct fake *fake, const json_t *arguments)
{
	json_t *list = must(json_array());
	const struct device *device;
	uint64_t i;

	for (i = 0; i < fake->options.memory / BLOCK_SIZE; i++)
		json_array_append_new(list, block(i, true));
	TAILQ_FOREACH (device, &fake->devices, entry)
		for (i = 0; i < device_blocks(device); i++)
			json_array_append_new(list,
			    block(device->address / BLOCK_SIZE + i,
				device->is_online[i]));
	return list;
}

/* The flag of a block of a DIMM that the guest sees, or NULL. */
static bool *
find_block(const struct fake *fake, uint64_t index)
{
	const struct device *device;
	uint64_t first;

	TAILQ_FOREACH (device, &fake->devices, entry) {
		first = device->address / BLOCK_SIZE;
		if (index >= first && index - first < device_blocks(device))
			return &device->is_online[index - first];
	}
	return NULL;
}

json_t *
agent_set_blocks(struct fake *fake, const json_t *arguments)
{
	json_t *results = must(json_array()), *entry;
	size_t i;

	json_array_foreach (json_object_get(arguments, "mem-blks"), i, entry) {
		json_int_t index = number_of(entry, "phys-index");
		bool *flag = find_block(fake, (uint64_t)index);

		if (flag)
			*flag = json_is_true(json_object_get(entry, "online"));
		json_array_append_new(results,
		    json_pack("{s:I, s:s}", "phys-index", index, "response",
			flag ? "success" : "not-found"));
	}
	return results;
}

json_t *
agent_get_block_info(struct fake *fake, const json_t *arguments)
{
	return json_pack("{s:I}", "size", (json_int_t)BLOCK_SIZE);
}
