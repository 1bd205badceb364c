/* A NIC's steps: a mark that says which tap it is on, a descriptor for each
 * queue, a netdev of them, the device, and the guest that has it. */

#include "commands.h"
#include "mark.h"
#include "net-internal.h"
#include "run.h"
#include <fcntl.h>

static void
add_mark(struct run *run, void *subject)
{
	_free_ char *name = net_mark(subject);

	want_reply(run, RUN_MONITOR, cmd_object_add(mark_object(name)));
}

static bool
has_mark(const struct actual *a, const void *subject)
{
	return net_find_mark(a, subject) != NULL;
}

static void
del_mark_alone(struct run *run, const struct device *d)
{
	_free_ char *name = net_mark(d);

	want_reply(run, RUN_MONITOR, cmd_object_del(name));
}

/* How many are sent: for each queue its own, then a vhost-net for each. */
static int64_t
descriptors_of(const struct net *net)
{
	return net->vhost == VHOST_ON ? 2 * net->queues : net->queues;
}

/* "qmpd.t.ID.0": how QEMU calls a descriptor until it is used. It cannot be
 * asked for those that it has; to send one again replaces it. */
static char *
descriptor_name(const struct device *d, int64_t i)
{
	_free_ char *part = device_part(d, TAP);

	return xasprintf("%s.%d", part, (int)i);
}

static void close_next(struct run *run, struct device *d);

static void
on_closed(struct run *run, void *subject, const json_t *value)
{
	close_next(run, subject);
}

/* Refused: it is not there, or it is and there was another reason. One of no
 * interest in its place surely can be closed. */
static void
on_tried(struct run *run, void *subject, const json_t *value)
{
	struct device *d = subject;
	const struct net *net = d->params;
	_close_ int null = -1;
	_free_ char *name = descriptor_name(d, net->closing - 1);

	if (value) {
		close_next(run, d);
		return;
	}
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	want_reply_fd(run, RUN_MONITOR, cmd_getfd(name), null);
	want_value(run, RUN_MONITOR, cmd_closefd(name), on_closed);
}

/* QEMU cannot be asked which it has, and a netdev that it refused may have
 * taken some: all of them are tried, one after the other. */
static void
close_next(struct run *run, struct device *d)
{
	struct net *net = d->params;
	_free_ char *name = NULL;

	if (net->closing == descriptors_of(net)) {
		net->sent = false;
		if (net->left)
			del_mark_alone(run, d);
		return;
	}
	name = descriptor_name(d, net->closing++);
	want_try(run, RUN_MONITOR, cmd_closefd(name), on_tried);
}

static void
take_back_descriptors(struct run *run, void *subject)
{
	struct device *d = subject;
	struct net *net = d->params;

	net->closing = 0;
	if (net->sent)
		close_next(run, d);
}

static bool
is_not_begun(const struct actual *a, const void *subject)
{
	return !net_is_begun(a, subject);
}

/* As long as QEMU has them, the tap is in use. */
static void
close_left_ones(struct run *run, void *subject)
{
	struct net *net = ((struct device *)subject)->params;

	net->sent = true;
	take_back_descriptors(run, subject);
}

/* It says that there may be descriptors: it goes after them. */
static void
del_mark(struct run *run, void *subject)
{
	const struct net *net = ((struct device *)subject)->params;

	if (net->left)
		close_left_ones(run, subject);
	else
		del_mark_alone(run, subject);
}

/* Copies of those that were given, or the tap opened so often. */
static int
open_queues(const struct net *net, int *fds, struct err *e)
{
	int64_t i;

	if (net->tap)
		return tap_open(
		    net->netns, net->tap, fds, (size_t)net->queues, e);
	if (!net->fds || net_parse_fds(net->fds, fds) != net->queues)
		return err_set(e,
		    "its tap came as a descriptor: only who gave it has "
		    "another");
	for (i = 0; i < net->queues; i++)
		fds[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, 0);
	return 0;
}

/* All that are sent; how many are open is in *n, also after an error. */
static int
open_all(const struct net *net, int *fds, int64_t *n, struct err *e)
{
	*n = 0;
	if (open_queues(net, fds, e) < 0)
		return -1;
	for (*n = net->queues; *n < descriptors_of(net); ++*n) {
		fds[*n] = net_open_vhost(e);
		if (fds[*n] < 0)
			return -1;
	}
	return 0;
}

