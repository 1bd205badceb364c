/* virtio-mem's part of fitting the memory. */

#include "fit.h"
#include "memory.h"
#include "pci.h"
#include "virtio-mem.h"

/* What the VM may have, or has, of it; 0: nothing. */
static uint64_t
most(const struct actual *a, const struct request *request)
{
	uint64_t max = a->memory_max ? a->memory_max : request->max_memory;
	uint64_t granule = virtio_mem_granule(&a->virtio_mem);
	uint64_t taken = a->memory_boot + a->memory_plugged;

	if (a->virtio_mem.id)
		return a->virtio_mem.max / granule * granule;
	return max > taken ? (max - taken) / granule * granule : 0;
}

/* Asks for this size; begin is what is plugged by then. */
static void
plan_size(const struct actual *a, uint64_t from, uint64_t to, uint64_t wanted,
    uint64_t begin, struct plan *plan)
{
	const char *id = a->virtio_mem.id ? a->virtio_mem.id : VIRTIO_MEM_ID;
	struct virtio_mem_size *s = xcalloc(1, sizeof(*s));

	s->id = xstrdup(id);
	s->from = from;
	s->to = to;
	s->wanted = wanted;
	s->begin = begin;
	s->is_driven = begin > 0;
	s->block_size = memory_asks_agent(a) ? memory_block_size(a) : 0;
	plan_add(plan, virtio_mem_size_steps, PLAN_MAKE, s,
	    virtio_mem_size_free, a, "memory %s", id);
}

uint64_t
fit_virtio_mem_down(
    const struct actual *a, uint64_t excess, uint64_t *spare, struct plan *plan)
{
	const struct actual_virtio_mem *v = &a->virtio_mem;
	uint64_t granule = virtio_mem_granule(v), given;
	uint64_t cut = excess / granule * granule;

	/* What was never whole goes as a whole. */
	if (excess >= v->requested)
		cut = v->requested;
	if (!cut)
		return 0;
	given = cut <= *spare ? cut : *spare / granule * granule;
	*spare -= given;
	plan_size(a, v->requested, v->requested - given, v->requested - cut,
	    v->size, plan);
	return cut;
}

/* ---- the device ---- */

static struct virtio_mem_device *
device_for(const struct actual *a, uint64_t size)
{
	struct virtio_mem_device *d = xcalloc(1, sizeof(*d));

	d->pci.id = xstrdup(VIRTIO_MEM_ID);
	d->size = size;
	d->shared = a->memory_shared;
	d->can_reserve = actual_version_at_least(a, 6, 1);
	d->can_unplug = actual_version_at_least(a, 8, 2);
	return d;
}

/* A backend of ours that a crash left without its device. */
void
fit_virtio_mem_leftover(const struct actual *a, struct plan *plan)
{
	if (a->virtio_mem.id || !actual_object(a, VIRTIO_MEM_BACKEND))
		return;
	plan_add(plan, virtio_mem_device_steps, PLAN_REMOVE,
	    device_for(a, VIRTIO_MEM_GRANULE), virtio_mem_device_free, a,
	    "memory %s", VIRTIO_MEM_ID);
}

/* Its backend, if a crash left one, is gone by then: nothing is there. */
static int
plan_device(const struct actual *a, uint64_t size, struct pci_places *places,
    struct plan *plan, struct err *e)
{
	struct virtio_mem_device *d;
	struct pci_place at;

	if (pci_take(places, a, &at, e) < 0)
		return err_wrap(e, "memory %s", VIRTIO_MEM_ID);
	d = device_for(a, size);
	d->pci.bus = xstrdup(at.bus->id);
	d->pci.slot = at.slot;
	plan_add(plan, virtio_mem_device_steps, PLAN_MAKE, d,
	    virtio_mem_device_free, NULL, "memory %s", VIRTIO_MEM_ID);
	return 0;
}

/* ---- growing ---- */

bool
fit_has_virtio_mem(const struct actual *a, const struct request *request)
{
	return a->virtio_mem.id || request->virtio_mem;
}

/* In steps that the guest's free memory can pay for, as DIMMs are. */
static int
plan_growth(
    const struct actual *a, uint64_t add, struct plan *plan, struct err *e)
{
	uint64_t granule = virtio_mem_granule(&a->virtio_mem);
	uint64_t sizes[MEMORY_STEPS_MAX], at = a->virtio_mem.requested;
	uint64_t begin = a->virtio_mem.size;
	int n = memory_steps(actual_memory_requested(a), memory_payable(a), add,
	    granule, -1, sizes, e);
	int i;

	for (i = 0; i < n; i++) {
		plan_size(a, at, at + sizes[i], at + sizes[i], begin, plan);
		begin = at += sizes[i];
	}
	return n < 0 ? -1 : 0;
}

int
fit_virtio_mem_up(const struct actual *a, const struct request *request,
    struct pci_places *places, uint64_t *missing, struct plan *plan,
    struct err *e)
{
	uint64_t granule = virtio_mem_granule(&a->virtio_mem);
	uint64_t max = most(a, request), had = a->virtio_mem.requested;
	uint64_t room = max > had ? max - had : 0;
	uint64_t add = (*missing + granule - 1) / granule * granule;

	add = MIN(add, room / granule * granule);
	if (!add || !fit_has_virtio_mem(a, request))
		return 0;
	if (!a->virtio_mem.id && plan_device(a, max, places, plan, e) < 0)
		return -1;
	if (plan_growth(a, add, plan, e) < 0)
		return -1;
	*missing -= MIN(add, *missing);
	return 0;
}

void
fit_virtio_mem_online(const struct actual *a, struct plan *plan)
{
	const struct actual_virtio_mem *v = &a->virtio_mem;

	if (v->id)
		plan_size(
		    a, v->requested, v->requested, v->requested, v->size, plan);
}
