/* The memory's part of fitting. */

#include "balloon.h"
#include "fit.h"
#include "memory.h"

#define MEMDEV_PREFIX "qmpd-mem-"

uint64_t
memory_block_size(const struct actual *a)
{
	return a->guest.block_size ? a->guest.block_size : MEMORY_BLOCK;
}

bool
memory_asks_agent(const struct actual *a)
{
	return a->guest.blocks >= 0;
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
dimm_new(
    const struct actual *a, const char *id, const char *memdev, uint64_t size)
{
	struct dimm *d = xcalloc(1, sizeof(*d));

	d->id = xstrdup(id);
	d->memdev = xstrdup(memdev);
	d->size = size;
	d->virtio_mem.addr = a->virtio_mem.addr;
	d->virtio_mem.max = a->virtio_mem.max;
	d->block_size = memory_block_size(a);
	return d;
}

/* Blocks that the guest shows when it has so much memory. */
static int
blocks_for(const struct actual *a, uint64_t plugged)
{
	uint64_t block = memory_block_size(a);

	return (int)((a->memory_boot + block - 1) / block + plugged / block);
}

/* plugged: what is plugged by then, for the removal's undo. */
static void
plan_removal(
    const struct actual *a, struct dimm *d, uint64_t plugged, struct plan *plan)
{
	bool agent = memory_asks_agent(a);

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
		    a, dimm_new(a, id, memdev, 0), a->memory_plugged, plan);
	}
}

/* DIMMs of at most excess bytes go. Returns how much they are. */
static uint64_t
dimms_down(const struct actual *a, uint64_t excess, struct plan *plan)
{
	_free_ bool *picks = xcalloc(a->dimms_n, sizeof(*picks));
	uint64_t gone = memory_pick(a, excess, picks);
	uint64_t plugged = a->memory_plugged;
	size_t i;

	for (i = 0; i < a->dimms_n; i++) {
		const struct actual_dimm *d = &a->dimms[i];

		if (!picks[i])
			continue;
		plan_removal(
		    a, dimm_new(a, d->id, d->memdev, d->size), plugged, plan);
		plugged -= d->size;
	}
	return gone;
}

/* ---- the balloon ---- */

bool
fit_has_balloon(const struct actual *a)
{
	return a->balloon.id && !actual_balloon_harms_file(a);
}

/* Bytes that the guest can do without. */
static uint64_t
spare_memory(const struct actual *a)
{
	uint64_t available = a->guest.mem_available;
	uint64_t reserve = a->memory_boot / MEMORY_RESERVE_SHARE;

	if (!available)
		return UINT64_MAX;
	return available > reserve ? available - reserve : 0;
}

/* It takes so much of so much memory in DIMMs; before, it took that. */
static void
plan_balloon(const struct actual *a, uint64_t plugged, uint64_t before,
    uint64_t taken, uint64_t spare, struct plan *plan)
{
	uint64_t more = taken > before ? taken - before : 0;
	struct balloon *b = xcalloc(1, sizeof(*b));

	b->from = a->memory_boot + plugged - before;
	b->wanted = b->to = a->memory_boot + plugged - taken;
	if (more > spare)
		b->to += more - spare / MIB * MIB;
	b->ask_agent = actual_agent_can(a, "guest-ping");
	b->is_driven = before > 0;
	plan_add(plan, balloon_steps, PLAN_MAKE, b, free, NULL, "memory %s",
	    a->balloon.id);
}

/*
 * From virtio-mem, then whole DIMMs, then by the balloon; what none of them
 * can give stays. A balloon that has taken more than is left to it gives it
 * back first: the guest needs room to clear a DIMM.
 */
