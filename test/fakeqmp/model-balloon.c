/*
 * The fake's balloon: boot memory and DIMMs that the guest gives up and takes
 * back, in steps and in its own time.
 */
#include "model.h"

#define BALLOON "balloon0"

void
balloon_init(struct fake *fake)
{
	json_auto_t *options = NULL;

	if (!fake->options.has_balloon)
		return;
	options = must(
	    json_pack("{s:s, s:s, s:s, s:s}", "driver", "virtio-balloon-pci",
		"id", BALLOON, "bus", "pci-bridge-0", "addr", "1e"));
	json_decref(must(device_add(fake, options)));
	device_find(fake, BALLOON)->is_seen = true;
}

static uint64_t
all_memory(const struct fake *fake)
{
	const struct device *device;
	uint64_t sum = fake->options.memory;

	TAILQ_FOREACH (device, &fake->devices, entry)
		sum += device->kind == &dimm_kind ? device->size : 0;
	return sum;
}

/* ---- what the guest makes of it ---- */

static uint64_t
goal(const struct fake *fake, const struct device *device)
{
	const struct fake_guest *guest = &fake->guest;
	uint64_t most = all_memory(fake);

	most = most > guest->keeps ? most - guest->keeps : 0;
	if (device->requested < device->taken)
		return guest->plug == FAKE_SILENT ? device->taken
						  : device->requested;
	if (guest->unplug != FAKE_PROMPT)
		return device->taken;
	return MIN(device->requested, MAX(most, device->taken));
}

static bool
balloon_may_move(const struct fake *fake, const struct device *device)
{
	return goal(fake, device) != device->taken;
}

static bool
balloon_move(struct fake *fake, struct device *device)
{
	if (!balloon_may_move(fake, device))
		return false;
	device->taken = memory_step(device->taken, goal(fake, device));
	emit(fake, "BALLOON_CHANGE",
	    json_pack("{s:I}", "actual",
		(json_int_t)(all_memory(fake) - device->taken)));
	return balloon_may_move(fake, device);
}

static int
balloon_plug(struct fake *fake, struct device *device)
{
	return pci_kind.plug(fake, device);
}

static void
balloon_seen(struct fake *fake, struct device *device)
{
	pci_kind.seen(fake, device);
}

static void
balloon_unplug(struct fake *fake, struct device *device)
{
	pci_kind.unplug(fake, device);
}

const struct device_kind balloon_kind = {
	.name = "pci",
	.plug = balloon_plug,
	.seen = balloon_seen,
	.gone = device_leave,
	.unplug = balloon_unplug,
	.may_move = balloon_may_move,
	.move = balloon_move,
};

/* ---- commands and properties ---- */

static struct device *
the_balloon(struct fake *fake)
{
	struct device *device = device_find(fake, BALLOON);

	return device ? device
		      : refuse(fake, "DeviceNotActive",
			    "No balloon device has been activated");
}

json_t *
query_balloon(struct fake *fake, const json_t *arguments)
{
	const struct device *device = the_balloon(fake);

	return device ? json_pack("{s:I}", "actual",
			    (json_int_t)(all_memory(fake) - device->taken))
		      : NULL;
}

json_t *
balloon(struct fake *fake, const json_t *arguments)
{
	json_int_t value = number_of(arguments, "value");
	struct device *device = the_balloon(fake);
	uint64_t all = all_memory(fake);

	if (!device)
		return NULL;
	if (value <= 0)
		return refuse(
		    fake, GENERIC, "Parameter 'target' expects a size");
	device->requested = all - MIN((uint64_t)value, all);
	memory_resize(fake, device);
	return nothing();
}

json_t *
balloon_get(const struct device *device, const char *property)
{
	if (device->kind != &balloon_kind || !str_eq(property, "guest-stats"))
		return NULL;
	return json_pack("{s:{s:I, s:I}, s:I}", "stats", "stat-total-memory",
	    (json_int_t)(200 * MIB), "stat-free-memory",
	    (json_int_t)(100 * MIB), "last-update", (json_int_t)1700000000);
}
