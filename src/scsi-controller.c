/* SCSI controllers: a virtio-scsi-pci device with a thread of its own, for the
 * disks of scsi.c. */

#include "commands.h"
#include "device.h"
#include "placement.h"
#include "run.h"

/* QEMU's virtio stops at 1024; two are for control and events. */
#define QUEUES_MAX 1022
#define IOTHREAD 'C'

struct controller {
	int64_t queues; /* 0: by vCPUs */
};

static const struct decode_row rows[] = {
	{ "queues", DECODE_INT, offsetof(struct controller, queues), .min = 1,
	    .max = QUEUES_MAX,
	    .help = "as many as the VM can ever have vCPUs, if not stated" },
	{ NULL },
};

/* The thread also says that the controller is ours. */
static void
add_iothread(struct run *run, void *subject)
{
	want_reply(run, RUN_MONITOR,
	    cmd_object_add(device_object(subject, IOTHREAD, "iothread")));
}

static void
add_device(struct run *run, void *subject)
{
	const struct device *d = subject;
	const struct controller *c = d->params;
	_free_ char *iothread = device_part(d, IOTHREAD);
	json_t *device = device_on_pci(d, "virtio-scsi-pci");
	int64_t queues = c->queues ? c->queues : MIN(d->vcpus_max, QUEUES_MAX);

	json_object_set_new(device, "iothread", json_string(iothread));
	if (queues)
		json_object_set_new(device, "num_queues", json_integer(queues));
	want_reply(run, RUN_MONITOR, cmd_device_add(device));
}

static const struct step steps[] = {
	{ "iothread", add_iothread, device_del_object, device_has_object },
	{ "device", add_device, device_unplug, device_is_there },
	{ "guest", device_wait_for_guest, NULL, device_guest_has_it },
	{ NULL },
};

static int
same(const struct device *d, const struct actual *a, struct err *e)
{
	static const char *const changes[] = { NULL };

	return actual_device(a, d->id) ? device_same(d, a, changes, e) : 0;
}

static void
recall(struct device *d, const struct actual *a)
{
	struct controller *c = d->params;

	c->queues = device_number(d, a, "num_queues");
}

static const char *const drivers[] = { "virtio-scsi-pci",
	"virtio-scsi-pci-transitional", "virtio-scsi-pci-non-transitional",
	NULL };

static const char *const properties[] = { "num_queues", NULL };

const struct device_type device_scsi_controller = {
	.name = "scsi-controller",
	.words = "SCSI controller",
	.drivers = drivers,
	.roles = (const char[]){ IOTHREAD, '\0' },
	.properties = properties,
	.rows = rows,
	.params_size = sizeof(struct controller),
	.same = same,
	.recall = recall,
	.place = place_on_pci,
	.steps = steps,
	.sample = "queues=2",
};
