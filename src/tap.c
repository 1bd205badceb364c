/* Opening taps and macvtaps of any network namespace. */

#include "tap.h"
#include "netns.h"
#include <fcntl.h>
#include <net/if.h>
#include <linux/if_tun.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

struct opening {
	const char *name;
	int *fds;
	size_t n;
};

static void
close_all(int *fds, size_t n)
{
	while (n-- > 0) {
		close(fds[n]);
		fds[n] = -1;
	}
}

/* ---- a tap ---- */

/* Why TUNSETIFF said no. */
static int
say_why(struct err *e)
{
	if (errno == EBUSY)
		return err_set(e, "it is in use by another process");
	if (errno == EPERM)
		return err_set(e,
		    "to open it is not permitted: being its owner or "
		    "CAP_NET_ADMIN is wanted");
	return err_errno(e, "TUNSETIFF");
}

/* Makes the descriptor one of the tap's queues. */
static int
attach(int fd, const char *name, unsigned flags, struct err *e)
{
	struct ifreq ifr = { .ifr_flags = (short)flags };

	memcpy(ifr.ifr_name, name, MIN(strlen(name), sizeof(ifr.ifr_name) - 1));
	if (ioctl(fd, TUNSETIFF, &ifr) < 0)
		return say_why(e);
	/* What is not there is made, to last as long as the descriptor. */
	if (ioctl(fd, TUNGETIFF, &ifr) < 0)
		return err_errno(e, "TUNGETIFF");
	if (!(ifr.ifr_flags & IFF_PERSIST))
		return err_set(e,
		    "it does not outlive who has it open; one as of "
		    "\"ip tuntap add\" is wanted");
	return 0;
}

static int
open_queue(const char *name, unsigned flags, struct err *e)
{
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return err_errno(e, "/dev/net/tun");
	if (attach(fd, name, flags, e) == 0)
		return fd;
	close(fd);
	return -1;
}

static int
open_tap(const struct opening *o, bool multi_queue, struct err *e)
{
	unsigned flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR |
	    (multi_queue ? IFF_MULTI_QUEUE : 0);
	size_t i;

	for (i = 0; i < o->n; i++) {
		o->fds[i] = open_queue(o->name, flags, e);
		if (o->fds[i] >= 0)
			continue;
		close_all(o->fds, i);
		return -1;
	}
	return 0;
}

/* ---- a macvtap ---- */

/* A filesystem that is mounted nowhere; sysfs shows the namespace of who
 * mounts it. */
static int
mount_detached(const char *type, struct err *e)
{
	_close_ int context = fsopen(type, FSOPEN_CLOEXEC);
	int fd = -1;

	if (context >= 0 &&
	    fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0)
		fd = fsmount(context, FSMOUNT_CLOEXEC, 0);
	return fd < 0 ? err_errno(e, "%s of its namespace", type) : fd;
}

/* The number of its character device, which has the interface's index in its
 * name. */
static int
read_number(const char *name, char node[32], dev_t *number, struct err *e)
{
	_close_ int sysfs = mount_detached("sysfs", e);
	_free_ char *path = NULL;
	_close_ int fd = -1;
	char text[32] = "";
	unsigned major, minor;

	if (sysfs < 0)
		return -1;
	snprintf(node, 32, "tap%u", if_nametoindex(name));
	path = xasprintf("class/net/%s/%s/dev", name, node);
	fd = openat(sysfs, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
		return err_errno(e, "/sys/%s", path);
	if (sscanf(text, "%u:%u", &major, &minor) != 2)
		return err_set(e, "/sys/%s: not understood", path);
	*number = makedev(major, minor);
	return 0;
}

/* The folder with its device node. One in /dev may be that of another
 * namespace's interface with the same index: then there is one of our own. */
static int
open_folder(const char *node, dev_t number, struct err *e)
{
	int fd = open("/dev", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat st;

	if (fd >= 0 && fstatat(fd, node, &st, 0) == 0 && S_ISCHR(st.st_mode) &&
	    st.st_rdev == number)
		return fd;
	if (fd >= 0)
		close(fd);
	fd = mount_detached("tmpfs", e);
	if (fd < 0 || mknodat(fd, node, S_IFCHR | 0600, number) == 0)
		return fd;
	close(fd);
	return err_errno(e, "a device node for it");
}

static int
open_macvtap(const struct opening *o, struct err *e)
{
	char node[32];
	dev_t number = 0;
	_close_ int folder = -1;
	size_t i;

	if (read_number(o->name, node, &number, e) < 0 ||
	    (folder = open_folder(node, number, e)) < 0)
		return -1;
	for (i = 0; i < o->n; i++) {
		o->fds[i] =
		    openat(folder, node, O_RDWR | O_CLOEXEC | O_NONBLOCK);
		if (o->fds[i] >= 0)
			continue;
		err_errno(e, "open %s", node);
		close_all(o->fds, i);
		return -1;
	}
	return 0;
}

/* ---- both ---- */

/* netns_fn */
static int
open_it(void *arg, struct err *e)
{
	const struct opening *o = arg;
	struct tap tap;

	if (tap_look(NULL, o->name, &tap, e) < 0)
		return -1;
	return tap.is_macvtap ? open_macvtap(o, e)
			      : open_tap(o, tap.is_multi_queue, e);
}

int
tap_open(const char *netns, const char *name, int *fds, size_t n, struct err *e)
{
	return netns_run(netns, open_it, &(struct opening){ name, fds, n }, e);
}

static int
look_at(int fd, struct ifreq *ifr, struct err *e)
{
	memset(ifr, 0, sizeof(*ifr));
	if (fcntl(fd, F_GETFD) < 0)
		return err_set(e, "descriptor %d is not open", fd);
	if (ioctl(fd, TUNGETIFF, ifr) < 0 || !(ifr->ifr_flags & IFF_TAP))
		return err_set(e, "descriptor %d is no tap's", fd);
	return 0;
}

int
tap_check_fds(const int *fds, size_t n, struct err *e)
{
	struct ifreq first, other;
	size_t i;

	if (look_at(fds[0], &first, e) < 0)
		return -1;
	for (i = 1; i < n; i++) {
		if (look_at(fds[i], &other, e) < 0)
			return -1;
		if (strcmp(first.ifr_name, other.ifr_name) != 0 ||
		    first.ifr_flags != other.ifr_flags)
			return err_set(e,
			    "descriptors %d and %d are of different taps: "
			    "queues of one are wanted",
			    fds[0], fds[i]);
	}
	return 0;
}
