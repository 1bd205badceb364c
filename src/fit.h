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
int fit_devices_up(const struct actual *a, struct device **wanted, size_t n,
    struct plan *plan, struct err *e);
int fit_cpus_down(
    const struct actual *a, int vcpus, struct plan *plan, struct err *e);
int fit_cpus_up(
    const struct actual *a, int vcpus, struct plan *plan, struct err *e);
int fit_memory_down(
    const struct actual *a, uint64_t *memory, struct plan *plan, struct err *e);
int fit_memory_up(
    const struct actual *a, uint64_t memory, struct plan *plan, struct err *e);

#endif
