/*
 * What QOM shows of the fake's machine, devices and objects.
 */
#include "model.h"

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
	const struct device *device;
	const struct bus *bus;

	TAILQ_FOREACH (bus, &fake->buses, entry)
		if (bus->number != 0 && !bus->owner)
			list_child(list, bus->id,
			    bus->is_port ? "pcie-root-port" : "pci-bridge");
	TAILQ_FOREACH (device, &fake->devices, entry)
		if (!device->is_leaving)
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

/* ---- qom-get ---- */

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
	if (str_eq(property, "nvdimm"))
		return json_boolean(!o->no_nvdimm);
	return refuse(fake, GENERIC, "Property '%s-machine.%s' not found",
	    o->machine, property);
}

/* What QEMU chose, or tells otherwise than it was told. */
static json_t *
get_chosen(
    const struct fake *fake, const struct device *device, const char *property)
{
	json_t *value;

	if (str_eq(property, "type"))
		return json_string(device->driver);
	if (str_eq(property, "hotplugged"))
		return json_true();
	if (str_eq(property, "mac") && device->mac)
		return json_string(device->mac);
	if (str_eq(property, "addr") && device->bus)
		return json_integer(device->slot << 3);
	if (str_eq(property, "addr") && device->memdev)
		return json_integer((json_int_t)device->address);
	if (str_eq(property, "parent_bus") && device->parent)
		return json_sprintf(PERIPHERAL "/%s/virtio-backend/%s.0",
		    device->parent->id, device->parent->id);
	if (str_eq(property, "slot") && device->memdev)
		return json_integer(device->memory_slot);
	if (str_eq(property, "scsi-id") && device->kind == &scsi_kind)
		return json_integer(device->scsi_id);
	if (str_eq(property, "lun") && device->kind == &scsi_kind)
		return json_integer(device->lun);
	if (str_eq(property, "nr") && device->kind == &port_kind)
		return json_integer(device->nr);
	value = virtio_mem_get(device, property);
	value = value ? value : balloon_get(device, property);
	return value ? value : ref_get(fake, device, property);
}

/* Of a property that nobody set, the fake knows the type only. */
static json_t *
get_unset(const struct word *word)
{
	if (str_eq(word->type, "bool"))
		return json_false();
	if (str_eq(word->type, "str") || str_starts(word->type, "link<"))
		return json_string("");
	return json_integer(0);
}

static json_t *
get_of_device(
    struct fake *fake, const struct device *device, const char *property)
{
	json_t *value = get_chosen(fake, device, property);
	struct word word;

	if (value)
		return value;
	value = json_object_get(device->options, property);
	if (value && !words_find(fake, "driver id bus", property, NULL))
		return json_incref(value);
	if (!value &&
	    words_find(fake, device->model->properties, property, &word))
		return get_unset(&word);
	return refuse(fake, GENERIC, "Property '%s.%s' not found",
	    device->driver, property);
}

static json_t *
get_of_object(
    struct fake *fake, const struct item *object, const char *property)
{
	json_t *value = json_object_get(object->options, property);

	if (str_eq(property, "type"))
		return json_string(object->type);
	if (str_eq(property, "limits") &&
	    str_eq(object->type, "throttle-group"))
		return object_limits(fake, object);
	if (!value || words_find(fake, "qom-type id", property, NULL))
		return refuse(fake, GENERIC, "Property '%s.%s' not found",
		    object->type, property);
	return json_incref(value);
}

/* Where a socket leads: {type, path}, flat. */
static json_t *
get_of_chardev(
    struct fake *fake, const struct item *chardev, const char *property)
{
	const json_t *data = json_object_get(chardev->options, "data");
	const json_t *addr = json_object_get(data, "addr");
	const char *path = text_of(json_object_get(addr, "data"), "path");

	if (str_eq(property, "addr") && path)
		return json_pack(
		    "{s:s, s:s}", "type", text_of(addr, "type"), "path", path);
	if (str_eq(property, "connected") && addr)
		return json_true();
	return refuse(fake, GENERIC, "Property 'chardev-%s.%s' not found",
	    chardev->type, property);
}

static struct device *
device_at(const struct fake *fake, const char *path)
{
	return path && str_starts(path, PERIPHERAL "/")
	    ? device_find(fake, path + strlen(PERIPHERAL "/"))
	    : NULL;
}

static struct item *
object_at(const struct fake *fake, const char *path)
{
	return path && str_starts(path, "/objects/")
	    ? item_find(&fake->objects, path + strlen("/objects/"))
	    : NULL;
}

static struct item *
chardev_at(const struct fake *fake, const char *path)
{
	return path && str_starts(path, "/chardevs/")
	    ? item_find(&fake->chardevs, path + strlen("/chardevs/"))
	    : NULL;
}

/* "/machine/peripheral/ID/LINK" is the object that the link leads to. */
static struct item *
linked_at(struct fake *fake, const char *path)
{
	_free_ char *owner = xstrdup(path ? path : "");
	char *link = strrchr(owner, '/');
	const struct device *device;
	json_auto_t *value = NULL;

	if (!link)
		return NULL;
	*link++ = '\0';
	device = device_at(fake, owner);
	value = device ? get_of_device(fake, device, link) : NULL;
	return object_at(fake, json_string_value(value));
}

json_t *
qom_get(struct fake *fake, const json_t *arguments)
{
	const char *path = text_of(arguments, "path");
	const char *property = text_of(arguments, "property");
	const struct device *device = device_at(fake, path);
	const struct item *object = object_at(fake, path);
	const struct item *chardev = chardev_at(fake, path);

	if (!device && !object)
		object = linked_at(fake, path);

	if (str_eq(path, "/machine"))
		return get_of_machine(fake, property);
	if (device)
		return get_of_device(fake, device, property);
	if (object)
		return get_of_object(fake, object, property);
	if (chardev)
		return get_of_chardev(fake, chardev, property);
	return refuse(fake, NOT_FOUND, "Device '%s' not found", path);
}

/* ---- qom-set ---- */

json_t *
qom_set(struct fake *fake, const json_t *arguments)
{
	const char *path = text_of(arguments, "path");
	const char *property = text_of(arguments, "property");
	json_t *value = json_object_get(arguments, "value");
	struct device *device = device_at(fake, path);
	struct item *object = object_at(fake, path);

	if (device && device->kind == &virtio_mem_kind &&
	    str_eq(property, "requested-size"))
		return virtio_mem_set(fake, device, value);
	if (object)
		return object_set(fake, object, property, value);
	if (!device)
		return refuse(fake, NOT_FOUND, "Device '%s' not found", path);
	if (!model_has(fake, device->model, property))
		return refuse(fake, GENERIC, "Property '%s.%s' not found",
		    device->driver, property);
	if (str_eq(property, "drive"))
		return ref_set_drive(fake, device, value) < 0 ? NULL
							      : nothing();
	return refuse(fake, GENERIC,
	    "Attempt to set property '%s' on device '%s' (type '%s') after it "
	    "was realized",
	    property, device->id, device->driver);
}
