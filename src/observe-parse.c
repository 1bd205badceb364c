/*
 * The answers that take more than a line to read. QEMU is not trusted: a
 * member that is missing, of another type or out of range is left out.
 */

#include "actual.h"
#include "device.h"
#include "machine.h"
#include "observe.h"
#include "part.h"
#include "pci.h"

#define CPUS_MAX 8192
#define ITEMS_MAX 16384
#define PERIPHERAL "/machine/peripheral/"
#define OBJECTS "/objects/"

static const char *
get_string(const json_t *v, const char *key)
{
	return json_string_value(json_object_get(v, key));
}

static json_int_t
get_int(const json_t *v, const char *key)
{
	return json_integer_value(json_object_get(v, key));
}

/* What stands behind the prefix, or NULL. */
static char *
behind(const char *text, const char *prefix)
{
	if (!text || !str_starts(text, prefix))
		return NULL;
	return xstrdup(text + strlen(prefix));
}

/* One place of query-hotpluggable-cpus. */
static void
read_cpu(struct actual *a, struct actual_cpu *cpu, const json_t *v)
{
	const char *path = get_string(v, "qom-path");
	json_int_t threads = get_int(v, "vcpus-count");
	json_t *props = json_object_get(v, "props");

	cpu->props =
	    json_is_object(props) ? json_incref(props) : must(json_object());
	cpu->type = xstrdup(get_string(v, "type") ? get_string(v, "type") : "");
	cpu->threads = threads > 0 && threads <= CPUS_MAX ? (int)threads : 1;
	cpu->present = path != NULL;
	cpu->id = behind(path, PERIPHERAL);
	a->vcpus_max += cpu->threads;
	a->vcpus_present += cpu->present ? cpu->threads : 0;
	a->vcpus_boot += cpu->present && !cpu->id ? cpu->threads : 0;
}

void
observe_cpus(struct actual *a, const json_t *value)
{
	size_t n = MIN(json_array_size(value), (size_t)CPUS_MAX), i;

	a->cpus = xcalloc(n, sizeof(*a->cpus));
	for (i = 0; i < n; i++)
		read_cpu(a, &a->cpus[i], json_array_get(value, i));
	a->cpus_n = n;
}

/* QEMU counts NVDIMMs as memory that was plugged; no guest uses them so. */
static void
read_nvdimm(struct actual *a, const json_t *data)
{
	json_int_t size = get_int(data, "size"), addr = get_int(data, "addr");

	if (size <= 0)
		return;
	a->memory_plugged -= MIN((uint64_t)size, a->memory_plugged);
	if (addr > 0 && addr <= INT64_MAX - size)
		a->nvdimms_end =
		    MAX(a->nvdimms_end, (uint64_t)addr + (uint64_t)size);
}

void
observe_boot_cpus(struct actual *a, const json_t *value)
{
	a->vcpus_boot = (int)MIN(json_array_size(value), (size_t)CPUS_MAX);
	a->vcpus_present = a->vcpus_max = a->vcpus_boot;
}

void
observe_dimms(struct actual *a, const json_t *value)
{
	size_t n = MIN(json_array_size(value), (size_t)ITEMS_MAX), i;

	a->dimms = xcalloc(n, sizeof(*a->dimms));
	for (i = 0; i < n; i++) {
		const json_t *v = json_array_get(value, i);
		const json_t *data = json_object_get(v, "data");
		struct actual_dimm *d = &a->dimms[a->dimms_n];

		a->memory_slots_used += str_eq(get_string(v, "type"), "dimm") ||
		    str_eq(get_string(v, "type"), "nvdimm");
		if (str_eq(get_string(v, "type"), "nvdimm"))
			read_nvdimm(a, data);
		if (!str_eq(get_string(v, "type"), "dimm") ||
		    get_int(data, "size") <= 0)
			continue;
		d->id = xstrdup0(get_string(data, "id"));
		d->memdev = behind(get_string(data, "memdev"), OBJECTS);
		d->size = (uint64_t)get_int(data, "size");
		d->addr = (uint64_t)get_int(data, "addr");
		d->slot = (int)get_int(data, "slot");
		d->hotplugged =
		    json_is_true(json_object_get(data, "hotplugged"));
		a->dimms_n++;
	}
}

void
observe_nodes(struct actual *a, const json_t *value)
{
	size_t n = MIN(json_array_size(value), (size_t)ITEMS_MAX), i;

	a->nodes = xcalloc(n, sizeof(*a->nodes));
	for (i = 0; i < n; i++) {
		const json_t *v = json_array_get(value, i);
		const json_t *cache = json_object_get(v, "cache");
		json_int_t size =
		    get_int(json_object_get(v, "image"), "virtual-size");
		struct actual_node *node = &a->nodes[a->nodes_n];

		if (!get_string(v, "node-name"))
			continue;
		node->name = xstrdup(get_string(v, "node-name"));
		node->driver = xstrdup0(get_string(v, "drv"));
		node->filename = xstrdup0(get_string(v, "file"));
		node->read_only = json_is_true(json_object_get(v, "ro"));
		node->direct = json_is_true(json_object_get(cache, "direct"));
		node->no_flush =
		    json_is_true(json_object_get(cache, "no-flush"));
		node->size = size > 0 ? (uint64_t)size : 0;
		a->nodes_n++;
	}
}

