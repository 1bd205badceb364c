/* NICs: a tap or a macvtap of the host, in any network namespace, as a
 * virtio-net-pci device, by a mark that says which tap, a descriptor for each
 * queue, a netdev and the device. */

#include "mac.h"
#include "mark.h"
#include "net-internal.h"
#include "netns.h"
#include "part.h"

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

/* ---- which tap: the mark ---- */

/*
 * QEMU has descriptors and does not know whose: the mark remembers it for a
 * removal's undo, and for whoever wants to know whether it is the right one.
 */
#define MARK_FIELDS 4

char *
net_mark(const struct device *d)
{
	const struct net *net = d->params;
	_free_ char *queues = xasprintf("%d", (int)net->queues);
	const char *fields[MARK_FIELDS] = { net->tap, net->netns, queues,
		vhosts[net->vhost] };
	_free_ char *name = device_part(d, TAP);
	_free_ char *suffix = mark_join(fields, MARK_FIELDS);

	return xasprintf("%s.%s", name, suffix);
}

const char *
net_find_mark(const struct actual *a, const struct device *d)
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
	while (vhosts[net->vhost + 1] && !str_eq(vhosts[net->vhost], fields[3]))
		net->vhost++;
	for (i = 0; i < MARK_FIELDS; i++)
		free(fields[i]);
}

bool
net_is_begun(const struct actual *a, const struct device *d)
{
	return net_find_mark(a, d) && !device_has_part(a, d, NETDEV);
}

static void
recall(struct device *d, const struct actual *a)
{
	struct net *net = d->params;

	recall_mark(net, net_find_mark(a, d));
	net->mac = xstrdup0(device_text(d, a, "mac"));
	net->mtu = device_number(d, a, "host_mtu");
	net->left = net_is_begun(a, d);
}

/* ---- what can be known before ---- */

int
net_parse_fds(const char *text, int fds[TAP_QUEUES_MAX])
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

/* Parameters that only make sense with descriptors, or without. */
static int
check_fds(struct net *net, struct err *e)
{
	int fds[TAP_QUEUES_MAX];
	int n = net_parse_fds(net->fds, fds);

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
	if (net->mac && mac_check(net->mac, e) < 0)
		return err_wrap(e, "mac");
	if (net->fds)
		return check_fds(net, e);
	if (tap_check_name(net->tap, e) < 0)
		return err_wrap(e, "tap");
	if (net->netns && netns_check(net->netns, e) < 0)
		return err_wrap(e, "netns");
	if (net->netns)
		netns_shorten(net->netns);
	net->queues = MAX(net->queues, 1);
	return 0;
}

static int
differs(const char *key, const char *there, const char *wanted, struct err *e)
{
	return err_set(e, "it is there with %s %s, not %s; remove it first",
	    key, there ? there : "of its own", wanted ? wanted : "of its own");
}

/* What is there against what is wanted; what nobody asked for may differ. */
static int
compare(const struct net *there, const struct net *net, struct err *e)
{
	if (!str_same(there->tap, net->tap))
		return differs("tap", there->tap, net->tap, e);
	if (!str_same(there->netns, net->netns))
		return differs("netns", there->netns, net->netns, e);
	if (there->queues != net->queues)
		return err_set(e,
		    "it is there with queues %d, not %d; remove it first",
		    (int)there->queues, (int)net->queues);
	if (net->vhost != VHOST_AUTO && net->vhost != there->vhost)
		return differs(
		    "vhost", vhosts[there->vhost], vhosts[net->vhost], e);
	if (net->mac && there->mac && strcasecmp(there->mac, net->mac) != 0)
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
	if (net_find_mark(a, d))
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
	.check_host = net_check_host,
	.same = same,
	.recall = recall,
	.place = net_place,
	.steps = net_steps,
	.sample = "tap=wide0 netns=pod queues=2",
};
