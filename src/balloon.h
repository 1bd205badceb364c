/*
 * The balloon: memory that the guest gives up page by page. The last means of
 * shrinking, below what DIMMs and virtio-mem can give back; what grows is
 * taken from it first.
 *
 * Its target is what the guest is to have left of boot memory and DIMMs
 * (virtio-mem is not counted: hw/virtio/virtio-balloon.c,
 * get_current_ram_size). One that the guest cannot reach stalls without a
 * word, and the guest goes on trying with no memory left: then the target
 * becomes what it did give.
 */
#ifndef BALLOON_H
#define BALLOON_H

#include "actual.h"
#include "plan.h"

struct balloon {
	uint64_t from, to; /* targets */
	uint64_t wanted; /* less than to: the guest has no more to give */
	bool ask_agent; /* whether the guest lives */
	bool is_driven; /* the guest has been seen to have the driver */
	/* While it runs: */
	uint64_t target, begin, now, last;
	bool is_back; /* an undo */
	bool is_settled;
	unsigned answers; /* of the agent since the last deadline */
	uint64_t told_at; /* QEMU told the size last: clock_now */
};

extern const struct step balloon_steps[];

#endif
