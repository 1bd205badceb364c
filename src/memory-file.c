/* Guest memory in a file of a VM's own: made, and filled from a template. */

#include "memory-file.h"
#include "template.h"
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>

#define PAGE 4096
#define CHUNK (256 * KIB)
/* A millisecond or two: the loop is not held for longer. */
#define SLICE (4 * MIB)

int
memory_check_room(const char *folder, uint64_t bytes, struct err *e)
{
	struct statvfs fs;
	uint64_t left;

	/* A tmpfs that was mounted without a limit has no blocks at all. */
	if (statvfs(folder, &fs) < 0 || fs.f_blocks == 0)
		return 0;
	left = (uint64_t)fs.f_bavail * fs.f_frsize;
	if (left >= bytes)
		return 0;
	return err_set(e,
	    "%s has %llu MiB free, and the guest's memory needs %llu "
	    "(QMPD_TEMPLATE_DIR says where templates are)",
	    folder, (unsigned long long)(left / MIB),
	    (unsigned long long)(bytes / MIB));
}

/* ---- the file ---- */

static int
check_tmpfs(const char *folder, struct err *e)
{
	struct statfs fs;

	if (statfs(folder, &fs) < 0)
		return err_errno(e, "%s", folder);
	if (fs.f_type == TMPFS_MAGIC)
		return 0;
	return err_set(e,
	    "shared memory has to be on a tmpfs, and %s is not on one "
	    "(QMPD_TEMPLATE_DIR says where templates are); a clone with "
	    "--memory-sharing private can be anywhere",
	    folder);
}

int
memory_file_new(const char *folder, uint64_t size, struct err *e)
{
	int fd;

	if (check_tmpfs(folder, e) < 0 ||
	    memory_check_room(folder, size, e) < 0)
		return -1;
	fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd >= 0 && ftruncate(fd, (off_t)size) == 0)
		return fd;
	err_errno(e, "cannot make a memory file in %s", folder);
	if (fd >= 0)
		close(fd);
	return -1;
}

char *
memory_file_path(int fd)
{
	return xasprintf("/proc/self/fd/%d", fd);
}

/* ---- its pages ---- */

/* All of it, or -1 and errno. */
static int
write_at(int fd, const uint8_t *bytes, size_t n, off_t at)
{
	while (n > 0) {
		ssize_t done = pwrite(fd, bytes, n, at);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return -1;
		bytes += done;
		at += done;
		n -= (size_t)done;
	}
	return 0;
}

/* Where the pages that are zero, or are not, end. */
static size_t
skip(const uint8_t *bytes, size_t at, size_t n, bool zero)
{
	while (at < n &&
	    bytes_are_zero(bytes + at, MIN((size_t)PAGE, n - at)) == zero)
		at += MIN((size_t)PAGE, n - at);
	return at;
}

/* Writes what stands at copy->at, but for zero pages: a clone that reads a
 * hole of its template turns it into one. */
static int
copy_chunk(struct memory_copy *copy, const uint8_t *bytes, size_t n)
{
	size_t from, end;

	for (from = skip(bytes, 0, n, true); from < n;
	     from = skip(bytes, end, n, true)) {
		end = skip(bytes, from, n, false);
		if (write_at(copy->to, bytes + from, end - from,
			copy->at + (off_t)from) < 0)
			return -1;
		copy->copied += end - from;
	}
	return 0;
}

/* From copy->at to end, at most what is left of the slice. */
static int
copy_extent(struct memory_copy *copy, uint8_t *buffer, off_t end, size_t *left)
{
	while (copy->at<end && * left> 0) {
		size_t want = MIN((size_t)(end - copy->at), (size_t)CHUNK);
		ssize_t got = pread(copy->from, buffer, want, copy->at);

		if (got <= 0 || copy_chunk(copy, buffer, (size_t)got) < 0)
			return -1;
		copy->at += got;
		*left -= MIN((size_t)got, *left);
	}
	return 0;
}

int
memory_copy_next(struct memory_copy *copy, struct err *e)
{
	_free_ uint8_t *buffer = xcalloc(CHUNK, 1);
	size_t left = SLICE;
	off_t data, hole;

	errno = 0;
	while (left > 0) {
		data = lseek(copy->from, copy->at, SEEK_DATA);
		if (data < 0 && errno == ENXIO)
			return 0;
		hole = data < 0 ? -1 : lseek(copy->from, data, SEEK_HOLE);
		if (hole < 0)
			return err_errno(e, "where its data is");
		copy->at = data;
		if (copy_extent(copy, buffer, hole, &left) < 0)
			return err_errno(e, "after %llu MiB",
			    (unsigned long long)(copy->copied / MIB));
	}
	return 1;
}
