/* NICs: a tap or a macvtap of the host, in any network namespace, as a
 * virtio-net-pci device, by a mark that says which tap, a descriptor for each
 * queue, a netdev and the device. */

#include "commands.h"
#include "device.h"
#include "mark.h"
#include "netns.h"
#include "part.h"
#include "placement.h"
#include "run.h"
#include "tap.h"
#include <ctype.h>
#include <fcntl.h>

enum vhost { VHOST_AUTO, VHOST_ON, VHOST_OFF };

struct net {
	char *tap; /* NULL: given as descriptors */
	char *netns;
	char *fds;
	char *mac; /* in small letters */
	int64_t queues, mtu; /* 0: not given */
	int vhost;
	bool sent; /* QEMU may have descriptors that it has not used */
};

static const char *const vhosts[] = { "auto", "on", "off", NULL };

static const struct decode_row rows[] = {
	{ "tap", DECODE_STRING, offsetof(struct net, tap),
	    .help = "tap or macvtap interface of the host" },
	{ "netns", DECODE_STRING, offsetof(struct net, netns),
	    .help = "its network namespace, a name or a path (default: ours)" },
	{ "fds", DECODE_STRING, offsetof(struct net, fds),
	    .help = "instead of tap: inherited descriptors of one, as 3:4" },
	{ "queues", DECODE_INT, offsetof(struct net, queues), .min = 1,
	    .max = TAP_QUEUES_MAX, .help = "pairs of queues (default 1)" },
	{ "vhost", DECODE_ENUM, offsetof(struct net, vhost), .names = vhosts,
	    .help = "auto (default: where the host has vhost-net), on, off" },
	{ "mac", DECODE_STRING, offsetof(struct net, mac),
	    .help = "address of the guest's NIC (default: made of the tap's)" },
	{ "mtu", DECODE_INT, offsetof(struct net, mtu), .min = 68, .max = 65535,
	    .help = "largest packet of the guest (default: the tap's own)" },
	{ NULL },
};

/* The letters of its parts. */
#define NETDEV 'n'
#define TAP 't' /* the mark, and the names of descriptors */

/* ---- which tap: the mark ---- */

/*
 * QEMU has descriptors and does not know whose: the mark remembers it for a
 * removal's undo, and for whoever wants to know whether it is the right one.
 */
#define MARK_FIELDS 4

static char *
mark_of(const struct device *d)
{
	const struct net *net = d->params;
	_free_ char *queues = xasprintf("%d", (int)net->queues);
	const char *fields[MARK_FIELDS] = { net->tap, net->netns, queues,
		vhosts[net->vhost] };
	_free_ char *name = device_part(d, TAP);
	_free_ char *suffix = mark_join(fields, MARK_FIELDS);

	return xasprintf("%s.%s", name, suffix);
}

/* The name of the mark that is there, or NULL; borrowed. */
static const char *
find_mark(const struct actual *a, const struct device *d)
{
	size_t n, i;
	_free_ const char **parts = actual_parts(a, &n);

	for (i = 0; i < n; i++)
		if (part_role(parts[i]) == TAP && part_is_of(parts[i], d->id))
			return parts[i];
	return NULL;
}

static void
recall_mark(struct net *net, const char *mark)
{
	char *fields[MARK_FIELDS];
	size_t i;

	if (!mark || !mark_split(part_suffix(mark), fields, MARK_FIELDS))
		return;
	if (*fields[0])
		net->tap = TAKE(fields[0]);
	if (*fields[1])
		net->netns = TAKE(fields[1]);
	net->queues = strtol(fields[2], NULL, 10);
	net->queues = MIN(MAX(net->queues, 1), TAP_QUEUES_MAX);
	while (vhosts[net->vhost + 1] &&
	    !str_eq(vhosts[net->vhost], fields[3]))
		net->vhost++;
	for (i = 0; i < MARK_FIELDS; i++)
		free(fields[i]);
}

/* One that was begun and not brought to its end. */
static bool
is_begun(const struct actual *a, const struct device *d)
{
	return find_mark(a, d) && !device_has_part(a, d, NETDEV);
}

static void
recall(struct device *d, const struct actual *a)
{
	struct net *net = d->params;

	recall_mark(net, find_mark(a, d));
	net->mac = xstrdup0(device_text(d, a, "mac"));
	net->mtu = device_number(d, a, "host_mtu");
	net->sent = is_begun(a, d);
}

/* ---- the steps ---- */

static void
add_mark(struct run *run, void *subject)
{
	_free_ char *name = mark_of(subject);

	want_reply(run, RUN_MONITOR,
	    cmd_object_add(must(json_pack(
		"{s:s, s:s}", "qom-type", "throttle-group", "id", name))));
}

