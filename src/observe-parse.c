/*
 * The answers that take more than a line to read. QEMU is not trusted: a
 * member that is missing, of another type or out of range is left out.
 */

#include "observe-internal.h"
#include "part.h"

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
		d = observe_find_device(a, id);
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
