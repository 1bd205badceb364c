/*
 * What can be known of an image before QEMU opens it: that it is what it is
 * said to be, large enough, and that nobody else has it.
 *
 * QEMU tells others what it does with a file by locks on single bytes of it
 * (open file description locks, fcntl(2)): one byte for each thing that it
 * does, and one, a hundred bytes on, for each that it does not want done by
 * others. A lock that would be in the way can be asked for without taking it.
 */

#include "disk.h"
#include "feature.h"
#include "units.h"
#include <endian.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

/* As in QEMU's block/file-posix.c: 100 and more are what a user does, 200 and
 * more what it does not share; 0 is reading, 1 is writing. */
#define LOCK_WRITES 101
#define LOCK_NO_READERS 200
#define LOCK_NO_WRITERS 201

#define HEADER_SIZE 512

/* An image that is open, and its begin. */
struct image {
	const char *path;
	int fd;
	bool is_device;
	uint64_t bytes; /* of the file */
	uint8_t header[HEADER_SIZE];
};

/* What begins like one of these is no raw disk, most likely. */
static const struct magic {
	const char *format;
	size_t offset, length;
	const char *bytes;
} magics[] = {
	{ "qcow2", 0, 4, "QFI\xfb" },
	{ "vmdk", 0, 4, "KDMV" },
	{ "vmdk", 0, 4, "COWD" },
	{ "vhdx", 0, 8, "vhdxfile" },
	{ "vpc", 0, 8, "conectix" },
	{ "vdi", 64, 4, "\x7f\x10\xda\xbe" },
	{ "qed", 0, 4, "QED" },
	{ NULL },
};

static const char *
looks_like(const struct image *image)
{
	const struct magic *m;

	for (m = magics; m->format; m++)
		if (memcmp(image->header + m->offset, m->bytes, m->length) == 0)
			return m->format;
	return NULL;
}

/* ---- opening ---- */

