/*
 * Where new devices go: what is free on the VM's buses, and what this plan has
 * taken of it so far. Pure.
 */
#ifndef PLACEMENT_H
#define PLACEMENT_H

#include "device.h"
#include "pci.h"

struct placement {
	const struct actual *actual;
	struct pci_places pci;
	/* All that is wanted, those of them that are there included. */
	struct device **wanted;
	size_t wanted_n;
	int slots_taken; /* of memory */
};

/* For families on a PCI bus: the first free slot. */
int place_on_pci(struct placement *placement, struct device *d, struct err *e);
/* For ports: a virtio-serial controller. */
int place_on_serial(
    struct placement *placement, struct device *d, struct err *e);
/* For NVDIMMs: QEMU chooses the slot; there must be one. */
int place_in_memory_slot(
    struct placement *placement, struct device *d, struct err *e);

#endif
