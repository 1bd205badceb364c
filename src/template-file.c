/* The files that a template is made of: what identifies them, and digests
 * that do not read holes. */

#include "host.h"
#include "template.h"
#include <fcntl.h>
#include <sha2.h>
#include <sys/stat.h>

#define CHUNK (256 * KIB)
#define PAGE 4096
#define PUNCH_SLICE (8 * MIB)

void
template_file_release(struct template_file *f)
{
	free(f->path);
	free(f->sha256);
	*f = (struct template_file){ 0 };
}

bool
bytes_are_zero(const uint8_t *bytes, size_t n)
{
	return bytes[0] == 0 && memcmp(bytes, bytes + 1, n - 1) == 0;
}

/* Adds a chunk, page by page with its offset. Zero pages do not count: a
 * clone that reads a hole turns it into one. */
static void
digest_chunk(SHA2_CTX *ctx, uint64_t where, const uint8_t *bytes, size_t n)
{
	size_t i;

	for (i = 0; i < n; i += PAGE) {
		size_t page = MIN((size_t)PAGE, n - i);
		uint64_t offset = where + i;

		if (bytes_are_zero(bytes + i, page))
			continue;
		SHA256Update(ctx, (const uint8_t *)&offset, sizeof(offset));
		SHA256Update(ctx, bytes + i, page);
	}
}

/* Adds what stands from offset to end. */
static int
digest_range(SHA2_CTX *ctx, int fd, off_t offset, off_t end)
{
	_free_ uint8_t *buffer = xcalloc(CHUNK, 1);

	while (offset < end) {
		size_t want = (size_t)MIN(end - offset, (off_t)CHUNK);
		ssize_t got = pread(fd, buffer, want, offset);

		if (got <= 0)
			return -1;
		digest_chunk(ctx, (uint64_t)offset, buffer, (size_t)got);
		offset += got;
	}
	return 0;
}

/* The extents that hold data, one after the other. */
static int
digest_extents(SHA2_CTX *ctx, int fd)
{
	off_t data = 0, hole;

	while ((data = lseek(fd, data, SEEK_DATA)) >= 0) {
		hole = lseek(fd, data, SEEK_HOLE);
		if (hole < 0 || digest_range(ctx, fd, data, hole) < 0)
			return -1;
		data = hole;
	}
	return errno == ENXIO ? 0 : -1;
}

char *
sparse_digest(const char *path, struct err *e)
{
	_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *text = xcalloc(SHA256_DIGEST_STRING_LENGTH, 1);
	SHA2_CTX ctx;

	SHA256Init(&ctx);
	if (fd >= 0 && digest_extents(&ctx, fd) == 0)
		return SHA256End(&ctx, text);
	err_errno(e, "cannot read %s", path);
	free(text);
	return NULL;
}

char *
file_digest(const char *path, struct err *e)
{
	char *text = SHA256File(path, NULL);

	if (!text)
		err_errno(e, "cannot read %s", path);
	return text;
}

int
template_file_read(
    struct template_file *f, const char *path, digest_fn *digest, struct err *e)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return err_errno(e, "%s", path);
	f->path = xstrdup(path);
	f->size = (uint64_t)st.st_size;
	f->mtime = (uint64_t)st.st_mtim.tv_sec * UINT64_C(1000000000) +
	    (uint64_t)st.st_mtim.tv_nsec;
	if (!digest)
		return 0;
	f->sha256 = digest(path, e);
	return f->sha256 ? 0 : -1;
}

/* ---- zero pages ---- */

/* Punches the zero pages of one slice out of the file. */
static int
punch_slice(int fd, off_t at, const uint8_t *bytes, size_t n)
{
	size_t from = 0, i;

	for (i = 0; i <= n; i += PAGE) {
		if (i < n &&
		    bytes_are_zero(bytes + i, MIN((size_t)PAGE, n - i)))
			continue;
		if (i > from &&
		    fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
			at + (off_t)from, (off_t)(i - from)) < 0)
			return -1;
		from = i + PAGE;
	}
	return 0;
}

int
punch_next(int fd, off_t *at, struct err *e)
{
	_free_ uint8_t *bytes = NULL;
	off_t data = lseek(fd, *at, SEEK_DATA);
	ssize_t got;

	if (data < 0 && errno == ENXIO)
		return 0;
	bytes = xcalloc(PUNCH_SLICE, 1);
	got = data < 0 ? -1 : pread(fd, bytes, PUNCH_SLICE, data);
	if (got < 0 || punch_slice(fd, data, bytes, (size_t)got) < 0)
		return err_errno(e, "punch");
	*at = data + got;
	return got > 0;
}
