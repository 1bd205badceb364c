/* Doing something in another network namespace. */

#include "netns.h"
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/stat.h>

#define OURS "/proc/self/ns/net"
#define FOLDER "/run/netns/" /* as ip-netns(8) has them */

int
netns_check(const char *netns, struct err *e)
{
	if (*netns == '/')
		return 0;
	if (!*netns || strchr(netns, '/') || *netns == '.' ||
	    strlen(netns) > 255)
		return err_set(e,
		    "a name as of \"ip netns\" or an absolute path such as "
		    "/proc/PID/ns/net is wanted");
	return 0;
}

void
netns_shorten(char *netns)
{
	const char *name = netns + strlen(FOLDER);

	if (str_starts(netns, FOLDER) && *name && !strchr(name, '/'))
		memmove(netns, name, strlen(name) + 1);
}

char *
netns_path(const char *netns)
{
	if (!netns)
		return xstrdup(OURS);
	return *netns == '/' ? xstrdup(netns) : xasprintf(FOLDER "%s", netns);
}

/* What the thread does. */
struct visit {
	int fd;
	netns_fn *fn;
	void *arg;
	struct err *e;
	int rc;
};

static void *
visit(void *arg)
{
	struct visit *v = arg;

	if (setns(v->fd, CLONE_NEWNET) == 0)
		v->rc = v->fn(v->arg, v->e);
	else if (errno == EPERM)
		v->rc = err_set(v->e,
		    "to enter it is not permitted: CAP_SYS_ADMIN is wanted");
	else if (errno == EINVAL)
		v->rc = err_set(v->e, "that is no network namespace");
	else
		v->rc = err_errno(v->e, "cannot be entered");
	return NULL;
}

/* Whether it is the one that we are in. */
static bool
is_ours(int fd)
{
	struct stat it, ours;

	return fstat(fd, &it) == 0 && stat(OURS, &ours) == 0 &&
	    it.st_dev == ours.st_dev && it.st_ino == ours.st_ino;
}

static int
run_on_thread(struct visit *v, struct err *e)
{
	pthread_t thread;

	errno = pthread_create(&thread, NULL, visit, v);
	if (errno)
		return err_errno(e, "no thread for it");
	pthread_join(thread, NULL);
	return v->rc;
}

int
netns_run(const char *netns, netns_fn *fn, void *arg, struct err *e)
{
	_free_ char *path = netns_path(netns);
	_close_ int fd = -1;
	struct visit v = { .fn = fn, .arg = arg, .e = e };

	if (!netns)
		return fn(arg, e);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return err_errno(e, "netns %s", path);
	if (is_ours(fd))
		return fn(arg, e);
	v.fd = fd;
	return run_on_thread(&v, e) < 0 ? err_wrap(e, "netns %s", netns) : 0;
}
