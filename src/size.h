/*
 * From a spec and a VM's fixed facts to the size it should have. Pure.
 *
 * vCPUs  = ceil(workload), at least the boot count.
 * memory = max(boot, workload + what the guest itself uses + memmap of what
 *          is added: 64 B for each 4 KiB page), the added part rounded up to
 *          the guest's memory block.
 *
 * A VirtualMachine's memory is the VM's own: the guest's use and the memmap
 * come out of it. sizing: kata makes boot an addend to the workload, and adds
 * neither of the two, as Kata does not.
 */
#ifndef SIZE_H
#define SIZE_H

#include "err.h"
#include <jansson.h>

struct spec;

/* What does not change in the life of a VM. Bytes; 0 = not known. */
struct size_base {
	int boot_vcpus, max_vcpus;
	uint64_t boot_memory, max_memory;
	uint64_t guest_use; /* boot size less MemAvailable, idle */
	uint64_t block_size; /* the guest's memory block; 0 means 128 MiB */
	/* A VM's own size may be less than its boot size, in whole MiB. */
	bool has_balloon;
};

/* A size that a VM can be given: already rounded. */
struct size {
	int vcpus;
	uint64_t memory;
};

/*
 * Above a maximum is an error that says what would be needed, as in
 * "memory: the pod needs 9.25Gi, the VM's maximum is 8Gi (default_maxmemory)".
 * A spec without CPU or memory keeps the boot value. explain, when not NULL,
 * gets on success an object: {vcpus: {terms: [{name, value, counted}],
 * sum_millicpu, boot, desired}, memory: {terms, sum, guest_use, memmap, boot,
 * rounding, desired}, overhead: {millicpu, memory}, sizing}. Where memory is
 * added, sum + guest_use + memmap + rounding = desired (with sizing: kata,
 * and boot); guest_use and memmap are 0 where they are not addends.
 */
int size_from_spec(const struct spec *spec, const struct size_base *base,
    struct size *size, json_t **explain, struct err *e);

/* Rounds a VM's own memory size (resize --memory, kind VirtualMachine) to
 * what DIMMs can give: boot + whole blocks, rounded up, and only then held
 * against the maximum. */
int size_round_memory(const struct size_base *base, uint64_t want,
    uint64_t *memory, struct err *e);

#endif
