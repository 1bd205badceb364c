/* The memory's part of fitting. */

#include "fit.h"
#include "memory.h"

#define MEMDEV_PREFIX "qmpd-mem-"

static uint64_t
block_size(const struct actual *a)
{
	return a->guest.block_size ? a->guest.block_size : MEMORY_BLOCK;
}

static uint64_t
present(const struct actual *a)
{
	return a->memory_boot + a->memory_plugged;
}

static bool
is_memdev_used(const struct actual *a, const char *memdev)
{
	size_t i;

	for (i = 0; i < a->dimms_n; i++)
		if (str_eq(a->dimms[i].memdev, memdev))
			return true;
	return false;
}

static struct dimm *
dimm_new(const char *id, const char *memdev, uint64_t size)
{
	struct dimm *d = xcalloc(1, sizeof(*d));

	d->id = xstrdup(id);
	d->memdev = xstrdup(memdev);
	d->size = size;
	return d;
}

/* Blocks that the guest shows when it has so much memory. */
static int
blocks_for(const struct actual *a, uint64_t plugged)
{
	uint64_t block = block_size(a);

	return (int)((a->memory_boot + block - 1) / block + plugged / block);
}

/* plugged: what is plugged by then, for the removal's undo. */
static void
plan_removal(
    const struct actual *a, struct dimm *d, uint64_t plugged, struct plan *plan)
{
	bool agent = a->guest.blocks >= 0;

	d->share = a->memory_shared;
	d->guest_blocks = blocks_for(a, plugged);
	plan_add(plan, agent ? dimm_steps_agent : dimm_steps_acpi, PLAN_REMOVE,
	    d, dimm_free, a, "memory %s", d->id);
}

/* Backends of ours that a crash left without their DIMM. */
static void
remove_leftovers(const struct actual *a, struct plan *plan)
{
	const char *memdev;
	json_t *type;

	json_object_foreach (a->objects, memdev, type) {
		_free_ char *id = NULL;

		if (!str_starts(memdev, MEMDEV_PREFIX) ||
		    is_memdev_used(a, memdev))
			continue;
		id = xasprintf("qmpd-dimm-%s", memdev + strlen(MEMDEV_PREFIX));
		plan_removal(
		    a, dimm_new(id, memdev, 0), a->memory_plugged, plan);
	}
}

int
fit_memory_down(
    const struct actual *a, uint64_t *memory, struct plan *plan, struct err *e)
{
	_free_ bool *picks = xcalloc(a->dimms_n, sizeof(*picks));
	uint64_t plugged = a->memory_plugged;
	size_t i;

	remove_leftovers(a, plan);
	if (*memory >= present(a))
		return 0;
	*memory = present(a) - memory_pick(a, present(a) - *memory, picks);
	for (i = 0; i < a->dimms_n; i++) {
		const struct actual_dimm *d = &a->dimms[i];

		if (!picks[i])
			continue;
		plan_removal(
		    a, dimm_new(d->id, d->memdev, d->size), plugged, plan);
		plugged -= d->size;
	}
	return 0;
}

/* The first number that neither a DIMM nor a backend has. */
static int
free_number(const struct actual *a, int n)
{
	for (;; n++) {
		_free_ char *id = xasprintf("qmpd-dimm-%d", n);
		_free_ char *memdev = xasprintf(MEMDEV_PREFIX "%d", n);

		if (!actual_dimm(a, id) && !actual_object(a, memdev))
			return n;
	}
}

static void
plan_dimm(const struct actual *a, int number, uint64_t size, uint64_t plugged,
    struct plan *plan)
{
	_free_ char *id = xasprintf("qmpd-dimm-%d", number);
	_free_ char *memdev = xasprintf(MEMDEV_PREFIX "%d", number);
	bool agent = a->guest.blocks >= 0;
	struct dimm *d = dimm_new(id, memdev, size);

	d->share = a->memory_shared;
	d->guest_blocks = blocks_for(a, plugged);
	plan_add(plan, agent ? dimm_steps_agent : dimm_steps_acpi, PLAN_MAKE, d,
	    dimm_free, a, "memory %s", id);
}

/* Memory that is plugged and that the guest does not use yet: its last DIMM
 * is waited for once more. */
static void
plan_online(const struct actual *a, struct plan *plan)
{
	const struct actual_dimm *last =
	    a->dimms_n ? &a->dimms[a->dimms_n - 1] : NULL;
	struct dimm *d;

	if (!last || !last->id || !last->memdev || a->guest.blocks_online < 0 ||
	    a->guest.blocks_online >= blocks_for(a, a->memory_plugged))
		return;
	d = dimm_new(last->id, last->memdev, last->size);
	d->guest_blocks = blocks_for(a, a->memory_plugged);
	plan_add(plan, dimm_steps_agent, PLAN_MAKE, d, dimm_free, a,
	    "memory %s", last->id);
}

/* Bytes that page structures may be paid from: half of what is free, and
 * never the memory that was added, as it may be movable only. */
static uint64_t
payable(const struct actual *a)
{
	return MIN(a->guest.mem_available, a->memory_boot) / 2;
}

static int
free_slots(const struct actual *a)
{
	return a->memory_slots < 0 ? -1
				   : a->memory_slots - a->memory_slots_used;
}

int
fit_memory_up(
    const struct actual *a, uint64_t memory, struct plan *plan, struct err *e)
{
	uint64_t sizes[MEMORY_STEPS_MAX], plugged = a->memory_plugged;
	int n, i, number = 0;

	if (memory <= present(a)) {
		if (memory == present(a))
			plan_online(a, plan);
		return 0;
	}
	n = memory_steps(present(a), payable(a), memory - present(a),
	    block_size(a), free_slots(a), sizes, e);
	for (i = 0; i < n; i++) {
		number = free_number(a, number);
		plugged += sizes[i];
		plan_dimm(a, number++, sizes[i], plugged, plan);
	}
	return n < 0 ? -1 : 0;
}
