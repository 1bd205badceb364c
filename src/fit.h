/*
 * Fitting: from what is there and what is wanted to the plan that makes the
 * one into the other. Pure. Everything that can be known to be impossible is
 * refused here, before anything runs, with what would be needed.
 */
#ifndef FIT_H
#define FIT_H

#include "actual.h"
#include "device.h"
#include "plan.h"
#include "size.h"

struct pci_places;
struct spec;

/* What somebody wants of a VM. Members that are zero leave that as it is. */
struct request {
	const struct spec *spec; /* the whole of it: ours that it does not
	                          * name goes away */
	struct size resize; /* a size of the VM itself */
	const char *add_type; /* one device more */
	const char *add_id;
	const json_t *add_params;
	const char *remove_id; /* one device less */
	/* What the guest itself uses, measured when its template was made. */
	uint64_t guest_use;
	/* The template's own maxima, where QEMU does not say; 0: unknown. */
	uint64_t max_memory;
	/* Memory that is missing comes from virtio-mem (enable_virtio_mem of
	 * its template); one that has such a device needs not to be told. */
	bool virtio_mem;
};

/* What it came to. */
struct fitted {
	struct size desired; /* after rounding to what can be given */
	json_t *explain; /* size_from_spec's, NULL for other requests */
};

void fitted_release(struct fitted *f);

/* Appends the items to plan; nothing is appended on error. */
int fit(const struct actual *a, const struct request *request,
    struct plan *plan, struct fitted *fitted, struct err *e);

/* The enum feature of this QEMU that the fit wants to know (feature.h). */
unsigned fit_features(const struct request *request);

/* The size of a VM as the sizing rules see it. */
struct size_base fit_base(
    const struct actual *a, const struct request *request);

/* fit-memory.c, fit-cpu.c, fit-device.c: the parts. Shrinking parts come
 * first, in the order devices, vCPUs, memory; growing ones after, in the
 * order memory, vCPUs, devices. */
int fit_devices_down(const struct actual *a, const struct request *request,
    struct device **wanted, size_t n, struct plan *plan, struct err *e);
int fit_devices_up(const struct actual *a, struct pci_places *places,
    struct device **wanted, size_t n, struct plan *plan, struct err *e);
int fit_cpus_down(
    const struct actual *a, int vcpus, struct plan *plan, struct err *e);
int fit_cpus_up(
    const struct actual *a, int vcpus, struct plan *plan, struct err *e);
int fit_memory_down(
    const struct actual *a, uint64_t *memory, struct plan *plan, struct err *e);
int fit_memory_up(const struct actual *a, const struct request *request,
    struct pci_places *places, uint64_t memory, struct plan *plan,
    struct err *e);

/* fit-virtio-mem.c, for fit-memory.c. How much of excess is to come from it,
 * of which it gives what the guest can spare; it takes off missing what it
 * gives. */
bool fit_has_virtio_mem(const struct actual *a, const struct request *request);
uint64_t fit_virtio_mem_down(const struct actual *a, uint64_t excess,
    uint64_t *spare, struct plan *plan);
int fit_virtio_mem_up(const struct actual *a, const struct request *request,
    struct pci_places *places, uint64_t *missing, struct plan *plan,
    struct err *e);
/* Its size was asked for and has not come, or is not online. */
void fit_virtio_mem_online(const struct actual *a, struct plan *plan);
void fit_virtio_mem_leftover(const struct actual *a, struct plan *plan);
/* There is a balloon, and it may be used. */
bool fit_has_balloon(const struct actual *a);

/* The guest's memory block; whether its agent can be asked about them; bytes
 * that page structures may be paid from. */
uint64_t memory_block_size(const struct actual *a);
bool memory_asks_agent(const struct actual *a);
uint64_t memory_payable(const struct actual *a);

#endif