static int
read_image(struct image *image, const struct disk *disk, struct err *e)
{
	int flags = (disk->read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC;
	struct stat st;
	ssize_t n;

	image->fd = open(image->path, flags | O_NONBLOCK);
	if (image->fd < 0 || fstat(image->fd, &st) < 0)
		return err_errno(e, "image %s", image->path);
	image->is_device = S_ISBLK(st.st_mode);
	if (!S_ISREG(st.st_mode) && !image->is_device)
		return err_set(e, "image %s: neither a file nor a block device",
		    image->path);
	image->bytes = (uint64_t)st.st_size;
	if (image->is_device &&
	    ioctl(image->fd, BLKGETSIZE64, &image->bytes) < 0)
		return err_errno(e, "image %s: its size", image->path);
	n = pread(image->fd, image->header, HEADER_SIZE, 0);
	return n < 0 ? err_errno(e, "image %s", image->path) : 0;
}

/* QEMU would not ask: whoever mounts a device keeps it from others who ask to
 * have it for themselves. */
static int
check_unused(const struct image *image, const struct disk *disk, struct err *e)
{
	int flags = O_RDWR | O_EXCL | O_CLOEXEC | O_NONBLOCK;
	_close_ int fd = -1;

	if (!image->is_device || disk->read_only)
		return 0;
	fd = open(image->path, flags);
	if (fd >= 0 || errno != EBUSY)
		return 0;
	return err_set(e,
	    "image %s is in use on this host: it is mounted, or part of "
	    "another device; a guest may have it read-only=true",
	    image->path);
}

static int
check_direct(const struct image *image, const struct disk *disk, struct err *e)
{
	_close_ int fd = -1;

	if (!disk->cache_direct)
		return 0;
	fd = open(image->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_DIRECT);
	if (fd >= 0 || errno != EINVAL)
		return 0;
	return err_set(e,
	    "cache.direct: the filesystem of image %s cannot do without the "
	    "page cache",
	    image->path);
}

/* ---- format and size ---- */

/* Raw is what a guest may have written anything into, so who says raw is
 * believed; who says nothing has most likely forgotten to. */
static int
check_format(const struct image *image, const struct disk *disk, struct err *e)
{
	const char *format = looks_like(image);
	bool is_raw = str_eq(disk->format, "raw");

	if (!is_raw && !str_eq(format, disk->format))
		return err_set(e,
		    "image %s is not of format %s: it begins like %s; "
		    "format=%s would be right",
		    image->path, disk->format, format ? format : "none",
		    format ? format : "raw");
	if (is_raw && !disk->format_given && format)
		return err_set(e,
		    "image %s begins like a %s: format=%s would be right, "
		    "or format=raw if the guest is to see the file as it is",
		    image->path, format, format);
	return 0;
}

/* The size that the guest will see (QEMU docs/interop/qcow2.txt). */
static uint64_t
virtual_size(const struct image *image, const struct disk *disk)
{
	uint64_t size;

	if (str_eq(disk->format, "raw"))
		return image->bytes;
	memcpy(&size, image->header + 24, sizeof(size));
	return be64toh(size);
}

/* QEMU itself fills a raw file's last 512 bytes up. */
static int
check_size(const struct image *image, const struct disk *disk, struct err *e)
{
	uint64_t size = virtual_size(image, disk);
	uint64_t block = disk->logical > 512 ? (uint64_t)disk->logical : 1;
	_free_ char *has = units_print_bytes(size);

	if (size % block)
		return err_set(e,
		    "image %s has %llu bytes: a multiple of its logical block "
		    "size, %llu, is wanted",
		    image->path, (unsigned long long)size,
		    (unsigned long long)block);
	if (disk->size && disk->size < size)
		return err_set(e,
		    "size: image %s has %s already; a disk only grows",
		    image->path, has);
	if (image->is_device && disk->size > image->bytes)
		return err_set(e,
		    "size: %s is a block device of %s: it has to grow first",
		    image->path, has);
	return 0;
}

/* ---- who else has it ---- */

static bool
is_locked(int fd, off_t byte)
{
	struct flock lock = {
		.l_type = F_WRLCK,
		.l_whence = SEEK_SET,
		.l_start = byte,
		.l_len = 1,
	};

	return fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

/* Whether this QEMU has it itself: what is in the way then may go before. */
static bool
is_ours(const struct image *image, const struct actual *a)
{
	size_t i;

	for (i = 0; i < a->nodes_n; i++)
		if (str_eq(a->nodes[i].filename, image->path))
			return true;
	return false;
}

static int
check_locks(const struct image *image, const struct disk *disk,
    const struct actual *a, struct err *e)
{
	if (is_ours(image, a))
		return 0;
	if (is_locked(image->fd, LOCK_WRITES))
		return err_set(e,
		    "image %s is being written to by another QEMU",
		    image->path);
	if (!disk->read_only && is_locked(image->fd, LOCK_NO_WRITERS))
		return err_set(e,
		    "image %s is being read by another QEMU: read-only=true "
		    "would share it",
		    image->path);
	if (is_locked(image->fd, LOCK_NO_READERS))
		return err_set(e, "image %s is held by another QEMU for itself",
		    image->path);
	return 0;
}

int
disk_check_host(const struct device *d, const struct actual *a, struct err *e)
{
	struct disk *disk = d->params;
	struct image image = { .path = disk->image, .fd = -1 };
	int rc;

	if (str_eq(disk_aio[disk->aio], "io_uring") &&
	    d->features & FEATURES_KNOWN &&
	    !(d->features & FEATURE_AIO_IO_URING))
		return err_set(e,
		    "aio: this QEMU was built without io_uring; threads or "
		    "native would do");
	rc = read_image(&image, disk, e);
	if (rc == 0 &&
	    (check_unused(&image, disk, e) < 0 ||
		check_direct(&image, disk, e) < 0 ||
		check_format(&image, disk, e) < 0 ||
		check_size(&image, disk, e) < 0 ||
		check_locks(&image, disk, a, e) < 0))
		rc = -1;
	if (rc == 0)
		disk->image_size = virtual_size(&image, disk);
	if (image.fd >= 0)
		close(image.fd);
	return rc;
}
