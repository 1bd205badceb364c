/* A NIC's steps: a mark that says which tap it is on, a descriptor for each
 * queue, a netdev of them, the device, and the guest that has it. */

#include "commands.h"
#include "net-internal.h"
#include "run.h"
#include <fcntl.h>

static void
add_mark(struct run *run, void *subject)
{
	_free_ char *name = net_mark(subject);

	want_reply(run, RUN_MONITOR,
	    cmd_object_add(must(json_pack(
		"{s:s, s:s}", "qom-type", "throttle-group", "id", name))));
}

static bool
has_mark(const struct actual *a, const void *subject)
{
	return net_find_mark(a, subject) != NULL;
}

/* "qmpd.t.ID.0", or ".v0" for the vhost-net of that queue: how QEMU calls a
 * descriptor until it is used. It cannot be asked for those that it has; to
 * send one again replaces it. */
static char *
descriptor_name(const struct device *d, int64_t i, bool vhost)
{
	_free_ char *part = device_part(d, TAP);

	return xasprintf("%s.%s%d", part, vhost ? "v" : "", (int)i);
}

/*
 * QEMU cannot be asked which it has, and a netdev that it refused may have
 * taken some: each is replaced by one of no interest, which surely is there
 * to be closed. then gets the last answer; it may be NULL.
 */
static void
close_descriptors(struct run *run, struct device *d, run_value_fn *then)
{
	struct net *net = d->params;
	_close_ int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int64_t kinds = net->vhost == VHOST_ON ? 2 : 1, i;

	for (i = 0; i < kinds * net->queues; i++) {
		_free_ char *name = descriptor_name(d, i / kinds, i % kinds);
		bool last = i == kinds * net->queues - 1;

		want_reply_fd(run, RUN_MONITOR, cmd_getfd(name), null);
		want_value(
		    run, RUN_MONITOR, cmd_closefd(name), last ? then : NULL);
	}
	net->sent = false;
}

static void
take_back_descriptors(struct run *run, void *subject)
{
	struct device *d = subject;

	if (((struct net *)d->params)->sent)
		close_descriptors(run, d, NULL);
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
	close_descriptors(run, subject, NULL);
}

static void
object_del(struct run *run, void *subject, const json_t *value)
{
	_free_ char *name = net_mark(subject);

	want_reply(run, RUN_MONITOR, cmd_object_del(name));
}

/* The mark says that there may be descriptors: it goes after them. */
static void
del_mark(struct run *run, void *subject)
{
	struct device *d = subject;

	if (((struct net *)d->params)->sent)
		close_descriptors(run, d, object_del);
	else
		object_del(run, d, NULL);
}

/* Copies of those that were given, or the tap opened so often. */
static int
open_queues(const struct net *net, int fds[TAP_QUEUES_MAX], struct err *e)
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

/* The message that carries it has a copy. */
static void
send_descriptor(
    struct run *run, const struct device *d, int64_t i, bool vhost, int fd)
{
	_free_ char *name = descriptor_name(d, i, vhost);

	want_reply_fd(run, RUN_MONITOR, cmd_getfd(name), fd);
	if (fd >= 0)
		close(fd);
}

static void
send_descriptors(struct run *run, void *subject)
{
	const struct device *d = subject;
	struct net *net = d->params;
	bool rehearsal = run_is_rehearsal(run);
	int fds[TAP_QUEUES_MAX];
	struct err e;
	int64_t i;

	if (!rehearsal && open_queues(net, fds, &e) < 0) {
		run_refuse(run, "%s", e.text);
		return;
	}
	net->sent = true;
	for (i = 0; i < net->queues; i++) {
		send_descriptor(run, d, i, false, rehearsal ? -1 : fds[i]);
		if (net->vhost == VHOST_ON)
			send_descriptor(run, d, i, true,
			    rehearsal ? -1 : vhost_net_open(NULL));
	}
}

static bool
has_netdev(const struct actual *a, const void *subject)
{
	return device_has_part(a, subject, NETDEV);
}

/* The names of all queues' descriptors, as "a:b". */
static json_t *
descriptor_names(const struct device *d, bool vhost)
{
	const struct net *net = d->params;
	char *names = xstrdup("");
	json_t *out;
	int64_t i;

	for (i = 0; i < net->queues; i++) {
		_free_ char *name = descriptor_name(d, i, vhost);
		char *longer = xasprintf("%s%s%s", names, i ? ":" : "", name);

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
	    netdev, one ? "fd" : "fds", descriptor_names(d, false));
	if (vhost)
		json_object_set_new(netdev, one ? "vhostfd" : "vhostfds",
		    descriptor_names(d, true));
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

/* guest-network-get-interfaces: one has this NIC's address. */
static enum verdict
probed_interfaces(struct run *run, void *subject, const json_t *value)
{
	const struct net *net = ((const struct device *)subject)->params;
	size_t i;
	json_t *v;

	json_array_foreach (value, i, v) {
		const char *mac =
		    json_string_value(json_object_get(v, "hardware-address"));
		const char *name =
		    json_string_value(json_object_get(v, "name"));

		if (!mac || strcasecmp(mac, net->mac) != 0)
			continue;
		run_note(run, "%s, %s, confirmed by the guest agent",
		    name ? name : "there", net->mac);
		return MET;
	}
	return NOT_YET;
}

static void
wait_for_guest(struct run *run, void *subject)
{
	const struct device *d = subject;
	const struct net *net = d->params;

	if (!(d->ask & ASK_INTERFACES) || !net->mac) {
		device_wait_for_guest(run, subject);
		return;
	}
	want_until(run,
	    &(struct wait){
		.what = "the guest to show it",
		.side = RUN_AGENT,
		.probe = cmd_guest_network_get_interfaces(),
		.probed = probed_interfaces,
		.silence = PLAN_PENDING,
	    });
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
