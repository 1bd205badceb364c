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
};

/* For families on a PCI bus: the first free slot. */
int place_on_pci(struct placement *placement, struct device *d, struct err *e);

#endif
