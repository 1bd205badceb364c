/* Files on the host: whole or not at all. */

#include "host.h"
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

char *
path_join(const char *folder, const char *name)
{
	return xasprintf("%s/%s", folder, name);
}

char *
path_absolute(const char *folder, const char *path)
{
	_free_ char *here = NULL, *base = NULL;

	if (*path == '/')
		return xstrdup(path);
	here = must(getcwd(NULL, 0));
	if (!folder || str_eq(folder, "."))
		return path_join(here, path);
	base = path_absolute(NULL, folder);
	return path_join(base, path);
}

int
make_folders(const char *path, mode_t mode, struct err *e)
{
	_free_ char *copy = xstrdup(path);
	char *p = copy;

	while ((p = strchr(p + 1, '/'))) {
		*p = '\0';
		if (mkdir(copy, 0755) < 0 && errno != EEXIST)
			return err_errno(e, "cannot make %s", copy);
		*p = '/';
	}
	if (mkdir(copy, mode) < 0 && errno != EEXIST)
		return err_errno(e, "cannot make %s", copy);
	return 0;
}

static int
remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	return remove(path) < 0 && errno != ENOENT ? -1 : 0;
}

int
remove_tree(const char *path, struct err *e)
{
	if (nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS) < 0 &&
	    errno != ENOENT)
		return err_errno(e, "cannot remove %s", path);
	return 0;
}

/* Writes all of it. */
static int
write_all(int fd, const char *text, size_t n)
{
	while (n > 0) {
		ssize_t done = write(fd, text, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -1;
		text += done;
		n -= (size_t)done;
	}
	return 0;
}

int
write_file(const char *path, const char *text, size_t n, struct err *e)
{
	_free_ char *temp = xasprintf("%s.new-%d", path, (int)getpid());
	int fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	bool good;

	if (fd < 0)
		return err_errno(e, "cannot write %s", temp);
	good = write_all(fd, text, n) == 0 && fdatasync(fd) == 0;
	good = close(fd) == 0 && good;
	if (good && rename(temp, path) == 0)
		return 0;
	err_errno(e, "cannot write %s", path);
	unlink(temp);
	return -1;
}

char *
read_file(const char *path, size_t max, size_t *n, struct err *e)
{
	_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	_free_ char *text = xcalloc(1, max + 1);
	size_t size = 0;
	ssize_t got = 1;

	if (fd < 0) {
		err_errno(e, "cannot read %s", path);
		return NULL;
	}
	while (size < max && got > 0) {
		got = read(fd, text + size, max - size);
		size += got > 0 ? (size_t)got : 0;
	}
	if (got < 0) {
		err_errno(e, "cannot read %s", path);
		return NULL;
	}
	if (n)
		*n = size;
	return TAKE(text);
}

int
check_trusted(const char *path, struct err *e)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		return err_errno(e, "%s", path);
	if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
		return err_set(e, "%s: not a file of ours", path);
	if (st.st_uid != geteuid())
		return err_set(e, "%s: belongs to user %u, not to %u", path,
		    (unsigned)st.st_uid, (unsigned)geteuid());
	if (st.st_mode & (S_IWGRP | S_IWOTH))
		return err_set(e, "%s: others may write to it (mode %03o)",
		    path, (unsigned)st.st_mode & 0777);
	return 0;
}

/* Its holder may have removed the file before it let go: then the lock is on
 * a file that nobody else will find. */
static bool
is_still_there(int fd, const char *path)
{
	struct stat ours, theirs;

	return fstat(fd, &ours) == 0 && stat(path, &theirs) == 0 &&
	    ours.st_ino == theirs.st_ino && ours.st_dev == theirs.st_dev;
}

int
lock_file(const char *path, struct err *e)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		return err_errno(e, "cannot open %s", path);
	if (flock(fd, LOCK_EX | LOCK_NB) == 0 && is_still_there(fd, path))
		return fd;
	errno = EWOULDBLOCK;
	err_errno(e, "%s", path);
	close(fd);
	errno = EWOULDBLOCK;
	return -1;
}

int
listen_unix(const char *path, struct err *e)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof(sa.sun_path))
		return err_set(e,
		    "%s: a socket's path may have at most %zu bytes; choose a "
		    "shorter state folder (QMPD_STATE_DIR) or name",
		    path, sizeof(sa.sun_path) - 1);
	memcpy(sa.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && bind(fd, (struct sockaddr *)&sa, sizeof(sa)) == 0 &&
	    chmod(path, 0600) == 0 && listen(fd, 1) == 0)
		return fd;
	err_errno(e, "cannot listen on %s", path);
	if (fd >= 0)
		close(fd);
	return -1;
}

/* To connect by datagrams fails for another reason when the socket is one of
 * streams (EPROTOTYPE) than when nobody has it (ECONNREFUSED). */
int
check_socket(const char *path, struct err *e)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	_close_ int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct stat st;

	if (strlen(path) >= sizeof(sa.sun_path))
		return err_set(e, "its path is too long");
	memcpy(sa.sun_path, path, strlen(path));
	if (fd < 0 || stat(path, &st) < 0)
		return err_errno(e, "cannot be used");
	if (!S_ISSOCK(st.st_mode))
		return err_set(e, "not a socket");
	if (connect(fd, (struct sockaddr *)&sa, sizeof(sa)) == 0)
		return err_set(e, "a socket of datagrams, not of streams");
	if (errno == EPROTOTYPE)
		return 0;
	return errno == ECONNREFUSED ? err_set(e, "nobody listens on it")
				     : err_errno(e, "cannot be used");
}

char *
shell_quote(const char *text)
{
	char *out = xcalloc(4 * strlen(text) + 3, 1), *p = out;

	*p++ = '\'';
	for (; *text; text++)
		if (*text == '\'') {
			memcpy(p, "'\\''", 4);
			p += 4;
		} else {
			*p++ = *text;
		}
	*p = '\'';
	return out;
}
