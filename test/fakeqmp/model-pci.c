/*
 * The fake's PCI: its buses, the models of devices that it knows, and what
 * query-pci says of them.
 */
#include "model.h"

#define VIRTIO 0x1af4
#define INTEL 0x8086
#define REDHAT 0x1b36
#define BRIDGE_SLOT 2
#define FIRST_PORT_SLOT 3
#define MAPPED 0xfebf0000 /* where the guest puts regions: somewhere */

/* What a device refers to by name. */
enum backend { BACKEND_NONE, BACKEND_DRIVE, BACKEND_NETDEV, BACKEND_CHARDEV };

struct pci_model {
	const char *driver;
	unsigned class, vendor, device;
	bool is_virtio;
	enum backend backend;
	bool needs_backend;
	const char *inner; /* in QEMU's messages about the backend */
};

static const struct pci_model models[] = {
	{ "virtio-blk-pci", 256, VIRTIO, 0x1001, true, BACKEND_DRIVE, true,
	    "virtio-blk-device" },
	{ "virtio-net-pci", 512, VIRTIO, 0x1000, true, BACKEND_NETDEV, false,
	    "virtio-net-device" },
	{ "virtio-rng-pci", 255, VIRTIO, 0x1005, true },
	{ "virtio-serial-pci", 1920, VIRTIO, 0x1003, true },
	{ "virtio-scsi-pci", 256, VIRTIO, 0x1004, true },
	{ "virtio-balloon-pci", 255, VIRTIO, 0x1002, true },
	{ "vhost-vsock-pci", 1920, VIRTIO, 0x1012, true },
	{ "vhost-user-blk-pci", 256, VIRTIO, 0x1001, true, BACKEND_CHARDEV,
	    true, "vhost-user-blk" },
	{ "vhost-user-fs-pci", 384, VIRTIO, 0x105a, true, BACKEND_CHARDEV, true,
	    "vhost-user-fs-device" },
	{ "vhost-user-scsi-pci", 256, VIRTIO, 0x1004, true, BACKEND_CHARDEV,
	    true, "vhost-user-scsi" },
	{ "e1000e", 512, INTEL, 0x10d3, false, BACKEND_NETDEV, false,
	    "e1000e" },
	{ "nvme", 264, REDHAT, 0x10, false, BACKEND_DRIVE, false, "nvme" },
	{ "vfio-pci", 512, INTEL, 0x10d3, false },
	{ NULL },
};

const struct pci_model *
pci_find_model(const char *driver)
{
	const struct pci_model *model;

	for (model = models; model->driver; model++)
		if (str_eq(model->driver, driver))
			return model;
	return NULL;
}

/* ---- buses ---- */

