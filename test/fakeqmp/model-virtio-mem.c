/*
 * The fake's virtio-mem: a device with a region of addresses, of which the
 * guest plugs as much as it is asked to, in steps and in its own time. The
 * balloon moves in the same way.
 */
#include "model.h"

#define DEVICE_BLOCK (2 * MIB)
#define STEP (64 * MIB) /* what the guest does at once */

/* ---- memory that moves ---- */

static void
move(struct fake *fake, struct device *device, bool all)
{
	bool was_twice = fake->is_twice;

	fake->is_twice = device->is_resized_twice;
	while (device->kind->move(fake, device) && all)
		;
	fake->is_twice = was_twice;
}

static void
on_resizing(void *arg)
{
	struct device *device = arg;
	struct fake *fake = device->owner;

	if (!guest_is_awake(fake) || !device->is_seen ||
	    fake->guest.has_no_memory_drivers)
		return;
	move(fake, device, false);
	if (device->kind->may_move(fake, device))
		timer_start(
		    device->resizing, (uint64_t)fake->guest.plug_ms * 1000);
}

void
memory_resize(struct fake *fake, struct device *device)
{
	device->is_resized_twice = fake->is_twice;
	if (!device->resizing)
		device->resizing = timer_new(fake->clock, on_resizing, device);
	device->owner = fake;
	if (fake->is_instant && guest_is_awake(fake) && device->is_seen &&
	    !fake->guest.has_no_memory_drivers)
		move(fake, device, true);
	timer_start(device->resizing, (uint64_t)fake->guest.plug_ms * 1000);
}

void
memory_wake(struct fake *fake)
{
	struct device *device;

	TAILQ_FOREACH (device, &fake->devices, entry)
		if (device->resizing)
			timer_start(device->resizing,
			    (uint64_t)fake->guest.plug_ms * 1000);
}

uint64_t
memory_step(uint64_t from, uint64_t to)
{
	if (from < to)
		return from + MIN(to - from, (uint64_t)STEP);
	return from - MIN(from - to, (uint64_t)STEP);
}

/* ---- the device ---- */

static int
virtio_mem_plug(struct fake *fake, struct device *device)
{
	if (pci_kind.plug(fake, device) < 0)
		return -1;
	return memory_place(fake, device);
}

static int
virtio_mem_ask(struct fake *fake, struct device *device)
{
	const struct fake_options *o = &fake->options;

	if (o->major < 8 || (o->major == 8 && o->minor < 2))
		refuse(fake, GENERIC,
		    "virtio based memory devices cannot be unplugged.");
	else if (device->size)
		refuse(fake, GENERIC,
		    "virtio-mem device cannot get unplugged while some of its "
		    "memory is still plugged");
	else if (device->requested)
		refuse(fake, GENERIC,
		    "virtio-mem device cannot get unplugged while "
		    "'requested-size' != '0'");
	else
		return 0;
	return -1;
}

static void
virtio_mem_seen(struct fake *fake, struct device *device)
{
	pci_kind.seen(fake, device);
	memory_resize(fake, device);
}

static void
virtio_mem_unplug(struct fake *fake, struct device *device)
{
	pci_kind.unplug(fake, device);
	free(TAKE(device->memdev->user));
}

/* ---- what the guest makes of it ---- */

/* Where it stops of itself. */
static uint64_t
virtio_mem_goal(const struct fake *fake, const struct device *device)
{
	const struct fake_guest *guest = &fake->guest;
	uint64_t least = MIN(guest->keeps, device->size);

	if (device->requested > device->size)
		return guest->plug == FAKE_SILENT ? device->size
						  : device->requested;
	if (guest->unplug != FAKE_PROMPT)
		return device->size;
	return MAX(device->requested, least);
}

static bool
virtio_mem_may_move(const struct fake *fake, const struct device *device)
{
	return virtio_mem_goal(fake, device) != device->size;
}

static void
set_blocks(struct fake *fake, struct device *device, uint64_t size)
{
	uint64_t had = (device->size + BLOCK_SIZE - 1) / BLOCK_SIZE;

	device->size = size;
	for (; had < (size + BLOCK_SIZE - 1) / BLOCK_SIZE; had++)
		device->is_online[had] = !fake->guest.keeps_memory_offline;
}

static bool
virtio_mem_move(struct fake *fake, struct device *device)
{
	_free_ char *path = xasprintf("%s/%s", PERIPHERAL, device->id);

	if (!virtio_mem_may_move(fake, device))
		return false;
	set_blocks(fake, device,
	    memory_step(device->size, virtio_mem_goal(fake, device)));
	emit(fake, "MEMORY_DEVICE_SIZE_CHANGE",
	    json_pack("{s:s, s:I, s:s}", "id", device->id, "size",
		(json_int_t)device->size, "qom-path", path));
	return virtio_mem_may_move(fake, device);
}

const struct device_kind virtio_mem_kind = {
	.name = "virtio-mem",
	.plug = virtio_mem_plug,
	.ask = virtio_mem_ask,
	.seen = virtio_mem_seen,
	.gone = device_leave,
	.unplug = virtio_mem_unplug,
	.may_move = virtio_mem_may_move,
	.move = virtio_mem_move,
};

/* ---- properties and queries ---- */

json_t *
virtio_mem_get(const struct device *device, const char *property)
{
	if (device->kind != &virtio_mem_kind)
		return NULL;
	if (str_eq(property, "requested-size"))
		return json_integer((json_int_t)device->requested);
	if (str_eq(property, "size"))
		return json_integer((json_int_t)device->size);
	if (str_eq(property, "block-size"))
		return json_integer((json_int_t)DEVICE_BLOCK);
	return NULL;
}

json_t *
virtio_mem_set(struct fake *fake, struct device *device, const json_t *value)
{
	uint64_t size = (uint64_t)json_integer_value(value);

	if (size % DEVICE_BLOCK)
		return refuse(fake, GENERIC,
		    "'requested-size' has to be multiples of 'block-size' "
		    "(0x%llx)",
		    (unsigned long long)DEVICE_BLOCK);
	if (size > device->region)
		return refuse(fake, GENERIC,
		    "'requested-size' cannot exceed the memory backend size"
		    "(0x%llx)",
		    (unsigned long long)device->region);
	device->requested = size;
	memory_resize(fake, device);
	return nothing();
}

json_t *
virtio_mem_info(const struct device *device)
{
	return json_pack("{s:s, s:{s:s, s:o, s:I, s:I, s:I, s:I, s:I, s:i}}",
	    "type", "virtio-mem", "data", "id", device->id, "memdev",
	    json_sprintf("/objects/%s", device->memdev->id), "memaddr",
	    (json_int_t)device->address, "requested-size",
	    (json_int_t)device->requested, "size", (json_int_t)device->size,
	    "max-size", (json_int_t)device->region, "block-size",
	    (json_int_t)DEVICE_BLOCK, "node", 0);
}
