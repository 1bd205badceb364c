/* Where PCI devices go. */

#include "pci.h"

void
pci_places_init(struct pci_places *places, const struct actual *a)
{
	size_t i;

	for (i = 0; i < a->buses_n; i++) {
		places->used[i] = a->buses[i].used;
		places->memory[i] = a->buses[i].memory;
		places->prefetchable[i] = a->buses[i].prefetchable;
	}
}

/* ---- windows ---- */

/* How many bytes a range has. */
static uint64_t
range_size(const json_t *info, const char *range)
{
	const json_t *r = json_object_get(info, range);
	json_int_t base = json_integer_value(json_object_get(r, "base"));
	json_int_t limit = json_integer_value(json_object_get(r, "limit"));

	if (!r)
		return UINT64_MAX;
	return base >= 0 && limit > base ? (uint64_t)(limit - base) + 1 : 0;
}

void
pci_read_windows(struct actual_bus *bus, const json_t *info)
{
	bus->memory = range_size(info, "memory_range");
	bus->prefetchable = range_size(info, "prefetchable_range");
}

/* Takes what is wanted of the windows; false and nothing is taken when they
 * have less. */
static bool
take_windows(
    uint64_t *memory, uint64_t *prefetchable, const struct pci_need *need)
{
	uint64_t below = need->memory;

	if (need->prefetchable > *prefetchable)
		below += need->prefetchable;
	if (below > *memory)
		return false;
	if (*memory != UINT64_MAX)
		*memory -= below;
	if (below == need->memory && *prefetchable != UINT64_MAX)
		*prefetchable -= need->prefetchable;
	return true;
}

void
pci_take_regions(struct actual_bus *bus, const json_t *function)
{
	size_t i;
	json_t *v;

	json_array_foreach (json_object_get(function, "regions"), i, v) {
		json_int_t size =
		    json_integer_value(json_object_get(v, "size"));
		bool wide = json_is_true(json_object_get(v, "prefetch")) &&
		    json_is_true(json_object_get(v, "mem_type_64"));
		struct pci_need need = { .memory = 0 };

		if (size <= 0 ||
		    !str_eq(json_string_value(json_object_get(v, "type")),
			"memory"))
			continue;
		*(wide ? &need.prefetchable : &need.memory) = (uint64_t)size;
		take_windows(&bus->memory, &bus->prefetchable, &need);
	}
}

/* ---- slots ---- */

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

/* This bus has a slot for it, and as much as it needs. */
static bool
suits(struct pci_places *places, const struct actual *a, size_t i,
    const struct pci_need *need, struct pci_place *place)
{
	uint64_t memory = places->memory[i];
	uint64_t prefetchable = places->prefetchable[i];

	if (!take_windows(&memory, &prefetchable, need) ||
	    !take_on_bus(places, a, i, place))
		return false;
	places->memory[i] = memory;
	places->prefetchable[i] = prefetchable;
	return true;
}

/* Why there is no place, in a sentence. */
static int
explain(const struct pci_need *need, size_t buses, size_t closed,
    size_t bridges, struct err *e)
{
	if (!buses && closed)
		return err_set(e,
		    "the guest's firmware gave no memory window to its bridge "
		    "(a pci-bridge with shpc=off needs mem-reserve): what is "
		    "put there would never be seen");
	if (!buses && bridges)
		return err_set(e,
		    "a pci-bridge of this machine takes no devices while it "
		    "runs (those of pc-q35-6.1 do): it needs a pcie-root-port "
		    "(pcie_root_port in its template)");
	if (!buses)
		return err_set(e,
		    "this VM has no bus that takes devices while it runs: it "
		    "needs a pci-bridge or a pcie-root-port (default_bridges, "
		    "pcie_root_port in its template)");
	if (need->memory || need->prefetchable)
		return err_set(e,
		    "no free slot of its %zu bus%s has windows for it: %llu "
		    "MiB of memory and %llu MiB of 64-bit prefetchable memory "
		    "are needed (mem-reserve and pref64-reserve of a "
		    "pcie-root-port)",
		    buses, buses == 1 ? "" : "es",
		    (unsigned long long)((need->memory + MIB - 1) / MIB),
		    (unsigned long long)((need->prefetchable + MIB - 1) / MIB));
	return err_set(e,
	    "no slot is free on its %zu bus%s: another pci-bridge or "
	    "pcie-root-port is needed (default_bridges, pcie_root_port in its "
	    "template), or a device must go",
	    buses, buses == 1 ? "" : "es");
}

int
pci_take_for(struct pci_places *places, const struct actual *a,
    const struct pci_need *need, struct pci_place *place, struct err *e)
{
	static const enum bus_type orders[][3] = {
		{ BUS_BRIDGE, BUS_PORT, BUS_ROOT },
		{ BUS_PORT, BUS_BRIDGE, BUS_ROOT },
	};
	const enum bus_type *order = orders[need->port];
	size_t buses = 0, closed = 0, bridges = 0, i, j;

	for (j = 0; j < ARRAY_SIZE(orders[0]); j++)
		for (i = 0; i < a->buses_n; i++) {
			if (a->buses[i].type != order[j])
				continue;
			closed += a->buses[i].no_window;
			bridges += order[j] == BUS_BRIDGE;
			if (!a->buses[i].hotplug)
				continue;
			buses++;
			if (suits(places, a, i, need, place))
				return 0;
		}
	return explain(need, buses, closed, bridges, e);
}

int
pci_take(struct pci_places *places, const struct actual *a,
    struct pci_place *place, struct err *e)
{
	static const struct pci_need nothing = { .memory = 0 };

	return pci_take_for(places, a, &nothing, place, e);
}

/* Some memory region has an address: -1 until the guest gave it one. */
bool
pci_is_mapped(const json_t *function)
{
	size_t i;
	json_t *region;

	json_array_foreach (json_object_get(function, "regions"), i, region)
		if (json_number_value(json_object_get(region, "address")) > 0)
			return true;
	return false;
}
