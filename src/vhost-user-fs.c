/* Folders of the host that virtiofsd shares with the guest, as a
 * vhost-user-fs-pci device; the guest mounts it by its tag. */

#include "commands.h"
#include "feature.h"
#include "placement.h"
#include "run.h"
#include "vhost-user.h"

struct vhost_user_fs {
	struct vhost_user user;
	char *tag;
	int64_t queue_size; /* 0: QEMU's default */
};

static const struct decode_row rows[] = {
	VHOST_USER_ROWS,
	{ "tag", DECODE_STRING, offsetof(struct vhost_user_fs, tag),
	    .required = true,
	    .help = "name by which the guest mounts it, at most 36 bytes" },
	{ "queue-size", DECODE_INT, offsetof(struct vhost_user_fs, queue_size),
	    .min = 16, .max = 1024,
	    .help = "requests in a queue, a power of 2 (default 128)" },
	{ NULL },
};

#define CHARDEV 'F'
#define TAG_MAX 36 /* linux/virtio_fs.h */

static void
add_device(struct run *run, void *subject)
{
	const struct device *d = subject;
	const struct vhost_user_fs *fs = d->params;
	json_t *device = vhost_user_on_pci(d, "vhost-user-fs-pci");

	json_object_update_new(
	    device, must(json_pack("{s:s*}", "tag", fs->tag)));
	if (fs->queue_size)
		json_object_set_new(
		    device, "queue-size", json_integer(fs->queue_size));
	want_reply(run, RUN_MONITOR, cmd_device_add(device));
}

static const struct step steps[] = {
	{ "character device", vhost_user_add_chardev, vhost_user_del_chardev,
	    vhost_user_has_chardev },
	{ "device", add_device, device_unplug, device_is_there },
	{ "guest", device_wait_for_guest, NULL, device_guest_has_it },
	{ NULL },
};

static int
check(struct device *d, struct err *e)
{
	const struct vhost_user_fs *fs = d->params;
	size_t n = strlen(fs->tag);

	if (n == 0 || n > TAG_MAX)
		return err_set(
		    e, "tag: 1 to %d bytes are wanted, not %zu", TAG_MAX, n);
	if (fs->queue_size & (fs->queue_size - 1))
		return err_set(e, "queue-size: %d is not a power of 2",
		    (int)fs->queue_size);
	return vhost_user_check(d, e);
}

static int
same(const struct device *d, const struct actual *a, struct err *e)
{
	const struct vhost_user_fs *fs = d->params;
	const char *tag = device_text(d, a, "tag");

	if (tag && !str_eq(tag, fs->tag))
		return err_set(e,
		    "it is there with tag \"%s\", not \"%s\"; remove it first",
		    tag, fs->tag);
	return vhost_user_same(d, a, e);
}

static void
recall(struct device *d, const struct actual *a)
{
	struct vhost_user_fs *fs = d->params;

	vhost_user_recall(d, a);
	fs->tag = xstrdup0(device_text(d, a, "tag"));
	fs->queue_size = device_number(d, a, "queue-size");
}

static const char *const drivers[] = { "vhost-user-fs-pci", NULL };

static const char *const properties[] = { "tag", "queue-size", NULL };

const struct device_type device_vhost_user_fs = {
	.name = "vhost-user-fs",
	.words = "shared folder",
	.drivers = drivers,
	.roles = (const char[]){ CHARDEV, '\0' },
	.properties = properties,
	.rows = rows,
	.params_size = sizeof(struct vhost_user_fs),
	.needs_shared_memory = true,
	.features = VHOST_USER_FEATURES,
	.check = check,
	.check_host = vhost_user_check_host,
	.same = same,
	.recall = recall,
	.place = place_on_pci,
	.steps = steps,
	.sample = "socket=@socket@ tag=data queue-size=512",
};
