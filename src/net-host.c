/* What a NIC needs of the host: a tap that is free and can do what is wanted,
 * and what of it decides over parameters that nobody gave. */

#include "host.h"
#include "net-internal.h"
#include "placement.h"
#include <fcntl.h>

int
net_open_vhost(struct err *e)
{
	_free_ char *path = host_device("vhost-net");
	int fd = open(path, O_RDWR | O_CLOEXEC);

	return fd < 0
	    ? err_errno(e, "%s (the kernel module vhost_net makes it)", path)
	    : fd;
}

static int
check_tap(const struct net *net, bool is_ours, struct err *e)
{
	struct tap tap;

	if (tap_look(net->netns, net->tap, &tap, e) < 0)
		return -1;
	if (tap.is_open && !is_ours)
		return err_set(e, "it is in use by another process");
	if (net->queues > 1 && !tap.is_multi_queue)
		return err_set(e,
		    "it has one queue and %d are wanted: it must be made with "
		    "multi_queue",
		    (int)net->queues);
	if (net->mtu > tap.mtu)
		return err_set(e, "mtu %d is wanted, and its own is %u",
		    (int)net->mtu, tap.mtu);
	return 0;
}

static int
check_given(const struct net *net, struct err *e)
{
	int fds[TAP_QUEUES_MAX];
	int n = net_parse_fds(net->fds, fds);

	if (tap_check_fds(fds, (size_t)n, e) < 0)
		return err_wrap(e, "fds");
	return 0;
}

/* Without KVM's interrupts 7.2 dies of those of vhost backends. */
static bool
bears_vhost(const struct actual *a)
{
	return str_eq(a->accel, "kvm") || actual_version_at_least(a, 10, 0);
}

int
net_check_host(const struct device *d, const struct actual *a, struct err *e)
{
	const struct net *net = d->params;
	_close_ int vhost = net->vhost == VHOST_ON ? net_open_vhost(e) : -1;

	if (net->vhost == VHOST_ON && vhost < 0)
		return err_wrap(e, "vhost on");
	if (net->vhost == VHOST_ON && !bears_vhost(a))
		return err_set(e,
		    "vhost on: QEMU %d.%d does not bear it without KVM: off is "
		    "wanted, or QEMU 10.0",
		    a->major, a->minor);
	if (net->fds)
		return check_given(net, e);
	/* A try that was not brought to its end has it open. */
	if (check_tap(net, net_find_mark(a, d), e) < 0)
		return err_wrap(e, "tap %s", net->tap);
	return 0;
}

/* Another NIC that is wanted has the same tap. */
static int
check_others(
    const struct placement *placement, const struct device *d, struct err *e)
{
	const struct net *net = d->params, *other;
	size_t i;

	for (i = 0; i < placement->wanted_n; i++) {
		const struct device *o = placement->wanted[i];

		other = o->params;
		if (o->type == d->type && o != d && net->tap &&
		    str_eq(other->tap, net->tap) &&
		    str_same(other->netns, net->netns))
			return err_set(e, "tap %s: it is also that of %s",
			    net->tap, o->id);
	}
	return 0;
}

/* What was left to the host. */
static int
decide(struct net *net, const struct actual *a, struct err *e)
{
	_close_ int vhost = net_open_vhost(NULL);
	struct tap tap;
	const uint8_t *m = tap.guest_mac;

	if (net->vhost == VHOST_AUTO)
		net->vhost =
		    vhost >= 0 && bears_vhost(a) ? VHOST_ON : VHOST_OFF;
	if (!net->tap)
		return 0;
	if (tap_look(net->netns, net->tap, &tap, e) < 0)
		return err_wrap(e, "tap %s", net->tap);
	if (!net->mtu)
		net->mtu = tap.mtu;
	if (!net->mac)
		net->mac = xasprintf("%02x:%02x:%02x:%02x:%02x:%02x", m[0],
		    m[1], m[2], m[3], m[4], m[5]);
	return 0;
}

int
net_place(struct placement *placement, struct device *d, struct err *e)
{
	if (check_others(placement, d, e) < 0 ||
	    decide(d->params, placement->actual, e) < 0)
		return -1;
	return place_on_pci(placement, d, e);
}
