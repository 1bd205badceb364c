/* A tap of this run's own. */

#include "backend.h"
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <sched.h>
#include <sys/ioctl.h>

int
nic_open_tap(struct err *e)
{
	struct ifreq ifr = {
		.ifr_name = NIC_TAP,
		.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR,
	};
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return err_errno(e, "/dev/net/tun");
	if (ioctl(fd, TUNSETIFF, &ifr) == 0)
		return fd;
	err_errno(e, "tap %s", NIC_TAP);
	close(fd);
	return -1;
}

/* The namespace takes the tap away when the last of us has ended. */
int
nic_make_tap(struct err *e)
{
	_close_ int fd = -1;

	if (unshare(CLONE_NEWNET) < 0)
		return err_errno(e, "a network namespace of its own");
	fd = nic_open_tap(e);
	if (fd < 0)
		return -1;
	if (ioctl(fd, TUNSETPERSIST, 1) < 0)
		return err_errno(e, "tap %s", NIC_TAP);
	return 0;
}
