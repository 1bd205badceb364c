/*
 * The fake's devices: adding, removing, and what QOM shows of them.
 */
#include "model.h"

struct device *
device_find(const struct fake *fake, const char *id)
{
	struct device *device;

	TAILQ_FOREACH (device, &fake->devices, entry)
		if (!device->is_leaving && str_eq(device->id, id))
			return device;
	return NULL;
}

static void
release(struct device *device)
{
	timer_free(device->resizing);
	free(device->mac);
	free(device->disk);
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

char *
device_path(const struct device *device)
{
	if (!device->model->child)
		return xstrdup(device->id);
	return xasprintf(
	    "%s/%s/%s", PERIPHERAL, device->id, device->model->child);
}

/* The youngest device on a bus that this one makes. */
static struct device *
last_inside(struct fake *fake, const struct device *device)
{
	struct device *child;

	TAILQ_FOREACH_REVERSE(child, &fake->devices, device_list, entry)
	if (child->parent == device ||
	    (child->bus && child->bus->owner == device))
		return child;
	return NULL;
}

void
device_leave(struct fake *fake, struct device *device)
{
	struct device *child;

	while ((child = last_inside(fake, device)))
		device_leave(fake, child);
	if (device->model->child) {
		_free_ char *path = device_path(device);

		emit(fake, "DEVICE_DELETED", json_pack("{s:s}", "path", path));
	}
	device_deleted(fake, device);
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

static int
check_properties(struct fake *fake, const json_t *options)
{
	json_t *members = (json_t *)(uintptr_t)options; /* only read */
	const char *driver = text_of(options, "driver"), *key;
	const struct model *model = model_find(driver);
	json_t *value;

	json_object_foreach (members, key, value)
		if (!words_find(fake, "driver id bus", key, NULL) &&
		    !model_has(fake, model, key)) {
			refuse(fake, GENERIC, "Property '%s.%s' not found",
			    driver, key);
			return -1;
		}
	return 0;
}

static int
check_device(struct fake *fake, const json_t *options)
{
	const char *driver = text_of(options, "driver");
	const char *id = text_of(options, "id");

	if (!driver || !model_find(driver))
		refuse(fake, GENERIC, "'%s' is not a valid device model name",
		    driver ? driver : "");
	else if (!is_identifier(id))
		refuse(fake, GENERIC, "Parameter 'id' expects an identifier");
	else if (device_find(fake, id))
		refuse(fake, GENERIC, "Duplicate device ID '%s'", id);
	else
		return check_properties(fake, options);
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
	device->model = model_find(device->driver);
	device->kind = device->model->kind;
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
	device->is_leaving = device->kind->leaves_at_once;
	guest_asked(fake, device);
	return nothing();
}
