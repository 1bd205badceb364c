/* Disks that a vhost-user backend has (qemu-storage-daemon, SPDK), as a
 * vhost-user-blk-pci device. */

#include "commands.h"
#include "feature.h"
#include "placement.h"
#include "run.h"
#include "vhost-user.h"

struct vhost_user_blk {
	struct vhost_user user;
	int64_t queues;
};

static const struct decode_row rows[] = {
	VHOST_USER_ROWS,
	{ "queues", DECODE_INT, offsetof(struct vhost_user_blk, queues),
	    .min = 1, .max = 1024,
	    .help = "queues; the backend must have as many (default: one for "
		    "each vCPU that the VM may have)" },
	{ NULL },
};

#define CHARDEV 'B'

static void
add_device(struct run *run, void *subject)
{
	const struct device *d = subject;
	const struct vhost_user_blk *blk = d->params;
	json_t *device = vhost_user_on_pci(d, "vhost-user-blk-pci");

	json_object_set_new(device, "num-queues",
	    json_integer(vhost_user_queues(d, blk->queues)));
	want_reply(run, RUN_MONITOR, cmd_device_add(device));
}

static void
recall(struct device *d, const struct actual *a)
{
	struct vhost_user_blk *blk = d->params;

	vhost_user_recall(d, a);
	blk->queues = device_number(d, a, "num-queues");
}

static const struct step steps[] = {
	{ "character device", vhost_user_add_chardev, vhost_user_del_chardev,
	    vhost_user_has_chardev },
	{ "device", add_device, device_unplug, device_is_there },
	{ "guest", device_wait_for_disk, NULL, device_guest_has_it },
	{ NULL },
};

static const char *const drivers[] = { "vhost-user-blk-pci",
	"vhost-user-blk-pci-transitional",
	"vhost-user-blk-pci-non-transitional", NULL };

static const char *const properties[] = { "num-queues", NULL };

const struct device_type device_vhost_user_blk = {
	.name = "vhost-user-blk",
	.words = "vhost-user disk",
	.drivers = drivers,
	.roles = (const char[]){ CHARDEV, '\0' },
	.properties = properties,
	.rows = rows,
	.params_size = sizeof(struct vhost_user_blk),
	.needs_shared_memory = true,
	.features = VHOST_USER_FEATURES,
	.check = vhost_user_check,
	.check_host = vhost_user_check_host,
	.same = vhost_user_same,
	.recall = recall,
	.place = place_on_pci,
	.steps = steps,
	.sample = "socket=@socket@ queues=2 reconnect=1000",
};
