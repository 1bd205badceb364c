/* Where new devices go. */

#include "placement.h"

int
place_on_pci(struct placement *placement, struct device *d, struct err *e)
{
	struct pci_place at;

	if (pci_take(&placement->pci, placement->actual, &at, e) < 0)
		return -1;
	d->bus = xstrdup(at.bus->id);
	d->slot = at.slot;
	d->bus_number = at.bus->number;
	return 0;
}