static bool
has_mark(const struct actual *a, const void *subject)
{
	return find_mark(a, subject) != NULL;
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

static void
on_closed(struct run *run, void *subject, const json_t *value)
{
}

/* QEMU says no to those that its netdev has taken: that is as good. */
static void
close_descriptors(struct run *run, void *subject)
{
	const struct device *d = subject;
	struct net *net = d->params;
	int64_t i;
	int vhost;

	for (i = 0; net->sent && i < net->queues; i++)
		for (vhost = 0; vhost <= (net->vhost == VHOST_ON); vhost++) {
			_free_ char *name = descriptor_name(d, i, vhost);

			want_try(
			    run, RUN_MONITOR, cmd_closefd(name), on_closed);
		}
	net->sent = false;
}

static bool
is_not_begun(const struct actual *a, const void *subject)
{
	return !is_begun(a, subject);
}

/* As long as QEMU has them, the tap is in use. */
static void
close_left_ones(struct run *run, void *subject)
{
	struct net *net = ((struct device *)subject)->params;

	net->sent = true;
	close_descriptors(run, subject);
}

static void
del_mark(struct run *run, void *subject)
{
	_free_ char *name = mark_of(subject);

	close_descriptors(run, subject);
	want_reply(run, RUN_MONITOR, cmd_object_del(name));
}

/* The descriptors that were given, as numbers; how many they are, or -1. */
static int
parse_fds(const char *text, int fds[TAP_QUEUES_MAX])
{
	int n = 0;
	char *end;

	for (;; text = end + 1) {
		unsigned long fd = strtoul(text, &end, 10);

		if (n == TAP_QUEUES_MAX || *text < '0' || *text > '9' ||
		    fd > INT32_MAX || (*end && *end != ':'))
			return -1;
		fds[n++] = (int)fd;
		if (!*end)
			return n;
	}
}

/* Copies of those that were given, or the tap opened so often. */
static int
open_queues(const struct net *net, int fds[TAP_QUEUES_MAX], struct err *e)
{
	int64_t i;

	if (net->tap)
		return tap_open(
		    net->netns, net->tap, fds, (size_t)net->queues, e);
	if (!net->fds || parse_fds(net->fds, fds) != net->queues)
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
		char *longer =
		    xasprintf("%s%s%s", names, i ? ":" : "", name);

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
		json_object_set_new(
		    device, "host_mtu", json_integer(net->mtu));
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
		const char *mac = json_string_value(
		    json_object_get(v, "hardware-address"));
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

static const struct step steps[] = {
	{ "mark", add_mark, del_mark, has_mark },
	{ "left descriptors", close_left_ones, NULL, is_not_begun },
	{ "descriptors", send_descriptors, close_descriptors, has_netdev },
	{ "netdev", add_netdev, del_netdev, has_netdev },
	{ "device", add_device, device_unplug, device_is_there },
	{ "guest", wait_for_guest, NULL, device_guest_has_it },
	{ NULL },
};

/* ---- what can be known before ---- */

/* Six bytes in hexadecimal, the address of one and not of a group. */
static int
check_mac(char *mac, struct err *e)
{
	static const char form[] = "xx:xx:xx:xx:xx:xx";
	size_t n = strlen(mac), i;
	unsigned first = 0;

	for (i = 0; i < n; i++)
		mac[i] = (char)tolower((unsigned char)mac[i]);
	for (i = 0; i < sizeof(form) - 1 && mac[i]; i++)
		if (form[i] == 'x' ? !strchr("0123456789abcdef", mac[i])
				   : mac[i] != ':')
			break;
	if (i < sizeof(form) - 1 || n != i || sscanf(mac, "%2x", &first) != 1)
		return err_set(e,
		    "mac: six bytes such as 52:54:00:12:34:56 are wanted");
	if (first & 1 || strspn(mac, "0:") == n)
		return err_set(e,
		    "mac: %s is not the address of one NIC: the first byte is "
		    "even, and not all are 0",
		    mac);
	return 0;
}

/* Parameters that only make sense with descriptors, or without. */
static int
check_fds(struct net *net, struct err *e)
{
	int fds[TAP_QUEUES_MAX];
	int n = parse_fds(net->fds, fds);

	if (n < 0)
		return err_set(e,
		    "fds: numbers of inherited descriptors are wanted, such "
		    "as 3 or 3:4");
	if (net->netns)
		return err_set(e, "netns: it only goes with tap, not with fds");
	if (net->queues && net->queues != n)
		return err_set(e,
		    "queues: %d, but fds are %d: a descriptor for each queue "
		    "is wanted",
		    (int)net->queues, n);
	if (!net->mac)
		return err_set(e, "mac: it must be given with fds");
	net->queues = n;
	return 0;
}

static int
check(struct device *d, struct err *e)
{
	struct net *net = d->params;

	if (!net->tap == !net->fds)
		return err_set(e, "one of tap and fds is wanted%s",
		    net->tap ? ", not both" : "");
	if (net->mac && check_mac(net->mac, e) < 0)
		return -1;
	if (net->fds)
		return check_fds(net, e);
	if (tap_check_name(net->tap, e) < 0)
		return err_wrap(e, "tap");
	if (net->netns && netns_check(net->netns, e) < 0)
		return err_wrap(e, "netns");
	net->queues = MAX(net->queues, 1);
	return 0;
}

static int
differs(const char *key, const char *there, const char *wanted, struct err *e)
{
	return err_set(e, "it is there with %s %s, not %s; remove it first",
	    key, there ? there : "of its own", wanted ? wanted : "of its own");
}

static bool
is_same_text(const char *a, const char *b)
{
	return (!a && !b) || str_eq(a, b);
}

/* What is there against what is wanted; what nobody asked for may differ. */
static int
compare(const struct net *there, const struct net *net, struct err *e)
{
	if (!is_same_text(there->tap, net->tap))
		return differs("tap", there->tap, net->tap, e);
	if (!is_same_text(there->netns, net->netns))
		return differs("netns", there->netns, net->netns, e);
	if (there->queues != net->queues)
		return err_set(e,
		    "it is there with queues %d, not %d; remove it first",
		    (int)there->queues, (int)net->queues);
	if (net->vhost != VHOST_AUTO && net->vhost != there->vhost)
		return differs(
		    "vhost", vhosts[there->vhost], vhosts[net->vhost], e);
	if (net->mac && there->mac && !str_eq(there->mac, net->mac))
		return differs("mac", there->mac, net->mac, e);
	if (net->mtu && there->mtu && there->mtu != net->mtu)
		return err_set(e,
		    "it is there with mtu %d, not %d; remove it first",
		    (int)there->mtu, (int)net->mtu);
	return 0;
}

static int
same(const struct device *d, const struct actual *a, struct err *e)
{
	struct device *there = device_leftover(d->type, d->id);
	int rc = 0;

	recall(there, a);
	if (find_mark(a, d))
		rc = compare(there->params, d->params, e);
	else if (actual_device(a, d->id))
		rc = err_set(e,
		    "the id is taken by a NIC that qmpd did not add (netdev "
		    "%s)",
		    device_text(d, a, "netdev") ? device_text(d, a, "netdev")
						: "unknown");
	device_free(there);
	return rc;
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
	int n = parse_fds(net->fds, fds), i;

	for (i = 0; i < n; i++)
		if (tap_check_fd(fds[i], e) < 0)
			return err_wrap(e, "fds");
	return 0;
}

static int
check_host(const struct device *d, const struct actual *a, struct err *e)
{
	const struct net *net = d->params;
	_close_ int vhost =
	    net->vhost == VHOST_ON ? vhost_net_open(e) : -1;

	if (net->vhost == VHOST_ON && vhost < 0)
		return err_wrap(e, "vhost on");
	if (net->fds)
		return check_given(net, e);
	/* A try that was not brought to its end has it open. */
	if (check_tap(net, find_mark(a, d), e) < 0)
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
		    is_same_text(other->netns, net->netns))
			return err_set(
			    e, "tap %s: it is also that of %s", net->tap, o->id);
	}
	return 0;
}

/* What was left to the host. */
static int
decide(struct net *net, struct err *e)
{
	_close_ int vhost = vhost_net_open(NULL);
	struct tap tap;
	const uint8_t *m = tap.guest_mac;

	if (net->vhost == VHOST_AUTO)
		net->vhost = vhost < 0 ? VHOST_OFF : VHOST_ON;
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

static int
place(struct placement *placement, struct device *d, struct err *e)
{
	if (check_others(placement, d, e) < 0 || decide(d->params, e) < 0)
		return -1;
	return place_on_pci(placement, d, e);
}

static const char *const drivers[] = { "virtio-net-pci",
	"virtio-net-pci-transitional", "virtio-net-pci-non-transitional",
	NULL };

static const char *const properties[] = { "mac", "host_mtu", "netdev", NULL };

const struct device_type device_net = {
	.name = "net",
	.words = "NIC",
	.drivers = drivers,
	.roles = (const char[]){ NETDEV, TAP, '\0' },
	.properties = properties,
	.rows = rows,
	.params_size = sizeof(struct net),
	.check = check,
	.check_host = check_host,
	.same = same,
	.recall = recall,
	.place = place,
	.steps = steps,
	.sample = "tap=tap0 netns=pod queues=2",
};
