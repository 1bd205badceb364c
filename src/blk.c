/* Disks: an image or a block device of the host as a virtio-blk-pci device. */

#include "commands.h"
#include "disk.h"
#include "feature.h"
#include "placement.h"
#include "run.h"

/* VIRTIO_QUEUE_MAX of QEMU. */
#define QUEUES_MAX 1024
/* VIRTIO_BLK_ID_BYTES of the Linux kernel. */
#define SERIAL_MAX 20

struct blk {
	struct disk disk;
	int64_t queues; /* 0: by vCPUs */
	bool iothread;
};

static const struct decode_row rows[] = {
	DISK_ROWS,
	{ "iothread", DECODE_BOOL, offsetof(struct blk, iothread),
	    .help = "requests are served by a thread of its own" },
	{ "queues", DECODE_INT, offsetof(struct blk, queues), .min = 1,
	    .max = QUEUES_MAX,
	    .help = "as many as the VM can ever have vCPUs, if not stated" },
	{ NULL },
};

/* ---- the steps ---- */

#define IOTHREAD 'H'

static void
add_iothread(struct run *run, void *subject)
{
	want_reply(run, RUN_MONITOR,
	    cmd_object_add(device_object(subject, IOTHREAD, "iothread")));
}

static void
del_iothread(struct run *run, void *subject)
{
	_free_ char *name = device_part(subject, IOTHREAD);

	want_reply(run, RUN_MONITOR, cmd_object_del(name));
}

static bool
has_iothread(const struct actual *a, const void *subject)
{
	const struct device *d = subject;
	const struct blk *blk = d->params;

	return device_has_part(a, d, IOTHREAD) ||
	    (!blk->disk.recalled && !blk->iothread);
}

/* The default is from the most vCPUs that the VM can have: QEMU's own would
 * be from those that it was started with. */
static int64_t
queues(const struct device *d)
{
	const struct blk *blk = d->params;

	return blk->queues ? blk->queues : MIN(d->vcpus_max, QUEUES_MAX);
}

static void
add_device(struct run *run, void *subject)
{
	const struct device *d = subject;
	const struct blk *blk = d->params;
	_free_ char *iothread = device_part(d, IOTHREAD);
	json_t *device = device_on_pci(d, "virtio-blk-pci");

	disk_describe(d, device);
	if (queues(d))
		json_object_set_new(
		    device, "num-queues", json_integer(queues(d)));
	if (blk->iothread)
		json_object_set_new(device, "iothread", json_string(iothread));
	want_reply(run, RUN_MONITOR, cmd_device_add(device));
}

static const struct step steps[] = {
	{ "iothread", add_iothread, del_iothread, has_iothread },
	DISK_STEPS,
	{ "device", add_device, device_unplug, device_is_there },
	{ "guest", device_wait_for_disk, NULL, device_guest_has_it },
	{ NULL },
};

/* ---- what can be known before ---- */

static int
check(struct device *d, struct err *e)
{
	struct blk *blk = d->params;

	blk->disk.threaded = blk->iothread;
	return disk_check(d, SERIAL_MAX, e);
}

static void
recall(struct device *d, const struct actual *a)
{
	struct blk *blk = d->params;

	disk_recall(d, a);
	blk->iothread = device_has_part(a, d, IOTHREAD);
	blk->queues = device_number(d, a, "num-queues");
}

static int
place(struct placement *placement, struct device *d, struct err *e)
{
	if (disk_check_others(placement, d, e) < 0)
		return -1;
	return place_on_pci(placement, d, e);
}

static const char *const drivers[] = { "virtio-blk-pci",
	"virtio-blk-pci-transitional", "virtio-blk-pci-non-transitional",
	NULL };

static const char *const properties[] = { DISK_PROPERTIES("G"), "num-queues",
	NULL };

const struct device_type device_blk = {
	.name = "blk",
	.words = "disk",
	.drivers = drivers,
	.roles = (const char[]){ 'f', 'd', 'G', 'L', 'O', IOTHREAD, '\0' },
	.properties = properties,
	.rows = rows,
	.params_size = sizeof(struct blk),
	.features = FEATURE_AIO_IO_URING,
	.check = check,
	.check_host = disk_check_host,
	.same = disk_same,
	.recall = recall,
	.place = place,
	.steps = steps,
	.changes = disk_changes,
	.sample = "image=@file@ format=raw",
	.full_sample = "image=@file@ iothread=true discard=unmap iops-rd=100",
	.change = "bps=1Mi",
	.growth = "size=16Mi",
};
