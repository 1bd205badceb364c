/*
 * Where PCI devices go: a slot of a bridge, or a root port. Pure.
 *
 * QEMU could choose itself, but 7.2 puts a second device on an occupied root
 * port where no guest looks, and a full bus is better known before anything
 * runs. Addresses are hex; slot 0 of a bridge belongs to its SHPC.
 */
#ifndef PCI_H
#define PCI_H

#include "actual.h"
#include "err.h"

/* What is taken, or about to be. */
struct pci_places {
	uint32_t used[ACTUAL_BUSES_MAX];
	uint64_t memory[ACTUAL_BUSES_MAX], prefetchable[ACTUAL_BUSES_MAX];
};

void pci_places_init(struct pci_places *places, const struct actual *a);

struct pci_place {
	const struct actual_bus *bus;
	unsigned slot;
};

/*
 * The first free slot: of bridges, then of root ports, then of a root bus
 * that takes devices while running. The slot is taken in places. When all
 * is full, or there is no bus, the sentence says what would be needed.
 */
int pci_take(struct pci_places *places, const struct actual *a,
    struct pci_place *place, struct err *e);

/* What a device wants of the windows of the bus that it is put on. */
struct pci_need {
	uint64_t memory; /* below 4 GiB */
	uint64_t prefetchable; /* 64 bits wide; may be below 4 GiB as well */
	bool port; /* a root port suits it better than a bridge */
};

/* The same on the first bus that has as much. */
int pci_take_for(struct pci_places *places, const struct actual *a,
    const struct pci_need *need, struct pci_place *place, struct err *e);

/* What query-pci says of a bridge's windows, and what a function takes of
 * them. */
void pci_read_windows(struct actual_bus *bus, const json_t *info);
void pci_take_regions(struct actual_bus *bus, const json_t *function);

/* True when the guest gave an address to some region of a query-pci
 * function. */
bool pci_is_mapped(const json_t *function);

#endif
