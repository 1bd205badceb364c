/* NICs that a vhost-user backend has (Open vSwitch, DPDK), as a netdev
 * vhost-user and a virtio-net-pci device. */

#include "commands.h"
#include "feature.h"
#include "mac.h"
#include "part.h"
#include "placement.h"
#include "run.h"
#include "vhost-user.h"

#define CHARDEV 'N'
#define NETDEV 'M'
#define QUEUES_MAX 256

struct vhost_user_net {
	struct vhost_user user;
	char *mac;
	int64_t mtu; /* 0: the backend's */
	int64_t queues; /* pairs; 0: one */
};

static const struct decode_row rows[] = {
	VHOST_USER_ROWS,
	{ "mac", DECODE_STRING, offsetof(struct vhost_user_net, mac),
	    .required = true, .help = "address of the guest's interface" },
	{ "mtu", DECODE_INT, offsetof(struct vhost_user_net, mtu), .min = 68,
	    .max = 65535, .help = "what the guest is told (default: nothing)" },
	{ "queues", DECODE_INT, offsetof(struct vhost_user_net, queues),
	    .min = 1, .max = QUEUES_MAX,
	    .help = "pairs of queues; the backend must have as many "
		    "(default 1)" },
	{ NULL },
};

/* Its name ends in ".QUEUES" where there are more than one, as QEMU does not
 * tell; the caller frees. */
static char *
netdev_of(const struct device *d)
{
	const struct vhost_user_net *net = d->params;
	_free_ char *name = device_part(d, NETDEV);

	return net->queues > 1 ? xasprintf("%s.%d", name, (int)net->queues)
			       : TAKE(name);
}

/* The one that is there, whatever its queues; borrowed. */
static const char *
find_netdev(const struct actual *a, const struct device *d)
{
	const char *id;
	json_t *type;

	json_object_foreach (a->netdevs, id, type)
		if (part_role(id) == NETDEV && part_is_of(id, d->id))
			return id;
	return NULL;
}

/* ---- the steps ---- */

static enum verdict
probed_chardevs(struct run *run, void *subject, const json_t *value)
{
	_free_ char *name = vhost_user_chardev(subject);
	size_t i;
	json_t *v;

	json_array_foreach (value, i, v)
		if (str_eq(
			json_string_value(json_object_get(v, "label")), name))
			return NOT_YET;
	return MET;
}

/* A netdev takes its character device with it when it goes, and when it
 * could not be made. */
static void
del_chardev(struct run *run, void *subject)
{
	_free_ char *name = vhost_user_chardev(subject);

	want_try(run, RUN_MONITOR, cmd_chardev_remove(name), NULL);
	want_until(run,
	    &(struct wait){
		.what = "its character device to go",
		.probe = cmd_query_chardev(),
		.probed = probed_chardevs,
		.silence = PLAN_FAILED,
	    });
}

static void
add_netdev(struct run *run, void *subject)
{
	const struct device *d = subject;
	const struct vhost_user_net *net = d->params;
	_free_ char *id = netdev_of(d), *chardev = vhost_user_chardev(d);

	want_reply(run, RUN_MONITOR,
	    cmd_netdev_add(must(json_pack("{s:s, s:s, s:s, s:I}", "type",
		"vhost-user", "id", id, "chardev", chardev, "queues",
		(json_int_t)MAX(net->queues, 1)))));
}

static void
del_netdev(struct run *run, void *subject)
{
	_free_ char *id = netdev_of(subject);

	want_reply(run, RUN_MONITOR, cmd_netdev_del(id));
}

static bool
has_netdev(const struct actual *a, const void *subject)
{
	return find_netdev(a, subject) != NULL;
}

/* An interrupt for each queue, for control and for changes. */
static int64_t
vectors_of(const struct device *d)
{
	const struct vhost_user_net *net = d->params;

	return d->no_vhost_msix ? 0 : 2 * MAX(net->queues, 1) + 2;
}

/* Without its option ROM, which is for booting from it. */
static void
add_device(struct run *run, void *subject)
{
	const struct device *d = subject;
	const struct vhost_user_net *net = d->params;
	_free_ char *netdev = netdev_of(d);
	json_t *device = device_on_pci(d, "virtio-net-pci");

	json_object_update_new(device,
	    must(json_pack("{s:s, s:s*, s:s}", "netdev", netdev, "mac",
		net->mac, "romfile", "")));
	if (net->mtu)
		json_object_set_new(device, "host_mtu", json_integer(net->mtu));
	if (net->queues > 1)
		json_object_set_new(device, "mq", json_true());
	json_object_set_new(device, "vectors", json_integer(vectors_of(d)));
	want_reply(run, RUN_MONITOR, cmd_device_add(device));
}

static const struct step steps[] = {
	{ "character device", vhost_user_add_chardev, del_chardev,
	    vhost_user_has_chardev },
	{ "netdev", add_netdev, del_netdev, has_netdev },
	{ "device", add_device, device_unplug, device_is_there },
	{ "guest", device_wait_for_interface, NULL, device_guest_has_it },
	{ NULL },
};

/* ---- what can be known before ---- */

static int
check(struct device *d, struct err *e)
{
	struct vhost_user_net *net = d->params;

	if (mac_check(net->mac, e) < 0)
		return err_wrap(e, "mac");
	d->mac = net->mac;
	return vhost_user_check(d, e);
}

static int
same(const struct device *d, const struct actual *a, struct err *e)
{
	const struct vhost_user_net *net = d->params;
	const char *mac = device_text(d, a, "mac");

	if (mac && strcasecmp(mac, net->mac) != 0)
		return err_set(e,
		    "it is there with mac %s, not %s; remove it first", mac,
		    net->mac);
	return vhost_user_same(d, a, e);
}

static void
recall(struct device *d, const struct actual *a)
{
	struct vhost_user_net *net = d->params;
	const char *netdev = find_netdev(a, d);
	const char *queues = netdev ? part_suffix(netdev) : NULL;

	vhost_user_recall(d, a);
	net->mac = xstrdup0(device_text(d, a, "mac"));
	d->mac = net->mac;
	net->mtu = device_number(d, a, "host_mtu");
	net->queues = queues ? strtol(queues, NULL, 10) : 1;
	net->queues = MIN(MAX(net->queues, 1), QUEUES_MAX);
}

static const char *const drivers[] = { "virtio-net-pci",
	"virtio-net-pci-transitional", "virtio-net-pci-non-transitional",
	NULL };

static const char *const properties[] = { "mac", "host_mtu", NULL };

const struct device_type device_vhost_user_net = {
	.name = "vhost-user-net",
	.words = "vhost-user interface",
	.drivers = drivers,
	.roles = (const char[]){ CHARDEV, NETDEV, '\0' },
	.properties = properties,
	.rows = rows,
	.params_size = sizeof(struct vhost_user_net),
	.needs_shared_memory = true,
	.features = VHOST_USER_FEATURES,
	.check = check,
	.check_host = vhost_user_check_host,
	.same = same,
	.recall = recall,
	.place = place_on_pci,
	.steps = steps,
	.sample = "socket=@socket@ mac=52:54:00:aa:bb:cc mtu=1400 queues=2 "
		  "reconnect=1000",
};
