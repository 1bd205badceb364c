/* Disks: an image or a block device of the host as a virtio-blk-pci device,
 * by a protocol node, a format node and the device. */

#include "commands.h"
#include "device.h"
#include "host.h"
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

/* Names for the two nodes of a disk; the caller frees. */
static char *
file_node(const struct device *d)
{
	return device_node_name('f', d->id);
}

static char *
format_node(const struct device *d)
{
	return device_node_name('d', d->id);
}

/* ---- the steps ---- */

static void
add_file(struct run *run, void *subject)
{
	const struct device *d = subject;
	const struct blk *blk = d->params;
	_free_ char *node = file_node(d);
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
	_free_ char *node = file_node(subject);

	want_reply(run, RUN_MONITOR, cmd_blockdev_del(node));
}

static bool
has_file(const struct actual *a, const void *subject)
{
	_free_ char *node = file_node(subject);

	return actual_node(a, node) != NULL;
}

static void
add_format(struct run *run, void *subject)
{
	const struct device *d = subject;
	const struct blk *blk = d->params;
	_free_ char *node = format_node(d), *file = file_node(d);

	want_reply(run, RUN_MONITOR,
	    cmd_blockdev_add(must(json_pack("{s:s, s:s, s:s, s:b}", "driver",
		formats[blk->format], "node-name", node, "file", file,
		"read-only", blk->read_only))));
}

static void
del_format(struct run *run, void *subject)
{
	_free_ char *node = format_node(subject);

	want_reply(run, RUN_MONITOR, cmd_blockdev_del(node));
}

static bool
has_format(const struct actual *a, const void *subject)
{
	_free_ char *node = format_node(subject);

	return actual_node(a, node) != NULL;
}

static void
add_device(struct run *run, void *subject)
{
	const struct device *d = subject;
	const struct blk *blk = d->params;
	_free_ char *node = format_node(d);
	_free_ char *addr = xasprintf("%x", d->slot);

	want_reply(run, RUN_MONITOR,
	    cmd_device_add(must(json_pack("{s:s, s:s, s:s, s:s*, s:s, s:s*}",
		"driver", "virtio-blk-pci", "id", d->id, "drive", node, "bus",
		d->bus, "addr", addr, "serial", blk->serial))));
}

/* The serial number stands nowhere else: an undo would need it. */
static void
on_serial(struct run *run, void *subject, const json_t *value)
{
	const struct device *d = subject;
	struct blk *blk = d->params;

	free(blk->serial);
	blk->serial = xstrdup0(json_string_value(value));
}

static void
del_device(struct run *run, void *subject)
{
	const struct device *d = subject;
	_free_ char *path = xasprintf("/machine/peripheral/%s", d->id);

	want_try(run, RUN_MONITOR, cmd_qom_get(path, "serial"), on_serial);
	device_unplug(run, d);
}

static const struct step steps[] = {
	{ "protocol node", add_file, del_file, has_file },
	{ "format node", add_format, del_format, has_format },
	{ "device", add_device, del_device, device_is_there },
	{ "guest", device_wait_for_guest, NULL, device_guest_has_it },
	{ NULL },
};

/* ---- what can be known before ---- */

static int
check(const struct device *d, struct err *e)
{
	struct blk *blk = d->params;
	char *image = path_absolute(NULL, blk->image);
	_close_ int fd = open(image,
	    (blk->read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	/* QEMU does not stand where we stand. */
	free(blk->image);
	blk->image = image;
	if (fd < 0 || fstat(fd, &st) < 0)
		return err_errno(e, "disk %s: image %s", d->id, blk->image);
	if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode))
		return err_set(e,
		    "disk %s: image %s: neither a file nor a block device",
		    d->id, blk->image);
	if (blk->serial && strlen(blk->serial) > 20)
		return err_set(e, "disk %s: serial: at most 20 bytes", d->id);
	return 0;
}

static int
same(const struct device *d, const struct actual *a, struct err *e)
{
	const struct blk *blk = d->params;
	_free_ char *name = file_node(d);
	const struct actual_node *node = actual_node(a, name);

	if (!node || str_eq(node->filename, blk->image))
		return 0;
	return err_set(e,
	    "disk %s: it is there with image %s, not %s; remove it first",
	    d->id, node->filename, blk->image);
}

static void
recall(struct device *d, const struct actual *a)
{
	struct blk *blk = d->params;
	_free_ char *file = file_node(d), *format = format_node(d);
	const struct actual_node *f = actual_node(a, file);
	const struct actual_node *n = actual_node(a, format);

	blk->image = f ? xstrdup0(f->filename) : NULL;
	blk->read_only = f && f->read_only;
	while (n && formats[blk->format + 1] &&
	    !str_eq(formats[blk->format], n->driver))
		blk->format++;
}

static const char *const drivers[] = { "virtio-blk-pci",
	"virtio-blk-pci-transitional", "virtio-blk-pci-non-transitional",
	NULL };

const struct device_type device_blk = {
	.name = "blk",
	.words = "disk",
	.drivers = drivers,
	.rows = rows,
	.params_size = sizeof(struct blk),
	.check = check,
	.same = same,
	.recall = recall,
	.steps = steps,
	.sample = "image=@file@ format=raw",
};
