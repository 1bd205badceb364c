/*
 * The fake's devices: adding, removing, and what QOM shows of them.
 */
#include "model.h"

struct device *
device_find(const struct fake *fake, const char *id)
{
	struct device *device;

	TAILQ_FOREACH (device, &fake->devices, entry)
		if (str_eq(device->id, id))
			return device;
	return NULL;
}

static void
release(struct device *device)
{
	free(device->id);
	free(device->driver);
	free(device->is_online);
	json_decref(device->options);
	free(device);
}

void
device_drop(struct fake *fake, struct device *device)
{
	guest_forget(fake, device);
	device->kind->unplug(fake, device);
	TAILQ_REMOVE(&fake->devices, device, entry);
	release(device);
}

void
device_deleted(struct fake *fake, struct device *device)
{
	_free_ char *path = xasprintf("%s/%s", PERIPHERAL, device->id);

	emit(fake, "DEVICE_DELETED",
	    json_pack("{s:s, s:s}", "device", device->id, "path", path));
	device_drop(fake, device);
}

void
device_ost(struct fake *fake, const struct device *device, const char *type,
    unsigned slot, int source, int status)
{
	_free_ char *number = xasprintf("%u", slot);
	json_t *info = json_pack("{s:s*, s:s, s:s, s:i, s:i}", "device",
	    device ? device->id : NULL, "slot", number, "slot-type", type,
	    "source", source, "status", status);

	if (str_eq(type, "DIMM"))
		fake->ospm[slot] = (struct ospm){ source, status };
	else
		fake->cpu_ospm[slot] = (struct ospm){ source, status };
	emit(fake, "ACPI_DEVICE_OST", json_pack("{s:o}", "info", info));
}

/* ---- device_add ---- */

static const struct device_kind *
find_kind(const char *driver)
{
	const char *tail = strstr(driver, "-x86_64-cpu");

	if (str_eq(driver, "pc-dimm"))
		return &dimm_kind;
	if (str_eq(tail, "-x86_64-cpu"))
		return &cpu_kind;
	return pci_find_model(driver) ? &pci_kind : NULL;
}

static bool
is_identifier(const char *id)
{
	const char *allowed = "abcdefghijklmnopqrstuvwxyz"
			      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";

	return strspn(id, allowed) == strlen(id) &&
	    strspn(id, "-._0123456789") == 0;
}

static int
check_device(struct fake *fake, const json_t *options)
{
	const char *driver = text_of(options, "driver");
	const char *id = text_of(options, "id");

	if (!driver || !find_kind(driver))
		refuse(fake, GENERIC, "'%s' is not a valid device model name",
		    driver ? driver : "");
	else if (!id || !is_identifier(id))
		refuse(fake, GENERIC, "Parameter 'id' expects an identifier");
	else if (device_find(fake, id))
		refuse(fake, GENERIC, "Duplicate device ID '%s'", id);
	else
		return 0;
	return -1;
}

json_t *
device_add(struct fake *fake, const json_t *arguments)
{
	struct device *device;

	if (check_device(fake, arguments) < 0)
		return NULL;
	device = xcalloc(1, sizeof(*device));
	device->id = xstrdup(text_of(arguments, "id"));
	device->driver = xstrdup(text_of(arguments, "driver"));
	device->options = must(json_deep_copy(arguments));
	device->kind = find_kind(device->driver);
	if (device->kind->plug(fake, device) < 0) {
		release(device);
		return NULL;
	}
	TAILQ_INSERT_TAIL(&fake->devices, device, entry);
	guest_plugged(fake, device);
	return nothing();
}

json_t *
device_del(struct fake *fake, const json_t *arguments)
{
	const char *id = text_of(arguments, "id");
	struct device *device = device_find(fake, id);

	if (!device)
		return refuse(fake, NOT_FOUND, "Device '%s' not found", id);
	if (device->kind->ask && device->kind->ask(fake, device) < 0)
		return NULL;
	device->is_asked = true;
	guest_asked(fake, device);
	return nothing();
}

/* ---- QOM ---- */

static void
list_child(json_t *list, const char *id, const char *type)
{
	_free_ char *child = xasprintf("child<%s>", type);

	json_array_append_new(
	    list, json_pack("{s:s, s:s}", "name", id, "type", child));
}

static void
list_devices(const struct fake *fake, json_t *list)
{
	struct device *device;
	unsigned i;

	for (i = 1; i < fake->buses_n; i++)
		list_child(list, fake->buses[i].id,
		    fake->buses[i].is_port ? "pcie-root-port" : "pci-bridge");
	TAILQ_FOREACH (device, &fake->devices, entry)
		list_child(list, device->id, device->driver);
}

json_t *
qom_list(struct fake *fake, const json_t *arguments)
{
	const char *path = text_of(arguments, "path");
	json_t *list = must(json_array());
	struct item *object;

	json_array_append_new(
	    list, json_pack("{s:s, s:s}", "name", "type", "type", "string"));
	if (str_eq(path, PERIPHERAL)) {
		list_devices(fake, list);
	} else if (str_eq(path, "/objects")) {
		TAILQ_FOREACH (object, &fake->objects, entry)
			list_child(list, object->id, object->type);
	} else if (!str_eq(path, "/machine")) {
		json_decref(list);
		return refuse(fake, NOT_FOUND, "Device '%s' not found", path);
	}
	return list;
}

static json_t *
get_of_machine(struct fake *fake, const char *property)
{
	const struct fake_options *o = &fake->options;

	if (str_eq(property, "type"))
		return json_sprintf("%s-machine", o->machine);
	if (str_eq(property, "memory"))
		return json_pack("{s:I, s:I, s:I}", "size",
		    (json_int_t)o->memory, "max-size",
		    (json_int_t)o->max_memory, "slots", (json_int_t)o->slots);
	if (str_eq(property, "memory-backend"))
		return json_string("/objects/ram0");
	return refuse(fake, GENERIC, "Property '%s-machine.%s' not found",
	    o->machine, property);
}

static json_t *
get_of(struct fake *fake, const char *type, const json_t *options,
    const char *property)
{
	json_t *value = json_object_get(options, property);

	if (str_eq(property, "type"))
		return json_string(type);
	if (!value)
		return refuse(fake, GENERIC, "Property '%s.%s' not found", type,
		    property);
	return json_incref(value);
}

json_t *
qom_get(struct fake *fake, const json_t *arguments)
{
	const char *path = text_of(arguments, "path");
	const char *property = text_of(arguments, "property");
	struct device *device = NULL;
	struct item *object = NULL;

	if (str_eq(path, "/machine"))
		return get_of_machine(fake, property);
	if (path && str_starts(path, PERIPHERAL "/"))
		device = device_find(fake, path + strlen(PERIPHERAL "/"));
	if (device)
		return get_of(fake, device->driver, device->options, property);
	if (path && str_starts(path, "/objects/"))
		object = item_find(&fake->objects, path + strlen("/objects/"));
	if (object)
		return get_of(fake, object->type, object->options, property);
	return refuse(fake, NOT_FOUND, "Device '%s' not found", path);
}
