/* Where PCI devices go. */

#include "pci.h"

void
pci_places_init(struct pci_places *places, const struct actual *a)
{
	size_t i;

	for (i = 0; i < a->buses_n; i++)
		places->used[i] = a->buses[i].used;
}

/* Takes the first free slot of this bus. */
static bool
take_on_bus(struct pci_places *places, const struct actual *a, size_t i,
    struct pci_place *place)
{
	const struct actual_bus *bus = &a->buses[i];
	unsigned slot;

	for (slot = bus->first; slot <= bus->last; slot++) {
		uint32_t bit = UINT32_C(1) << slot;

		if (places->used[i] & bit)
			continue;
		places->used[i] |= bit;
		*place = (struct pci_place){ bus, slot };
		return true;
	}
	return false;
}

int
pci_take(struct pci_places *places, const struct actual *a,
    struct pci_place *place, struct err *e)
{
	static const enum bus_type order[] = { BUS_BRIDGE, BUS_PORT, BUS_ROOT };
	size_t buses = 0, closed = 0, i, j;

	for (j = 0; j < ARRAY_SIZE(order); j++)
		for (i = 0; i < a->buses_n; i++) {
			if (a->buses[i].type != order[j])
				continue;
			closed += a->buses[i].no_window;
			if (!a->buses[i].hotplug)
				continue;
			buses++;
			if (take_on_bus(places, a, i, place))
				return 0;
		}
	if (!buses && closed)
		return err_set(e,
		    "the guest's firmware gave no memory window to its bridge "
		    "(a pci-bridge with shpc=off needs mem-reserve): what is "
		    "put there would never be seen");
	if (!buses)
		return err_set(e,
		    "this VM has no bus that takes devices while it runs: it "
		    "needs a pci-bridge or a pcie-root-port (default_bridges, "
		    "pcie_root_port in its template)");
	return err_set(e,
	    "no slot is free on its %zu bus%s: another pci-bridge or "
	    "pcie-root-port is needed (default_bridges, pcie_root_port in its "
	    "template), or a device must go",
	    buses, buses == 1 ? "" : "es");
}
