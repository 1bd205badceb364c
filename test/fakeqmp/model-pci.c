/*
 * The fake's PCI: its buses, what is plugged into them, and what query-pci
 * says of it.
 */
#include "model.h"

#define INTEL 0x8086
#define REDHAT 0x1b36
#define BRIDGE_SLOT 2
#define FIRST_PORT_SLOT 3
#define MAPPED 0xfebf0000 /* where the guest puts regions: somewhere */

/* ---- buses ---- */

static struct bus *
add_bus(struct fake *fake, char *id, unsigned slot, bool is_port)
{
	struct bus *bus = xcalloc(1, sizeof(*bus));

	*bus = (struct bus){
		.id = id,
		.number = fake->next_bus++,
		.first = is_port ? 0 : 1,
		.last = is_port ? 0 : 31,
		.slot = slot,
		.is_port = is_port,
	};
	TAILQ_INSERT_TAIL(&fake->buses, bus, entry);
	return bus;
}

static void
free_bus(struct fake *fake, struct bus *bus)
{
	TAILQ_REMOVE(&fake->buses, bus, entry);
	free(bus->id);
	free(bus);
}

void
pci_init(struct fake *fake)
{
	unsigned i;

	add_bus(fake, xstrdup("pcie.0"), 0, false);
	add_bus(fake, xstrdup("pci-bridge-0"), BRIDGE_SLOT, false);
	for (i = 0; i < fake->options.root_ports; i++)
		add_bus(fake, xasprintf("rp%u", i), FIRST_PORT_SLOT + i, true);
}

void
pci_release(struct fake *fake)
{
	while (!TAILQ_EMPTY(&fake->buses))
		free_bus(fake, TAILQ_FIRST(&fake->buses));
}

static const struct bus *
find_bus(const struct fake *fake, const char *id)
{
	const struct bus *bus;

	TAILQ_FOREACH (bus, &fake->buses, entry)
		if (str_eq(bus->id, id))
			return bus;
	return NULL;
}

const char *
pci_bus_kind(const struct fake *fake, const char *id)
{
	const struct bus *bus = find_bus(fake, id);

	if (!bus)
		return NULL;
	return bus->is_port || bus->number == 0 ? "PCIE" : "PCI";
}

static const struct device *
occupant(const struct fake *fake, const struct bus *bus, unsigned slot)
{
	const struct device *device;

	TAILQ_FOREACH (device, &fake->devices, entry)
		if (device->bus == bus && device->slot == slot)
			return device;
	return NULL;
}

/* ---- plugging ---- */

static int
choose_bus(struct fake *fake, struct device *device)
{
	const char *id = text_of(device->options, "bus");
	const struct device *controller = sub_find(fake, id);

	device->bus = find_bus(fake, id ? id : "pcie.0");
	if (!device->bus && controller)
		refuse(fake, GENERIC, "Device '%s' can't go on %s bus",
		    device->driver, controller->model->makes);
	else if (!device->bus)
		refuse(fake, GENERIC, "Bus '%s' not found", id);
	else if (device->bus->number == 0)
		refuse(
		    fake, GENERIC, "Bus 'pcie.0' does not support hotplugging");
	else
		return 0;
	return -1;
}

/* An addr is text, hexadecimal, with or without a function: "0x1f", "3.0". */
static int
parse_slot(struct fake *fake, struct device *device, const json_t *addr)
{
	const char *text = json_string_value(addr);
	char number[16] = "";
	unsigned slot = 32, function = 0;
	int n = 0;

	if (!text && fake->options.major >= 10) {
		refuse(fake, GENERIC,
		    "Invalid parameter type for 'addr', expected: string");
		return -1;
	}
	snprintf(number, sizeof(number), "%" JSON_INTEGER_FORMAT,
	    json_integer_value(addr));
	text = text ? text : number;
	if (sscanf(text, "%x.%x%n", &slot, &function, &n) != 2 &&
	    sscanf(text, "%x%n", &slot, &n) != 1)
		n = -1;
	if (n < 0 || text[n] || slot > 31 || function > 7) {
		refuse(fake, GENERIC,
		    "Property '%s.addr' doesn't take value '%s'",
		    device->driver, text);
		return -1;
	}
	device->slot = slot;
	return 0;
}

/* Without an addr QEMU looks for a slot itself: behind an occupied root port
 * 7.2 finds one that no guest will ever look at. */
static int
pick_slot(struct fake *fake, struct device *device)
{
	unsigned slot = device->bus->first;

	while (slot <= 31 && occupant(fake, device->bus, slot))
		slot++;
	device->slot = slot;
	if (slot <= device->bus->last ||
	    (slot <= 31 && fake->options.major < 8))
		return 0;
	refuse(fake, GENERIC,
	    "PCI: no slot/function available for %s, all in use or reserved",
	    device->driver);
	return -1;
}

