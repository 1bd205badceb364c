/*
 * The fake's network backends and the descriptors that they take: what
 * netdev_add wants, what netdev_del leaves, and how HMP prints it all.
 */
#include "model.h"

const struct kind netdev_kinds[] = {
	{ "user", "",
	    "hostname restrict ipv4 ipv6 net host tftp bootfile dhcpstart "
	    "dns dnssearch domainname ipv6-prefix smb hostfwd guestfwd" },
	{ "tap", "",
	    "ifname fd fds script downscript br helper sndbuf vnet_hdr vhost "
	    "vhostfd vhostfds vhostforce queues poll-us" },
	{ "socket", "", "fd listen connect mcast localaddr udp" },
	{ "stream@7.2", "addr", "server reconnect@8.0!11.1 reconnect-ms@9.2" },
	{ "hubport", "hubid", "netdev" },
	{ "vhost-user", "chardev", "vhostforce queues" },
	{ "vhost-vdpa", "", "vhostdev vhostfd queues x-svq" },
	{ NULL },
};

/* ---- descriptors ---- */

struct passed_fd *
fd_find(const struct fake *fake, const char *name)
{
	struct passed_fd *fd;

	TAILQ_FOREACH (fd, &fake->fds, entry)
		if (str_eq(fd->name, name))
			return fd;
	return NULL;
}

void
fd_free(struct fake *fake, struct passed_fd *fd)
{
	if (!fd)
		return;
	TAILQ_REMOVE(&fake->fds, fd, entry);
	close(fd->fd);
	free(fd->name);
	free(fd);
}

json_t *
getfd(struct fake *fake, const json_t *arguments)
{
	const char *name = text_of(arguments, "fdname");
	int fd = side_take_fd(&fake->sides[FAKE_MONITOR]);
	struct passed_fd *passed;

	if (fd < 0)
		return refuse(fake, GENERIC,
		    "No file descriptor supplied via SCM_RIGHTS");
	fd_free(fake, fd_find(fake, name));
	passed = xcalloc(1, sizeof(*passed));
	passed->name = xstrdup(name);
	passed->fd = fd;
	TAILQ_INSERT_TAIL(&fake->fds, passed, entry);
	return nothing();
}

json_t *
closefd(struct fake *fake, const json_t *arguments)
{
	const char *name = text_of(arguments, "fdname");
	struct passed_fd *fd = fd_find(fake, name);

	if (!fd)
		return refuse(fake, GENERIC,
		    "File descriptor named '%s' not found", name);
	fd_free(fake, fd);
	return nothing();
}

/* ---- adding ---- */

static const char *const fd_keys[] = { "fd", "fds", "vhostfd", "vhostfds" };

/* Each name goes off the list, also if a later one is not there. */
static int
take_fds(struct fake *fake, const char *names)
{
	_free_ char *copy = xstrdup(names);
	char *rest = copy, *name;

	while ((name = strsep(&rest, ":"))) {
		struct passed_fd *fd = fd_find(fake, name);

		if (!fd) {
			refuse(fake, GENERIC,
			    "File descriptor named '%s' has not been found",
			    name);
			return -1;
		}
		fd_free(fake, fd);
	}
	return 0;
}

static int
take_all_fds(struct fake *fake, const json_t *options)
{
	const char *names;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(fd_keys); i++) {
		names = text_of(options, fd_keys[i]);
		if (names && take_fds(fake, names) < 0)
			return -1;
	}
	return 0;
}

/* That somebody else uses it QEMU only tells its log. */
static int
take_chardev(struct fake *fake, const json_t *options)
{
	const char *name = text_of(options, "chardev");
	struct item *chardev = item_find(&fake->chardevs, name);

	if (!name)
		return 0;
	if (!chardev)
		refuse(fake, GENERIC, "chardev \"%s\" not found", name);
	else if (!str_eq(chardev->type, "socket"))
		refuse(
		    fake, GENERIC, "chardev \"%s\" is not reconnectable", name);
	else if (chardev->user)
		refuse(fake, GENERIC,
		    "Device 'vhost-user' could not be initialized");
	else {
		chardev->user = xstrdup(text_of(options, "id"));
		return 0;
	}
	return -1;
}

static int
check_netdev(struct fake *fake, const json_t *options)
{
	const char *id = text_of(options, "id");
	const char *type = text_of(options, "type");
	const struct kind *kind = kind_find(fake, netdev_kinds, type);
	_free_ char *needs = kind ? xasprintf("type id %s", kind->needs) : NULL;

	if (!kind)
		refuse(fake, GENERIC,
		    "Parameter 'type' does not accept value '%s'", type);
	else if (words_check(fake, "", options, needs, kind->takes) < 0)
		return -1;
	else if (!is_identifier(id))
		refuse(fake, GENERIC, "Parameter 'id' expects an identifier");
	else if (item_find(&fake->netdevs, id))
		refuse(fake, GENERIC, "Duplicate ID '%s'", id);
	else
		return 0;
	return -1;
}

