/* SCSI controllers that a vhost-user backend has (SPDK), as a
 * vhost-user-scsi-pci device; the disks on it are the backend's. */

#include "commands.h"
#include "feature.h"
#include "placement.h"
#include "run.h"
#include "vhost-user.h"

struct vhost_user_scsi {
	struct vhost_user user;
	int64_t queues;
};

static const struct decode_row rows[] = {
	VHOST_USER_ROWS,
	{ "queues", DECODE_INT, offsetof(struct vhost_user_scsi, queues),
	    .min = 1, .max = 1022,
	    .help = "request queues; the backend must have as many (default: "
		    "one for each vCPU that the VM may have)" },
	{ NULL },
};

#define CHARDEV 'S'

static void
add_device(struct run *run, void *subject)
{
	const struct device *d = subject;
	const struct vhost_user_scsi *scsi = d->params;
	json_t *device = vhost_user_on_pci(d, "vhost-user-scsi-pci");

	json_object_set_new(device, "num_queues",
	    json_integer(MIN(vhost_user_queues(d, scsi->queues), 1022)));
	want_reply(run, RUN_MONITOR, cmd_device_add(device));
}

static void
recall(struct device *d, const struct actual *a)
{
	struct vhost_user_scsi *scsi = d->params;

	vhost_user_recall(d, a);
	scsi->queues = device_number(d, a, "num_queues");
}

static const struct step steps[] = {
	{ "character device", vhost_user_add_chardev, vhost_user_del_chardev,
	    vhost_user_has_chardev },
	{ "device", add_device, device_unplug, device_is_there },
	{ "guest", device_wait_for_guest, NULL, device_guest_has_it },
	{ NULL },
};

static const char *const drivers[] = { "vhost-user-scsi-pci",
	"vhost-user-scsi-pci-transitional",
	"vhost-user-scsi-pci-non-transitional", NULL };

static const char *const properties[] = { "num_queues", NULL };

const struct device_type device_vhost_user_scsi = {
	.name = "vhost-user-scsi",
	.words = "vhost-user SCSI controller",
	.drivers = drivers,
	.roles = (const char[]){ CHARDEV, '\0' },
	.properties = properties,
	.rows = rows,
	.params_size = sizeof(struct vhost_user_scsi),
	.needs_shared_memory = true,
	.features = VHOST_USER_FEATURES,
	.check = vhost_user_check,
	.check_host = vhost_user_check_host,
	.same = vhost_user_same,
	.recall = recall,
	.place = place_on_pci,
	.steps = steps,
	.sample = "socket=@socket@ reconnect=1500",
};
