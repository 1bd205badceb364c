/*
 * The disks that the fake's guest sees: their names, where they are, and how
 * large it takes them to be.
 */
#include "model.h"

#define SECTOR 512

static bool
is_name_free(const struct fake *fake, const char *name)
{
	const struct device *device;

	TAILQ_FOREACH (device, &fake->devices, entry)
		if (str_eq(device->disk, name))
			return false;
	return true;
}

/* vda, vdb, … sda, … but sr0, sr1, … */
void
disk_name(const struct fake *fake, struct device *device)
{
	const char *prefix = device->model->disk;
	bool is_number = str_eq(prefix, "sr");
	int n;

	for (n = 0; prefix && device->is_seen && !device->disk && n < 26; n++) {
		_free_ char *name =
		    xasprintf("%s%c", prefix, (is_number ? '0' : 'a') + n);

		if (is_name_free(fake, name))
			device->disk = TAKE(name);
	}
}

/* QEMU 7.2's form; a controller's bus is the number that the guest gave. Of a
 * SCSI disk the agent tells the lun as its unit, and 0 for its target. */
static json_t *
describe(const struct device *device)
{
	const struct device *on = device->parent ? device->parent : device;
	_free_ char *name = xasprintf("/dev/%s", device->disk);

	return must(json_pack("{s:s, s:[], s:b, s:{s:s, s:i, s:I, s:i, s:s, "
			      "s:{s:i, s:i, s:i, s:i}}}",
	    "name", name, "dependencies", "partition", 0, "address", "bus-type",
	    device->parent ? "scsi" : "virtio", "bus", 0, "unit", device->lun,
	    "target", 0, "dev", name, "pci-controller", "domain", 0, "bus",
	    (int)on->bus->number, "slot", (int)on->slot, "function", 0));
}

json_t *
agent_get_disks(struct fake *fake, const json_t *arguments)
{
	json_t *list = must(json_array());
	const struct device *device;

	TAILQ_FOREACH (device, &fake->devices, entry)
		if (device->disk)
			json_array_append_new(list, describe(device));
	return list;
}

char *
disk_file(const struct fake *fake, const char *path)
{
	const struct device *device;

	TAILQ_FOREACH (device, &fake->devices, entry) {
		_free_ char *size =
		    xasprintf("/sys/block/%s/size", device->disk);

		if (device->disk && device->node && str_eq(path, size))
			return xasprintf("%llu\n",
			    (unsigned long long)(device->node->size / SECTOR));
	}
	return NULL;
}