static int
choose_slot(struct fake *fake, struct device *device)
{
	const json_t *addr = json_object_get(device->options, "addr");
	const struct device *other;

	if (!addr)
		return pick_slot(fake, device);
	if (parse_slot(fake, device, addr) < 0)
		return -1;
	other = occupant(fake, device->bus, device->slot);
	if (!other)
		return 0;
	refuse(fake, GENERIC,
	    "PCI: slot %u function 0 not available for %s, in use by %s,id=%s",
	    device->slot, device->driver, other->driver, other->id);
	return -1;
}

static int
pci_plug(struct fake *fake, struct device *device)
{
	const struct model *model = device->model;

	if (choose_bus(fake, device) < 0 || choose_slot(fake, device) < 0 ||
	    refs_take(fake, device) < 0)
		return -1;
	if (model->check && model->check(fake, device) < 0) {
		refs_give_back(fake, device);
		return -1;
	}
	if (str_eq(model->makes, "PCI")) {
		device->inside = add_bus(fake, xstrdup(device->id), 0, false);
		device->inside->owner = device;
	}
	return 0;
}

static void
pci_unplug(struct fake *fake, struct device *device)
{
	refs_give_back(fake, device);
	if (device->inside)
		free_bus(fake, device->inside);
}

/* ---- the guest's part ---- */

static void
pci_seen(struct fake *fake, struct device *device)
{
	const struct device *bridge = device->bus->owner;

	device->is_seen =
	    device->slot <= device->bus->last && (!bridge || bridge->is_seen);
	disk_name(fake, device);
}

const struct device_kind pci_kind = {
	.name = "pci",
	.plug = pci_plug,
	.unplug = pci_unplug,
	.seen = pci_seen,
	.gone = device_leave,
};

/* ---- query-pci ---- */

/* A region has no address before the guest has given it one. */
static json_t *
region(bool is_mapped)
{
	return json_pack("{s:i, s:I, s:I, s:s, s:b, s:b}", "bar", 4, "size",
	    (json_int_t)16384, "address",
	    is_mapped ? (json_int_t)MAPPED : (json_int_t)-1, "type", "memory",
	    "prefetch", 1, "mem_type_64", 1);
}

static json_t *
function(const char *id, unsigned bus, unsigned slot, unsigned class,
    unsigned vendor, unsigned device)
{
	return must(
	    json_pack("{s:s, s:i, s:i, s:i, s:i, s:{s:i}, s:{s:i, s:i}, s:[]}",
		"qdev_id", id, "bus", (int)bus, "slot", (int)slot, "function",
		0, "irq_pin", 1, "class_info", "class", (int)class, "id",
		"vendor", (int)vendor, "device", (int)device, "regions"));
}

static json_t *devices_on(const struct fake *fake, const struct bus *bus);

static void
add_inside(const struct fake *fake, json_t *entry, const struct bus *bus,
    unsigned primary)
{
	json_object_set_new(entry, "pci_bridge",
	    must(json_pack("{s:{s:i, s:i, s:i}, s:o}", "bus", "number",
		(int)primary, "secondary", (int)bus->number, "subordinate",
		(int)bus->number, "devices", devices_on(fake, bus))));
}

static json_t *
devices_on(const struct fake *fake, const struct bus *bus)
{
	json_t *list = must(json_array()), *entry;
	const struct device *device;

	TAILQ_FOREACH (device, &fake->devices, entry) {
		if (device->bus != bus)
			continue;
		entry = function(device->id, bus->number, device->slot,
		    device->model->pci.class, device->model->pci.vendor,
		    device->model->pci.device);
		json_array_append_new(
		    json_object_get(entry, "regions"), region(device->is_seen));
		if (device->inside)
			add_inside(fake, entry, device->inside, bus->number);
		json_array_append_new(list, entry);
	}
	return list;
}

static json_t *
bridge(const struct fake *fake, const struct bus *bus)
{
	json_t *entry = function(
	    bus->id, 0, bus->slot, 1540, REDHAT, bus->is_port ? 12 : 1);

	add_inside(fake, entry, bus, 0);
	return entry;
}

json_t *
query_pci(struct fake *fake, const json_t *arguments)
{
	json_t *list = must(json_array());
	const struct bus *bus;

	json_array_append_new(list, function("", 0, 0, 1536, INTEL, 0x29c0));
	TAILQ_FOREACH (bus, &fake->buses, entry)
		if (bus->number != 0 && !bus->owner)
			json_array_append_new(list, bridge(fake, bus));
	json_array_append_new(list, function("", 0, 31, 1537, INTEL, 0x2918));
	return json_pack("[{s:i, s:o}]", "bus", 0, "devices", list);
}
