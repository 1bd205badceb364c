/* SCSI disks: an image or a block device of the host as a scsi-hd on a
 * controller (scsi-controller.c). */

#include "commands.h"
#include "disk.h"
#include "feature.h"
#include "run.h"
#include "scsi-place.h"

/* QEMU's hw/scsi/scsi-disk.c, MAX_SERIAL_LEN. */
#define SERIAL_MAX 36

struct scsi {
	struct disk disk;
	char *controller;
};

static const struct decode_row rows[] = {
	DISK_ROWS,
	{ "controller", DECODE_STRING, offsetof(struct scsi, controller),
	    .help = "id of its scsi-controller; needless where there is one" },
	{ NULL },
};

static void
add_device(struct run *run, void *subject)
{
	const struct device *d = subject;
	json_t *device = must(json_pack("{s:s, s:s, s:s*, s:i, s:i, s:i}",
	    "driver", "scsi-hd", "id", d->id, "bus", d->bus, "channel", 0,
	    "scsi-id", (int)d->target, "lun", (int)d->lun));

	disk_describe(d, device);
	want_reply(run, RUN_MONITOR, cmd_device_add(device));
}

/* Of targets other than the first the agent does not tell which they are. */
static void
wait_for_guest(struct run *run, void *subject)
{
	const struct device *d = subject;

	if (d->ask & ASK_DISKS && d->target == 0)
		device_wait_for_disk(run, subject);
	else
		run_note(run, "by QEMU's word: the guest cannot be asked");
}

/* The guest does not have to agree, and QEMU does not know whether it has
 * taken it: what is there was waited for when it came. */
static const struct step steps[] = {
	DISK_STEPS,
	{ "device", add_device, device_unplug, device_is_there },
	{ "guest", wait_for_guest, NULL, device_is_there },
	{ NULL },
};

static int
check(struct device *d, struct err *e)
{
	struct scsi *scsi = d->params;

	scsi->disk.threaded = true; /* its controller's */
	return disk_check(d, SERIAL_MAX, e);
}

/* Where its controller is, or will be. */
static void
locate(const struct placement *placement, struct device *d, const char *id)
{
	const struct actual_device *there =
	    actual_device(placement->actual, id);
	size_t i;

	for (i = 0; i < placement->wanted_n; i++) {
		const struct device *c = placement->wanted[i];

		if (!str_eq(c->id, id))
			continue;
		d->slot = c->slot;
		d->bus_number = c->bus_number;
		return;
	}
	if (there) {
		d->slot = there->slot;
		d->bus_number = there->bus_number;
	}
}

static int
place(struct placement *placement, struct device *d, struct err *e)
{
	struct scsi *scsi = d->params;
	_free_ char *id = NULL;

	if (disk_check_others(placement, d, e) < 0)
		return -1;
	id = scsi_controller(placement, scsi->controller, e);
	if (!id)
		return -1;
	d->on_scsi = true;
	d->bus = scsi_bus(id);
	locate(placement, d, id);
	return scsi_take(placement, d, e);
}

static const struct actual_device *
controller_of(const struct actual *a, const struct actual_device *there)
{
	_free_ char *id = there ? scsi_controller_of(there) : NULL;

	return id ? actual_device(a, id) : NULL;
}

static void
find(struct device *d, const struct actual *a)
{
	const struct actual_device *controller =
	    controller_of(a, actual_device(a, d->id));

	if (!controller)
		return;
	free(d->bus);
	d->bus = scsi_bus(controller->id);
	d->on_scsi = true;
	d->target = (unsigned)device_number(d, a, "scsi-id");
	d->lun = (unsigned)device_number(d, a, "lun");
	d->slot = controller->slot;
	d->bus_number = controller->bus_number;
}

/* As Linux has it in H:C:T:L behind its controller's address. */
static char *
guest_path(const struct actual *a, const struct actual_device *there)
{
	const struct actual_device *controller = controller_of(a, there);

	if (!controller || !controller->guest_path)
		return NULL;
	return xasprintf("%s/%lld:%lld", controller->guest_path,
	    (long long)json_integer_value(actual_property(there, "scsi-id")),
	    (long long)json_integer_value(actual_property(there, "lun")));
}

static void
recall(struct device *d, const struct actual *a)
{
	struct scsi *scsi = d->params;
	const struct actual_device *controller =
	    controller_of(a, actual_device(a, d->id));

	disk_recall(d, a);
	scsi->controller = controller ? xstrdup(controller->id) : NULL;
}

static const char *const drivers[] = { "scsi-hd", NULL };

static const char *const properties[] = { DISK_PROPERTIES("P"), "scsi-id",
	"lun", "parent_bus", NULL };

const struct device_type device_scsi = {
	.name = "scsi",
	.words = "SCSI disk",
	.drivers = drivers,
	.roles = (const char[]){ 'E', 'D', 'P', 'T', 'Q', '\0' },
	.properties = properties,
	.rows = rows,
	.params_size = sizeof(struct scsi),
	.features = FEATURE_AIO_IO_URING,
	.check = check,
	.check_host = disk_check_host,
	.same = disk_same,
	.recall = recall,
	.place = place,
	.steps = steps,
	.changes = disk_changes,
	.find = find,
	.guest_path = guest_path,
	.sits_on = "scsi-controller",
	.holder = scsi_controller_of,
	.sample = "image=@file@ format=raw",
	.change = "iops=100",
};