static void
add_bus(struct fake *fake, char *id, unsigned slot, bool is_port)
{
	unsigned n = fake->buses_n++;

	fake->buses = xrealloc(fake->buses, n + 1, sizeof(*fake->buses));
	fake->buses[n] = (struct bus){
		.id = id,
		.number = n,
		.first = is_port ? 0 : 1,
		.last = is_port ? 0 : 31,
		.slot = slot,
		.is_port = is_port,
	};
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

static const struct bus *
find_bus(const struct fake *fake, const char *id)
{
	unsigned i;

	for (i = 0; i < fake->buses_n; i++)
		if (str_eq(fake->buses[i].id, id))
			return &fake->buses[i];
	return NULL;
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

	device->bus = find_bus(fake, id ? id : "pcie.0");
	if (!device->bus)
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
plug_drive(struct fake *fake, struct device *device, const char *name)
{
	struct node *node = node_find(fake, name);

	if (!node)
		refuse(fake, GENERIC,
		    "Property '%s.drive' can't find value '%s'",
		    device->pci->inner, name);
	else if (node->device)
		refuse(fake, GENERIC,
		    "Permission conflict on node '%s': permissions 'write' are "
		    "both required by block device '%s/%s/virtio-backend' "
		    "(uses node '%s' as 'root' child) and unshared by block "
		    "device '%s/%s/virtio-backend' (uses node '%s' as 'root' "
		    "child).",
		    name, PERIPHERAL, node->device, name, PERIPHERAL,
		    device->id, name);
	else {
		device->node = node;
		node->device = xstrdup(device->id);
		return 0;
	}
	return -1;
}

static struct item *
plug_item(struct fake *fake, const struct device *device,
    const struct item_list *list, const char *key, const char *name)
{
	struct item *item = item_find(list, name);
	const char *inner = device->pci->inner;

	if (!item)
		return refuse(fake, GENERIC,
		    "Property '%s.%s' can't find value '%s'", inner, key, name);
	if (item->user)
		return refuse(fake, GENERIC,
		    "Property '%s.%s' can't take value '%s', it's in use",
		    inner, key, name);
	item->user = xstrdup(device->id);
	return item;
}

static int
plug_backend(struct fake *fake, struct device *device)
{
	static const char *const keys[] = { "", "drive", "netdev", "chardev" };
	enum backend kind = device->pci->backend;
	const char *key = keys[kind], *name = text_of(device->options, key);

	if (!name && device->pci->needs_backend) {
		refuse(fake, GENERIC,
		    kind == BACKEND_DRIVE ? "%s property not set"
					  : "%s is mandatory",
		    key);
		return -1;
	}
	if (!name)
		return 0;
	if (kind == BACKEND_DRIVE)
		return plug_drive(fake, device, name);
	if (kind == BACKEND_NETDEV)
		device->netdev =
		    plug_item(fake, device, &fake->netdevs, key, name);
	else
		device->chardev =
		    plug_item(fake, device, &fake->chardevs, key, name);
	return device->netdev || device->chardev ? 0 : -1;
}

static int
pci_plug(struct fake *fake, struct device *device)
{
	device->pci = pci_find_model(device->driver);
	if (choose_bus(fake, device) < 0 || choose_slot(fake, device) < 0)
		return -1;
	return plug_backend(fake, device);
}

static void
pci_unplug(struct fake *fake, struct device *device)
{
	if (device->node)
		free(TAKE(device->node->device));
	if (device->netdev)
		free(TAKE(device->netdev->user));
	if (device->chardev)
		free(TAKE(device->chardev->user));
}

/* ---- the guest's part ---- */

static void
pci_seen(struct fake *fake, struct device *device)
{
	device->is_seen = device->slot <= device->bus->last;
}

static void
pci_gone(struct fake *fake, struct device *device)
{
	_free_ char *path =
	    xasprintf("%s/%s/virtio-backend", PERIPHERAL, device->id);

	if (device->pci->is_virtio)
		emit(fake, "DEVICE_DELETED", json_pack("{s:s}", "path", path));
	device_deleted(fake, device);
}

const struct device_kind pci_kind = {
	.name = "pci",
	.plug = pci_plug,
	.unplug = pci_unplug,
	.seen = pci_seen,
	.gone = pci_gone,
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

static json_t *
devices_on(const struct fake *fake, const struct bus *bus)
{
	json_t *list = must(json_array()), *entry;
	const struct device *device;

	TAILQ_FOREACH (device, &fake->devices, entry) {
		if (device->bus != bus)
			continue;
		entry = function(device->id, bus->number, device->slot,
		    device->pci->class, device->pci->vendor,
		    device->pci->device);
		json_array_append_new(
		    json_object_get(entry, "regions"), region(device->is_seen));
		json_array_append_new(list, entry);
	}
	return list;
}

static json_t *
bridge(const struct fake *fake, const struct bus *bus)
{
	json_t *entry = function(
	    bus->id, 0, bus->slot, 1540, REDHAT, bus->is_port ? 12 : 1);

	json_object_set_new(entry, "pci_bridge",
	    must(json_pack("{s:{s:i, s:i, s:i}, s:o}", "bus", "number", 0,
		"secondary", (int)bus->number, "subordinate", (int)bus->number,
		"devices", devices_on(fake, bus))));
	return entry;
}

json_t *
query_pci(struct fake *fake, const json_t *arguments)
{
	json_t *list = must(json_array());
	unsigned i;

	json_array_append_new(list, function("", 0, 0, 1536, INTEL, 0x29c0));
	for (i = 1; i < fake->buses_n; i++)
		json_array_append_new(list, bridge(fake, &fake->buses[i]));
	json_array_append_new(list, function("", 0, 31, 1537, INTEL, 0x2918));
	return json_pack("[{s:i, s:o}]", "bus", 0, "devices", list);
}