int
fit_memory_down(
    const struct actual *a, uint64_t *memory, struct plan *plan, struct err *e)
{
	uint64_t taken = actual_ballooned(a), excess, dimms;
	uint64_t spare = spare_memory(a);
	_free_ bool *picks = xcalloc(a->dimms_n, sizeof(*picks));

	remove_leftovers(a, plan);
	fit_virtio_mem_leftover(a, plan);
	if (*memory >= actual_memory_requested(a))
		return 0;
	excess = actual_memory_requested(a) + taken - *memory;
	excess -= fit_virtio_mem_down(a, excess, &spare, plan);
	dimms = memory_pick(a, excess, picks);
	if (taken > excess - dimms)
		plan_balloon(
		    a, a->memory_plugged, taken, excess - dimms, spare, plan);
	excess -= dimms_down(a, excess, plan);
	if (excess > taken && fit_has_balloon(a)) {
		spare -= MIN(spare, dimms);
		plan_balloon(
		    a, a->memory_plugged - dimms, taken, excess, spare, plan);
		excess = 0;
	}
	*memory += excess > taken ? excess - taken : 0;
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

/*
 * QEMU puts a DIMM behind what is there, and Linux takes memory in whole
 * blocks only: behind an NVDIMM that ends within one, it would not be seen.
 * So it goes to the first block behind all; 0: where QEMU puts it.
 */
static uint64_t
first_addr(const struct actual *a, uint64_t block)
{
	uint64_t end = a->nvdimms_end;
	size_t i;

	if (end % block == 0)
		return 0;
	for (i = 0; i < a->dimms_n; i++)
		end = MAX(end, a->dimms[i].addr + a->dimms[i].size);
	if (a->virtio_mem.id)
		end = MAX(end, a->virtio_mem.addr + a->virtio_mem.max);
	return (end + block - 1) / block * block;
}

static void
plan_dimm(const struct actual *a, int number, uint64_t size, uint64_t addr,
    uint64_t plugged, struct plan *plan)
{
	_free_ char *id = xasprintf("qmpd-dimm-%d", number);
	_free_ char *memdev = xasprintf(MEMDEV_PREFIX "%d", number);
	bool agent = memory_asks_agent(a);
	struct dimm *d = dimm_new(a, id, memdev, size);

	d->addr = addr;
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
	d = dimm_new(a, last->id, last->memdev, last->size);
	d->guest_blocks = blocks_for(a, a->memory_plugged);
	plan_add(plan, dimm_steps_agent, PLAN_MAKE, d, dimm_free, a,
	    "memory %s", last->id);
}

/* Bytes that page structures may be paid from: half of what is free, and
 * never the memory that was added, as it may be movable only. */
uint64_t
memory_payable(const struct actual *a)
{
	return MIN(a->guest.mem_available, a->memory_boot) / 2;
}

static int
free_slots(const struct actual *a)
{
	return a->memory_slots < 0 ? -1
				   : a->memory_slots - a->memory_slots_used;
}

/* DIMMs of so many bytes, in steps. */
static int
dimms_up(
    const struct actual *a, uint64_t missing, struct plan *plan, struct err *e)
{
	uint64_t sizes[MEMORY_STEPS_MAX], plugged = a->memory_plugged;
	uint64_t block = memory_block_size(a);
	uint64_t add = (missing + block - 1) / block * block;
	uint64_t addr = first_addr(a, block);
	int n, i, number = 0;

	n = memory_steps(actual_memory_requested(a), memory_payable(a), add,
	    block, free_slots(a), sizes, e);
	for (i = 0; i < n; i++) {
		number = free_number(a, number);
		plugged += sizes[i];
		plan_dimm(a, number++, sizes[i], addr, plugged, plan);
		addr += addr ? sizes[i] : 0;
	}
	return n < 0 ? -1 : 0;
}

/* The balloon gives back first; then comes virtio-mem where there is any, and
 * then DIMMs. */
int
fit_memory_up(const struct actual *a, const struct request *request,
    struct pci_places *places, uint64_t memory, struct plan *plan,
    struct err *e)
{
	uint64_t has = actual_memory_requested(a);
	uint64_t taken = actual_ballooned(a);
	uint64_t missing = memory > has ? memory - has : 0;
	uint64_t back = MIN(missing, taken);

	if (memory == has) {
		fit_virtio_mem_online(a, plan);
		plan_online(a, plan);
	}
	if (back)
		plan_balloon(
		    a, a->memory_plugged, taken, taken - back, 0, plan);
	missing -= back;
	if (fit_virtio_mem_up(a, request, places, &missing, plan, e) < 0)
		return -1;
	return missing ? dimms_up(a, missing, plan, e) : 0;
}
