/*
 * What is on the PCI buses (query-pci, qom-list). QEMU is not trusted: a member
 * that is missing, of another type or out of range is left out.
 */

#include "device.h"
#include "machine.h"
#include "observe-internal.h"
#include "pci.h"

struct actual_device *
observe_find_device(struct actual *a, const char *id)
{
	size_t i;

	for (i = 0; i < a->devices_n; i++)
		if (str_eq(a->devices[i].id, id))
			return &a->devices[i];
	return NULL;
}

/* A bus that a walk over query-pci is in. */
struct walk {
	const char *bus; /* its id */
	const char *path; /* slots from the root */
	int index; /* in a->buses, -1: not one to put devices on */
};

static int
add_bus(struct actual *a, const char *id, unsigned number, const char *path)
{
	struct actual_bus *bus;

	if (a->buses_n == ACTUAL_BUSES_MAX)
		return -1;
	a->buses = xrealloc(a->buses, a->buses_n + 1, sizeof(*a->buses));
	bus = &a->buses[a->buses_n];
	*bus = (struct actual_bus){
		.id = xstrdup(id),
		.number = number,
		.path = xstrdup(path),
		.memory = UINT64_MAX,
		.prefetchable = UINT64_MAX,
	};
	return (int)a->buses_n++;
}

static void walk_functions(
    struct actual *a, const struct walk *at, const json_t *functions);

/* A range whose base is above its limit is closed. */
static bool
is_closed(const json_t *bus, const char *range)
{
	const json_t *r = json_object_get(bus, range);

	return r && get_int(r, "base") > get_int(r, "limit");
}

/* A bridge of the VM: what kind it is comes with its driver, later. */
static void
walk_bridge(
    struct actual *a, const char *id, const char *path, const json_t *bridge)
{
	const json_t *bus = json_object_get(bridge, "bus");
	json_int_t number = get_int(bus, "secondary");
	struct walk below = { id, path, -1 };

	below.index = add_bus(
	    a, id, number > 0 && number < 256 ? (unsigned)number : 0, path);
	if (below.index >= 0) {
		struct actual_bus *b = &a->buses[below.index];

		b->no_window = number > 0 && is_closed(bus, "memory_range") &&
		    is_closed(bus, "prefetchable_range");
		if (number > 0)
			pci_read_windows(b, bus);
	}
	walk_functions(a, &below, json_object_get(bridge, "devices"));
}

static void
add_device(struct actual *a, const struct walk *at, const char *id,
    const char *path, const json_t *v)
{
	struct actual_device *d;

	if (a->devices_n == ITEMS_MAX)
		return;
	a->devices =
	    xrealloc(a->devices, a->devices_n + 1, sizeof(*a->devices));
	d = &a->devices[a->devices_n++];
	*d = (struct actual_device){
		.id = xstrdup(id),
		.bus = xstrdup(at->bus),
		.bus_number = (unsigned)get_int(v, "bus"),
		.slot = (unsigned)get_int(v, "slot"),
		.function = (unsigned)get_int(v, "function"),
		.mapped = pci_is_mapped(v),
		.guest_path = xstrdup(path),
		.properties = must(json_object()),
	};
}

/* One of our families that is on no PCI bus. */
static struct actual_device *
add_other(struct actual *a, const char *id)
{
	struct actual_device *d;

	if (a->devices_n == ITEMS_MAX)
		return NULL;
	a->devices =
	    xrealloc(a->devices, a->devices_n + 1, sizeof(*a->devices));
	d = &a->devices[a->devices_n++];
	*d = (struct actual_device){
		.id = xstrdup(id),
		.properties = must(json_object()),
	};
	return d;
}

/* One function: its slot is taken; with an id it is a device or a bridge. */
static void
walk_function(struct actual *a, const struct walk *at, const json_t *v)
{
	json_int_t slot = get_int(v, "slot");
	const char *id = get_string(v, "qdev_id");
	const json_t *bridge = json_object_get(v, "pci_bridge");
	_free_ char *path = NULL;

	if (slot < 0 || slot > 31)
		return;
	path = xasprintf(
	    "%s%s%02x", at->path, *at->path ? "/" : "", (unsigned)slot);
	if (at->index >= 0) {
		a->buses[at->index].used |= UINT32_C(1) << slot;
		pci_take_regions(&a->buses[at->index], v);
	}
	if (!id || !*id)
		return;
	if (bridge)
		walk_bridge(a, id, path, bridge);
	else
		add_device(a, at, id, path, v);
}

static void
walk_functions(struct actual *a, const struct walk *at, const json_t *functions)
{
	size_t i;
	json_t *v;

	json_array_foreach (functions, i, v)
		walk_function(a, at, v);
}

/* Root buses come without a name: the machine's type tells it. */
void
observe_pci(struct actual *a, const json_t *value)
{
	const struct machine *m = machine_find(a->machine);
	size_t i;
	json_t *v;

	json_array_foreach (value, i, v) {
		const char *name = m ? m->root : "pcie.0";
		struct walk root = { name, "", -1 };
		json_int_t number = get_int(v, "bus");

		if (number != 0)
			continue; /* an expander's: not ours to use */
		root.index = add_bus(a, name, 0, "");
		if (root.index >= 0) {
			struct actual_bus *bus = &a->buses[root.index];

			bus->hotplug = m && m->root_hotplug;
			bus->first = 1;
			bus->last = 31;
		}
		walk_functions(a, &root, json_object_get(v, "devices"));
	}
}

/* What each kind of bridge can take. */
static const struct bridge_kind {
	const char *driver;
	enum bus_type type;
	unsigned first, last;
} bridge_kinds[] = {
	{ "pci-bridge", BUS_BRIDGE, 1, 31 },
	{ "pcie-pci-bridge", BUS_BRIDGE, 1, 31 },
	{ "pcie-root-port", BUS_PORT, 0, 0 },
	{ NULL },
};

static void
set_bus_kind(struct actual *a, const char *id, const char *driver)
{
	const struct bridge_kind *kind;
	size_t i;

	for (kind = bridge_kinds; kind->driver; kind++)
		if (str_eq(kind->driver, driver))
			break;
	for (i = 0; i < a->buses_n && kind->driver; i++) {
		struct actual_bus *bus = &a->buses[i];

		if (!str_eq(bus->id, id))
			continue;
		bus->type = kind->type;
		bus->first = kind->first;
		bus->last = kind->last;
		bus->hotplug = !bus->no_window &&
		    (kind->type != BUS_BRIDGE ||
			machine_bridges_hotplug(a->machine));
	}
}

/* qom-list of /machine/peripheral: {name, type: "child<virtio-blk-pci>"}. */
void
observe_peripheral(struct actual *a, const json_t *value)
{
	size_t i;
	json_t *v;

	json_array_foreach (value, i, v) {
		const char *id = get_string(v, "name");
		_free_ char *driver = behind(get_string(v, "type"), "child<");
		struct actual_device *d;

		if (!id || !driver)
			continue;
		driver[strcspn(driver, ">")] = '\0';
		set_bus_kind(a, id, driver);
		d = observe_find_device(a, id);
		if (!d && device_type_of_driver(driver))
			d = add_other(a, id);
		if (d && !d->driver)
			d->driver = xstrdup(driver);
	}
}
