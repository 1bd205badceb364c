/*
 * Buses inside devices: their controllers, and the SCSI disks and serial
 * ports on them. Such a device needs no guest's leave to go: device_del takes
 * its name at once, and DEVICE_DELETED follows.
 */
#include "model.h"

#define SCSI_IDS 256
#define SCSI_LUNS 16384
#define PORTS 31

/* A bus in a device is called after it: ID.0. */
struct device *
sub_find(const struct fake *fake, const char *bus)
{
	struct device *device;

	TAILQ_FOREACH (device, &fake->devices, entry) {
		_free_ char *name = xasprintf("%s.0", device->id);

		if (device->model->makes && str_eq(name, bus))
			return device;
	}
	return NULL;
}

static struct device *
first_with(const struct fake *fake, const char *kind)
{
	struct device *device;

	TAILQ_FOREACH (device, &fake->devices, entry)
		if (str_eq(device->model->makes, kind))
			return device;
	return NULL;
}

static int
choose_controller(struct fake *fake, struct device *device)
{
	const char *bus = text_of(device->options, "bus");
	const char *kind = device->model->bus, *found;

	device->parent = bus ? sub_find(fake, bus) : first_with(fake, kind);
	found = device->parent ? device->parent->model->makes
			       : pci_bus_kind(fake, bus);
	if (!found && bus)
		refuse(fake, GENERIC, "Bus '%s' not found", bus);
	else if (!found)
		refuse(fake, GENERIC, "No '%s' bus found for device '%s'", kind,
		    device->driver);
	else if (!str_eq(found, kind))
		refuse(fake, GENERIC, "Device '%s' can't go on %s bus",
		    device->driver, found);
	else
		return 0;
	return -1;
}

static void
sub_seen(struct fake *fake, struct device *device)
{
	device->is_seen = device->parent->is_seen;
	disk_name(fake, device);
}

static void
sub_unplug(struct fake *fake, struct device *device)
{
	refs_give_back(fake, device);
}

/* ---- SCSI ---- */

static const struct device *
at_address(const struct fake *fake, const struct device *device, json_int_t id,
    json_int_t lun)
{
	const struct device *other;

	TAILQ_FOREACH (other, &fake->devices, entry)
		if (!other->is_leaving && other->parent == device->parent &&
		    other->scsi_id == id && other->lun == lun)
			return other;
	return NULL;
}

static json_int_t
number_or(const json_t *object, const char *key, json_int_t standard)
{
	const json_t *value = json_object_get(object, key);

	return value ? json_integer_value(value) : standard;
}

/* Without a target the first that is free; without a lun likewise. */
static int
choose_address(struct fake *fake, struct device *device)
{
	json_int_t id = number_or(device->options, "scsi-id", -1);
	json_int_t lun = number_or(device->options, "lun", -1);
	bool any_id = id < 0, any_lun = lun < 0 && !any_id;

	id = any_id ? 0 : id;
	lun = lun < 0 ? 0 : lun;
	while (any_id && id < SCSI_IDS && at_address(fake, device, id, lun))
		id++;
	while (any_lun && lun < SCSI_LUNS && at_address(fake, device, id, lun))
		lun++;
	if (number_of(device->options, "channel") != 0)
		refuse(fake, GENERIC, "bad scsi channel id: %lld",
		    number_of(device->options, "channel"));
	else if (id >= SCSI_IDS)
		refuse(fake, GENERIC, "bad scsi device id: %lld", id);
	else if (lun >= SCSI_LUNS)
		refuse(fake, GENERIC, "bad scsi device lun: %lld", lun);
	else if (at_address(fake, device, id, lun))
		refuse(fake, GENERIC, "lun already used by '%s'",
		    at_address(fake, device, id, lun)->id);
	else {
		device->scsi_id = id;
		device->lun = lun;
		return 0;
	}
	return -1;
}

static int
scsi_plug(struct fake *fake, struct device *device)
{
	if (choose_controller(fake, device) < 0 ||
	    choose_address(fake, device) < 0)
		return -1;
	return refs_take(fake, device);
}

const struct device_kind scsi_kind = {
	.name = "scsi",
	.plug = scsi_plug,
	.unplug = sub_unplug,
	.seen = sub_seen,
	.gone = device_leave,
	.leaves_at_once = true,
};

/* ---- serial ports ---- */

static const struct device *
port_at(const struct fake *fake, const struct device *device, json_int_t nr)
{
	const struct device *other;

	TAILQ_FOREACH (other, &fake->devices, entry)
		if (!other->is_leaving && other->parent == device->parent &&
		    other->nr == nr)
			return other;
	return NULL;
}

static bool
is_name_taken(const struct fake *fake, const struct device *device)
{
	const char *name = text_of(device->options, "name");
	const struct device *other;

	TAILQ_FOREACH (other, &fake->devices, entry)
		if (name && !other->is_leaving &&
		    other->parent == device->parent &&
		    str_eq(text_of(other->options, "name"), name))
			return true;
	return false;
}

/* Port 0 is a console's; the first console gets it. */
static int
choose_port(struct fake *fake, struct device *device)
{
	bool is_console = str_eq(device->driver, "virtconsole");
	json_int_t nr = number_or(device->options, "nr", -1);
	bool is_any = nr < 0;

	nr = !is_any ? nr : is_console ? 0 : 1;
	while (is_any && nr < PORTS && port_at(fake, device, nr))
		nr++;
	if (nr == 0 && !is_console)
		refuse(fake, GENERIC,
		    "Port number 0 on virtio-serial devices reserved for "
		    "virtconsole devices for backward compatibility.");
	else if (is_name_taken(fake, device))
		refuse(fake, GENERIC,
		    "virtio-serial-bus: A port already exists by name %s",
		    text_of(device->options, "name"));
	else if (!is_any && port_at(fake, device, nr))
		refuse(fake, GENERIC,
		    "virtio-serial-bus: A port already exists at id %lld", nr);
	else if (is_any && nr >= PORTS)
		refuse(fake, GENERIC,
		    "virtio-serial-bus: Maximum port limit for this device "
		    "reached");
	else if (nr >= PORTS)
		refuse(fake, GENERIC,
		    "virtio-serial-bus: Out-of-range port id specified, max. "
		    "allowed: %d",
		    PORTS - 1);
	else {
		device->nr = nr;
		return 0;
	}
	return -1;
}

static int
port_plug(struct fake *fake, struct device *device)
{
	if (choose_controller(fake, device) < 0 || refs_take(fake, device) < 0)
		return -1;
	if (choose_port(fake, device) == 0)
		return 0;
	refs_give_back(fake, device);
	return -1;
}

const struct device_kind port_kind = {
	.name = "port",
	.plug = port_plug,
	.unplug = sub_unplug,
	.seen = sub_seen,
	.gone = device_leave,
	.leaves_at_once = true,
};
