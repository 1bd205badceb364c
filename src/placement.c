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

int
place_on_serial(struct placement *placement, struct device *d, struct err *e)
{
	const struct actual *a = placement->actual;
	size_t i;

	for (i = 0; i < a->devices_n; i++)
		if (a->devices[i].driver &&
		    str_starts(a->devices[i].driver, "virtio-serial-pci")) {
			d->bus = xasprintf("%s.0", a->devices[i].id);
			return 0;
		}
	return err_set(e, "this VM has no virtio-serial controller");
}

int
place_in_memory_slot(
    struct placement *placement, struct device *d, struct err *e)
{
	const struct actual *a = placement->actual;
	int used = a->memory_slots_used + placement->slots_taken;

	if (!a->takes_nvdimms)
		return err_set(e,
		    "this VM's machine takes no NVDIMMs (machine_accelerators: "
		    "nvdimm=on in its template)");
	if (a->memory_slots >= 0 && used >= a->memory_slots)
		return err_set(e,
		    "all %d memory slots are taken (memory_slots in its "
		    "template)",
		    a->memory_slots);
	placement->slots_taken++;
	return 0;
}
