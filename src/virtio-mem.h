/*
 * Memory by virtio-mem: one device, added when memory is first needed and as
 * large as all that may ever be plugged; the guest is then told how much of it
 * to use (requested-size), and says how much it does (size).
 *
 * A size is asked for and not given: what QEMU accepts, a guest without the
 * driver never hears, and one whose memory is in use gives back what it can.
 * Nor may it be asked for more than it can spare: Linux moves what is in use
 * into its boot memory until its kernel has none and panics.
 */
#ifndef VIRTIO_MEM_H
#define VIRTIO_MEM_H

#include "actual.h"
#include "device.h"
#include "plan.h"

#define VIRTIO_MEM_ID "qmpd-virtio-mem"
#define VIRTIO_MEM_BACKEND "qmpd-virtio-mem-backend"
/* Linux plugs by the larger of the device's block and its own, which before
 * 6.0 was 4 MiB (drivers/virtio/virtio_mem.c). */
#define VIRTIO_MEM_GRANULE (4 * MIB)

struct virtio_mem_device {
	struct device pci; /* id, bus and slot; first: device_unplug's */
	uint64_t size;
	bool shared; /* vhost-user needs it */
	bool can_reserve; /* this QEMU knows reserve=off: 6.1 */
	bool can_unplug; /* and can take such a device away: 8.2 */
};

/* A change of its size. */
struct virtio_mem_size {
	char *id;
	uint64_t from, to; /* requested-size */
	uint64_t wanted; /* less than to: the guest has no more to give */
	uint64_t begin; /* what was plugged before */
	uint64_t block_size; /* the guest's memory block; 0: no agent to ask */
	bool is_driven; /* the guest has been seen to have the driver */
	/* While it runs: */
	uint64_t target;
	bool is_back; /* an undo */
	bool is_settled; /* the size is what it will be */
	struct actual_virtio_mem now; /* where it is, and its size */
	uint64_t last; /* the size when the deadline passed last */
	unsigned answers; /* of the agent since then */
	uint64_t told_at; /* QEMU told the size last: clock_now */
	uint64_t plugged_at; /* when nothing was offline last: clock_now */
};

extern const struct step virtio_mem_device_steps[];
extern const struct step virtio_mem_size_steps[];

/* void *: plans' release functions. */
void virtio_mem_device_free(void *device);
void virtio_mem_size_free(void *size);

/* What its sizes are rounded to, also when it is yet to be added. */
uint64_t virtio_mem_granule(const struct actual_virtio_mem *v);

#endif