static void
send_descriptors(struct run *run, void *subject)
{
	const struct device *d = subject;
	struct net *net = d->params;
	bool rehearsal = run_is_rehearsal(run);
	int fds[2 * TAP_QUEUES_MAX];
	int64_t n = 0, i;
	struct err e;
	bool good = rehearsal || open_all(net, fds, &n, &e) == 0;

	if (!good)
		run_refuse(run, "%s", e.text);
	for (i = 0; good && i < descriptors_of(net); i++) {
		_free_ char *name = descriptor_name(d, i);

		want_reply_fd(
		    run, RUN_MONITOR, cmd_getfd(name), rehearsal ? -1 : fds[i]);
	}
	net->sent = good;
	/* The messages that carry them have copies. */
	while (n-- > 0)
		close(fds[n]);
}

static bool
has_netdev(const struct actual *a, const void *subject)
{
	return device_has_part(a, subject, NETDEV);
}

/* The names of so many descriptors, as "a:b". */
static json_t *
names_of(const struct device *d, int64_t first, int64_t n)
{
	char *names = descriptor_name(d, first);
	json_t *out;
	int64_t i;

	for (i = first + 1; i < first + n; i++) {
		_free_ char *name = descriptor_name(d, i);
		char *longer = xasprintf("%s:%s", names, name);

		free(names);
		names = longer;
	}
	out = must(json_string(names));
	free(names);
	return out;
}

/*
 * QEMU closes what it cannot use when it is "fd", and not always when it is
 * "fds" (7.2, 10.0). vhost-net is opened here: 7.2 dies when it is told to use
 * one and cannot open it.
 */
static void
add_netdev(struct run *run, void *subject)
{
	const struct device *d = subject;
	const struct net *net = d->params;
	bool vhost = net->vhost == VHOST_ON, one = net->queues == 1;
	_free_ char *id = device_part(d, NETDEV);
	json_t *netdev = must(json_pack(
	    "{s:s, s:s, s:b}", "type", "tap", "id", id, "vhost", vhost));

	json_object_set_new(
	    netdev, one ? "fd" : "fds", names_of(d, 0, net->queues));
	if (vhost)
		json_object_set_new(netdev, one ? "vhostfd" : "vhostfds",
		    names_of(d, net->queues, net->queues));
	want_reply(run, RUN_MONITOR, cmd_netdev_add(netdev));
}

static void
del_netdev(struct run *run, void *subject)
{
	_free_ char *id = device_part(subject, NETDEV);

	want_reply(run, RUN_MONITOR, cmd_netdev_del(id));
}

/* Without its option ROM, which is for booting from it. */
static void
add_device(struct run *run, void *subject)
{
	const struct device *d = subject;
	const struct net *net = d->params;
	_free_ char *id = device_part(d, NETDEV);
	json_t *device = device_on_pci(d, "virtio-net-pci");

	json_object_update_new(device,
	    must(json_pack("{s:s, s:s*, s:s}", "netdev", id, "mac", net->mac,
		"romfile", "")));
	if (net->mtu)
		json_object_set_new(device, "host_mtu", json_integer(net->mtu));
	/* An interrupt for each queue, for control and for changes. */
	if (net->queues > 1)
		json_object_update_new(device,
		    must(json_pack("{s:b, s:I}", "mq", true, "vectors",
			(json_int_t)(2 * net->queues + 2))));
	want_reply(run, RUN_MONITOR, cmd_device_add(device));
}

/* The address may have been made only now. */
static void
wait_for_guest(struct run *run, void *subject)
{
	struct device *d = subject;
	const struct net *net = d->params;

	d->mac = net->mac;
	device_wait_for_interface(run, d);
}

const struct step net_steps[] = {
	{ "mark", add_mark, del_mark, has_mark },
	{ "left descriptors", close_left_ones, NULL, is_not_begun },
	{ "descriptors", send_descriptors, take_back_descriptors, has_netdev },
	{ "netdev", add_netdev, del_netdev, has_netdev },
	{ "device", add_device, device_unplug, device_is_there },
	{ "guest", wait_for_guest, NULL, device_guest_has_it },
	{ NULL },
};
