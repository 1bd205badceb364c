/* Disks: an image or a block device of the host as a virtio-blk-pci device,
 * by a protocol node, a format node and the device. */

#include "commands.h"
#include "device.h"
#include "host.h"
#include "placement.h"
#include "run.h"
#include <fcntl.h>
#include <sys/stat.h>

struct blk {
	char *image;
	int format;
	char *serial;
	bool read_only;
};

static const char *const formats[] = { "raw", "qcow2", NULL };

static const struct decode_row rows[] = {
	{ "image", DECODE_STRING, offsetof(struct blk, image), .required = true,
	    .help = "image file or block device of the host" },
	{ "format", DECODE_ENUM, offsetof(struct blk, format), .names = formats,
	    .help = "raw (default) or qcow2" },
	{ "read-only", DECODE_BOOL, offsetof(struct blk, read_only),
	    .help = "the guest may not write" },
	{ "serial", DECODE_STRING, offsetof(struct blk, serial),
	    .help = "serial number that the guest sees, at most 20 bytes" },
	{ NULL },
};

/* The letters of its parts. */
#define FILE_NODE 'f'
#define FORMAT_NODE 'd'

/* ---- the steps ---- */

static void
add_file(struct run *run, void *subject)
{
	const struct device *d = subject;
	const struct blk *blk = d->params;
	_free_ char *node = device_part(d, FILE_NODE);
	struct stat st;
	bool device = stat(blk->image, &st) == 0 && S_ISBLK(st.st_mode);

	want_reply(run, RUN_MONITOR,
	    cmd_blockdev_add(must(json_pack("{s:s, s:s, s:s*, s:b}", "driver",
		device ? "host_device" : "file", "node-name", node, "filename",
		blk->image, "read-only", blk->read_only))));
}

static void
del_file(struct run *run, void *subject)
{
	_free_ char *node = device_part(subject, FILE_NODE);

	want_reply(run, RUN_MONITOR, cmd_blockdev_del(node));
}

static bool
has_file(const struct actual *a, const void *subject)
{
	return device_has_part(a, subject, FILE_NODE);
}

static void
add_format(struct run *run, void *subject)
{
	const struct device *d = subject;
	const struct blk *blk = d->params;
	_free_ char *node = device_part(d, FORMAT_NODE),
		    *file = device_part(d, FILE_NODE);

	want_reply(run, RUN_MONITOR,
	    cmd_blockdev_add(must(json_pack("{s:s, s:s, s:s, s:b}", "driver",
		formats[blk->format], "node-name", node, "file", file,
		"read-only", blk->read_only))));
}

static void
del_format(struct run *run, void *subject)
{
	_free_ char *node = device_part(subject, FORMAT_NODE);

	want_reply(run, RUN_MONITOR, cmd_blockdev_del(node));
}

static bool
has_format(const struct actual *a, const void *subject)
{
	return device_has_part(a, subject, FORMAT_NODE);
}

static void
add_device(struct run *run, void *subject)
{
	const struct device *d = subject;
	const struct blk *blk = d->params;
	_free_ char *node = device_part(d, FORMAT_NODE);
	json_t *device = device_on_pci(d, "virtio-blk-pci");

	json_object_set_new(device, "drive", json_string(node));
	if (blk->serial)
		json_object_set_new(device, "serial", json_string(blk->serial));
	want_reply(run, RUN_MONITOR, cmd_device_add(device));
}

static const struct step steps[] = {
	{ "protocol node", add_file, del_file, has_file },
	{ "format node", add_format, del_format, has_format },
	{ "device", add_device, device_unplug, device_is_there },
	{ "guest", device_wait_for_disk, NULL, device_guest_has_it },
	{ NULL },
};

/* ---- what can be known before ---- */

static int
check(struct device *d, struct err *e)
{
	struct blk *blk = d->params;
	char *image = path_absolute(NULL, blk->image);

	/* QEMU does not stand where we stand. */
	free(blk->image);
	blk->image = image;
	if (blk->serial && strlen(blk->serial) > 20)
		return err_set(e, "serial: at most 20 bytes");
	return 0;
}

static int
check_host(const struct device *d, const struct actual *a, struct err *e)
{
	const struct blk *blk = d->params;
	_close_ int fd = open(blk->image,
	    (blk->read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_errno(e, "image %s", blk->image);
	if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode))
		return err_set(e, "image %s: neither a file nor a block device",
		    blk->image);
	return 0;
}

static int
same(const struct device *d, const struct actual *a, struct err *e)
{
	const struct blk *blk = d->params;
	_free_ char *name = device_part(d, FILE_NODE);
	const struct actual_node *node = actual_node(a, name);

	if (!node || str_eq(node->filename, blk->image))
		return 0;
	return err_set(e, "it is there with image %s, not %s; remove it first",
	    node->filename, blk->image);
}

static void
recall(struct device *d, const struct actual *a)
{
	struct blk *blk = d->params;
	_free_ char *file = device_part(d, FILE_NODE),
		    *format = device_part(d, FORMAT_NODE);
	const struct actual_node *f = actual_node(a, file);
	const struct actual_node *n = actual_node(a, format);

	blk->image = f ? xstrdup0(f->filename) : NULL;
	blk->read_only = f && f->read_only;
	blk->serial = xstrdup0(device_text(d, a, "serial"));
	while (n && formats[blk->format + 1] &&
	    !str_eq(formats[blk->format], n->driver))
		blk->format++;
}

static const char *const drivers[] = { "virtio-blk-pci",
	"virtio-blk-pci-transitional", "virtio-blk-pci-non-transitional",
	NULL };

static const char *const properties[] = { "serial", NULL };

const struct device_type device_blk = {
	.name = "blk",
	.words = "disk",
	.drivers = drivers,
	.roles = (const char[]){ FILE_NODE, FORMAT_NODE, '\0' },
	.properties = properties,
	.rows = rows,
	.params_size = sizeof(struct blk),
	.check = check,
	.check_host = check_host,
	.same = same,
	.recall = recall,
	.place = place_on_pci,
	.steps = steps,
	.sample = "image=@file@ format=raw",
};