static struct actual_device *
find_device(struct actual *a, const char *id)
{
	size_t i;

	for (i = 0; i < a->devices_n; i++)
		if (str_eq(a->devices[i].id, id))
			return &a->devices[i];
	return NULL;
}

/* query-block: which node is behind which device; that is named by its path,
 * or by its id where it is its own backend, as a SCSI disk is. */
void
observe_drives(struct actual *a, const json_t *value)
{
	size_t i;
	json_t *v;

	json_array_foreach (value, i, v) {
		const char *qdev = get_string(v, "qdev");
		_free_ char *id = qdev && *qdev != '/'
		    ? xstrdup(qdev)
		    : behind(qdev, PERIPHERAL);
		const json_t *inserted = json_object_get(v, "inserted");
		struct actual_device *d;

		if (!id)
			continue;
		id[strcspn(id, "/")] = '\0'; /* …/virtio-backend */
		d = find_device(a, id);
		if (d && !d->node)
			d->node = xstrdup0(get_string(inserted, "node-name"));
	}
}

/* ---- parts of devices ---- */

void
observe_chardevs(struct actual *a, const json_t *value)
{
	size_t i;
	json_t *v;

	json_array_foreach (value, i, v) {
		json_t *filename = json_object_get(v, "filename");

		if (get_string(v, "label") && json_is_string(filename))
			json_object_set(
			    a->chardevs, get_string(v, "label"), filename);
	}
}

/* One line of "info network": " \\ ID: index=0,type=tap,…"; a NIC's lines
 * have its backends below it. */
static void
read_network(struct actual *a, char *line)
{
	char *id = line + strspn(line, " \\\t\r");
	char *end = strstr(id, ": index="), *type;

	if (!end || !(type = strstr(end, ",type=")))
		return;
	*end = '\0';
	type += strlen(",type=");
	type[strcspn(type, ",\r")] = '\0';
	if (!str_eq(type, "nic"))
		json_object_set_new(a->netdevs, id, json_string(type));
}

void
observe_networks(struct actual *a, const json_t *value)
{
	_free_ char *text = xstrdup0(json_string_value(value));
	char *rest = text, *line;

	while (rest && (line = strsep(&rest, "\n")))
		read_network(a, line);
}

/* The marks that say that a guest was asked to give a device up. */
void
observe_removals(struct actual *a)
{
	size_t i;

	for (i = 0; i < a->devices_n; i++) {
		_free_ char *mark = part_name(PART_REMOVAL, a->devices[i].id);

		a->devices[i].removing = actual_object(a, mark);
	}
}

/* ---- PCI ---- */

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
		d = find_device(a, id);
		if (!d && device_type_of_driver(driver))
			d = add_other(a, id);
		if (d && !d->driver)
			d->driver = xstrdup(driver);
	}
}

/* ---- the guest ---- */

void
observe_guest_cpus(struct actual *a, const json_t *value)
{
	struct actual_guest *g = &a->guest;
	size_t n = MIN(json_array_size(value), (size_t)CPUS_MAX), i;

	if (!json_is_array(value))
		return;
	g->cpus = xcalloc(n, sizeof(*g->cpus));
	g->cpus_n = n;
	g->cpus_online = 0;
	for (i = 0; i < n; i++) {
		const json_t *v = json_array_get(value, i);

		g->cpus[i] = (struct actual_guest_cpu){
			.logical_id = (int)get_int(v, "logical-id"),
			.online = json_is_true(json_object_get(v, "online")),
			.can_offline =
			    json_is_true(json_object_get(v, "can-offline")),
		};
		g->cpus_online += g->cpus[i].online;
	}
}

static bool
is_virtio_mem(const struct actual *a, const json_t *block)
{
	uint64_t size = a->guest.block_size ? a->guest.block_size : 128 * MIB;

	return actual_is_virtio_mem_block(
	    &a->virtio_mem, size, get_int(block, "phys-index"));
}

/* virtio-mem plugs parts of blocks: its own are counted apart. */
void
observe_guest_blocks(struct actual *a, const json_t *value)
{
	struct actual_guest *g = &a->guest;
	size_t i;
	json_t *v;

	if (!json_is_array(value))
		return;
	g->blocks = (int)json_array_size(value);
	g->blocks_online = 0;
	json_array_foreach (value, i, v) {
		bool online = json_is_true(json_object_get(v, "online"));

		if (is_virtio_mem(a, v)) {
			a->virtio_mem.blocks++;
			a->virtio_mem.blocks_offline += !online;
			g->blocks--;
		} else {
			g->blocks_online += online;
		}
	}
}

/* The bytes of a line "Name:   123 kB"; 0 when it is not there. */
static uint64_t
meminfo_line(const char *text, const char *name)
{
	const char *line = strstr(text, name);
	const char *digits;
	unsigned long long kib;

	if (!line)
		return 0;
	digits = line + strlen(name);
	digits += strspn(digits, " \t");
	if (*digits < '0' || *digits > '9')
		return 0;
	kib = strtoull(digits, NULL, 10);
	return kib <= INT64_MAX / KIB ? kib * KIB : 0;
}

void
observe_meminfo(struct actual *a, const char *text)
{
	a->guest.mem_total = meminfo_line(text, "MemTotal:");
	a->guest.mem_available = meminfo_line(text, "MemAvailable:");
}
