/*
 * DIMMs: the step table for one, and the pure rules for how many of what size
 * a change of memory takes.
 */
#ifndef MEMORY_H
#define MEMORY_H

#include "actual.h"
#include "err.h"
#include "plan.h"

struct dimm {
	char *id, *memdev;
	uint64_t size;
	uint64_t addr; /* 0: where QEMU puts it */
	bool share; /* as the boot memory is: vhost-user backends map both */
	/* Memory blocks that the guest shows once it is there. */
	int guest_blocks;
	/* Those of virtio-mem come and go by themselves: not counted. */
	struct actual_virtio_mem virtio_mem; /* only where it is */
	uint64_t block_size;
	uint64_t seen; /* when they were first seen: clock_now */
	bool is_online; /* and whether they were online then */
	bool is_asked; /* to bring them online */
};

/* With the guest's agent; by ACPI's word where there is none. */
extern const struct step dimm_steps_agent[];
extern const struct step dimm_steps_acpi[];

/* void *: a plan's release function. */
void dimm_free(void *dimm);

/* What object-add takes; one to share has a descriptor, which QEMU hands to
 * vhost-user backends. */
json_t *memory_backend(const char *id, uint64_t size, bool share);

/* What a kernel may take to bring memory online by itself. */
#define MEMORY_ONLINE_GRACE_US 250000
/* Figures of QEMU that are so old are none: it may be gone. */
#define MEMORY_TOLD_US 2000000
#define MEMORY_BLOCK (128 * MIB)
/* A guest keeps so much of its boot memory available, when it is asked to give
 * memory back: one that moves all it uses there panics. */
#define MEMORY_RESERVE_SHARE 8
/* A DIMM's page structures: 64 B for each 4 KiB page. */
#define MEMMAP_SHARE 64
/* At most so many times the guest's present memory in one step: above, a
 * guest of a few hundred MiB dies in the attempt. */
#define MEMORY_STEP_FACTOR 48
#define MEMORY_STEPS_MAX 256

/*
 * Cuts add bytes (whole blocks) into DIMMs that the guest can take one after
 * the other: each at most MEMORY_STEP_FACTOR times what is there by then,
 * and no larger than what free bytes of the guest's kernel can pay for in
 * page structures (0: not known), while all together are paid from the
 * same. Returns how many; -1 and a sentence when it takes more than slots
 * (-1: not known) or the guest's memory can never pay.
 */
int memory_steps(uint64_t present, uint64_t free, uint64_t add, uint64_t block,
    int slots, uint64_t sizes[MEMORY_STEPS_MAX], struct err *e);

/*
 * Which removable DIMMs to take away so that as much as possible, but no more
 * than excess bytes, goes: picks[i] is set for a->dimms[i]. Returns the bytes
 * that go.
 */
uint64_t memory_pick(const struct actual *a, uint64_t excess, bool *picks);

#endif