json_t *
netdev_add(struct fake *fake, const json_t *arguments)
{
	const char *id = text_of(arguments, "id");
	const char *type = text_of(arguments, "type");

	if (check_netdev(fake, arguments) < 0 ||
	    take_chardev(fake, arguments) < 0 ||
	    take_all_fds(fake, arguments) < 0)
		return NULL;
	item_add(&fake->netdevs, id, type, arguments);
	if (str_eq(type, "vhost-user") && fake->options.major >= 10)
		emit(fake, "NETDEV_VHOST_USER_CONNECTED",
		    json_pack("{s:s, s:s}", "netdev-id", id, "chardev-id",
			text_of(arguments, "chardev")));
	return nothing();
}

/* ---- removing ---- */

/* A NIC that uses it does not mind: it keeps what is left of it until it goes
 * itself. A vhost-user backend takes its chardev with it. */
json_t *
netdev_del(struct fake *fake, const json_t *arguments)
{
	const char *id = text_of(arguments, "id");
	struct item *netdev = item_find(&fake->netdevs, id), *chardev;

	if (!netdev)
		return refuse(fake, NOT_FOUND, "Device '%s' not found", id);
	chardev =
	    item_find(&fake->chardevs, text_of(netdev->options, "chardev"));
	if (chardev)
		item_free(&fake->chardevs, chardev);
	if (netdev->user) {
		TAILQ_REMOVE(&fake->netdevs, netdev, entry);
		TAILQ_INSERT_TAIL(&fake->orphans, netdev, entry);
	} else {
		item_free(&fake->netdevs, netdev);
	}
	return nothing();
}

void
netdev_release(struct fake *fake, struct item *netdev)
{
	struct item *orphan;

	free(TAKE(netdev->user));
	TAILQ_FOREACH (orphan, &fake->orphans, entry)
		if (orphan == netdev) {
			item_free(&fake->orphans, orphan);
			return;
		}
}

/* ---- info network ---- */

static unsigned
queues_of(const struct item *netdev)
{
	const char *fds = text_of(netdev->options, "fds");
	json_int_t queues = number_of(netdev->options, "queues");
	unsigned n = 1;

	for (; fds && (fds = strchr(fds, ':')); fds++)
		n++;
	return queues > 0 ? (unsigned)queues : n;
}

/* What stands behind its type. */
static char *
details(const struct item *netdev, unsigned nth)
{
	const char *ifname = text_of(netdev->options, "ifname");
	const char *chardev = text_of(netdev->options, "chardev");

	if (str_eq(netdev->type, "user"))
		return xstrdup("net=10.0.2.0,restrict=off");
	if (chardev)
		return xasprintf("vhost-user%u to %s", nth, chardev);
	if (ifname)
		return xasprintf("ifname=%s,script=no,downscript=no", ifname);
	if (str_eq(netdev->type, "tap"))
		return xasprintf("fd=%u", 20 + nth);
	return xstrdup("");
}

static void
print_netdev(FILE *to, const struct item *netdev, unsigned index, unsigned nth)
{
	_free_ char *text = details(netdev, nth);

	fprintf(to, "%s: index=%u,type=%s,%s\r\n", netdev->id, index,
	    netdev->type, text);
}

/* All queues of an unused one have the index 0. */
static void
print_unused(FILE *to, const struct item *netdev)
{
	unsigned i;

	for (i = 0; i < queues_of(netdev); i++)
		print_netdev(to, netdev, 0, i);
}

static void
print_nic(FILE *to, const struct device *device)
{
	unsigned i, n = device->netdev ? queues_of(device->netdev) : 1;

	for (i = 0; i < n; i++) {
		fprintf(to, "%s: index=%u,type=nic,", device->id, i);
		if (i == 0)
			fprintf(to, "model=%s,macaddr=%s", device->driver,
			    device->mac);
		fprintf(to, "\r\n");
		if (!device->netdev)
			continue;
		fprintf(to, " \\ ");
		print_netdev(to, device->netdev, i, i);
	}
}

static char *
info_network(const struct fake *fake)
{
	const struct item *netdev;
	const struct device *device;
	char *text = NULL;
	size_t size;
	FILE *to = must(open_memstream(&text, &size));

	TAILQ_FOREACH (netdev, &fake->netdevs, entry)
		if (!netdev->user)
			print_unused(to, netdev);
	TAILQ_FOREACH (device, &fake->devices, entry)
		if (device->mac)
			print_nic(to, device);
	fclose(to);
	return must(text);
}

json_t *
human_monitor_command(struct fake *fake, const json_t *arguments)
{
	const char *line = text_of(arguments, "command-line");
	_free_ char *text = str_eq(line, "info network")
	    ? info_network(fake)
	    : xasprintf("unknown command: '%s'\r\n", line);

	return must(json_string(text));
}

/* ---- the guest's part ---- */

json_t *
agent_get_interfaces(struct fake *fake, const json_t *arguments)
{
	json_t *list = must(json_pack("[{s:s, s:s, s:[{s:s, s:s, s:i}]}]",
	    "name", "lo", "hardware-address", "00:00:00:00:00:00",
	    "ip-addresses", "ip-address-type", "ipv4", "ip-address",
	    "127.0.0.1", "prefix", 8));
	const struct device *device;
	unsigned n = 0;

	TAILQ_FOREACH (device, &fake->devices, entry) {
		_free_ char *name = xasprintf("eth%u", n);

		if (!device->mac || !device->is_seen)
			continue;
		n++;
		json_array_append_new(list,
		    json_pack("{s:s, s:s}", "name", name, "hardware-address",
			device->mac));
	}
	return list;
}
