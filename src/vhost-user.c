/* What the vhost-user families share. */

#include "vhost-user.h"
#include "commands.h"
#include "feature.h"
#include "host.h"
#include "part.h"
#include "run.h"
#include <sys/socket.h>
#include <sys/un.h>

#define QUEUES_MAX 1024 /* QEMU: VIRTIO_QUEUE_MAX */

/* ---- the character device ---- */

char *
vhost_user_chardev(const struct device *d)
{
	const struct vhost_user *user = d->params;
	_free_ char *name = device_part(d, d->type->roles[0]);

	return user->reconnect ? xasprintf("%s.%d", name, (int)user->reconnect)
			       : TAKE(name);
}

/* The one that is there, whether it reconnects or not; borrowed. */
static const char *
find_chardev(const struct actual *a, const struct device *d)
{
	const char *label;
	json_t *filename;

	json_object_foreach (a->chardevs, label, filename)
		if (part_role(label) == d->type->roles[0] &&
		    part_is_of(label, d->id))
			return label;
	return NULL;
}

/* QEMU before 9.2 only knows seconds. */
static void
set_reconnect(const struct device *d, json_t *data)
{
	const struct vhost_user *user = d->params;

	if (user->reconnect && d->features & FEATURE_RECONNECT_MS)
		json_object_set_new(
		    data, "reconnect-ms", json_integer(user->reconnect));
	else if (user->reconnect && d->features & FEATURE_RECONNECT)
		json_object_set_new(data, "reconnect",
		    json_integer((user->reconnect + 999) / 1000));
}

void
vhost_user_add_chardev(struct run *run, void *device)
{
	const struct device *d = device;
	const struct vhost_user *user = d->params;
	_free_ char *name = vhost_user_chardev(d);
	json_t *data = must(json_pack("{s:{s:s, s:{s:s*}}, s:b}", "addr",
	    "type", "unix", "data", "path", user->socket, "server", false));

	set_reconnect(d, data);
	want_reply(run, RUN_MONITOR,
	    cmd_chardev_add(name,
		must(json_pack("{s:s, s:o}", "type", "socket", "data", data))));
}

void
vhost_user_del_chardev(struct run *run, void *device)
{
	_free_ char *name = vhost_user_chardev(device);

	want_reply(run, RUN_MONITOR, cmd_chardev_remove(name));
}

bool
vhost_user_has_chardev(const struct actual *a, const void *device)
{
	return find_chardev(a, device) != NULL;
}

json_t *
vhost_user_on_pci(const struct device *d, const char *driver)
{
	_free_ char *chardev = vhost_user_chardev(d);
	json_t *device = device_on_pci(d, driver);

	json_object_set_new(device, "chardev", json_string(chardev));
	return device;
}

int64_t
vhost_user_queues(const struct device *d, int64_t asked)
{
	return asked ? asked : MIN(MAX(d->vcpus_max, 1), QUEUES_MAX);
}

/* ---- what can be known before ---- */

int
vhost_user_check(struct device *d, struct err *e)
{
	struct vhost_user *user = d->params;
	char *path = path_absolute(NULL, user->socket);

	/* QEMU does not stand where we stand. */
	free(user->socket);
	user->socket = path;
	if (strlen(path) >= sizeof(((struct sockaddr_un *)NULL)->sun_path))
		return err_set(e,
		    "socket %s: a socket's path may have at most %zu bytes",
		    path, sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1);
	return 0;
}

int
vhost_user_check_host(
    const struct device *d, const struct actual *a, struct err *e)
{
	const struct vhost_user *user = d->params;

	if (user->reconnect &&
	    !(d->features & (FEATURE_RECONNECT | FEATURE_RECONNECT_MS)))
		return err_set(e,
		    "reconnect: this QEMU does not say that its sockets can "
		    "do it");
	if (check_socket(user->socket, e) < 0)
		return err_wrap(e, "socket %s", user->socket);
	return 0;
}

/* "unix:/x", or "disconnected:unix:/x" for now. NULL: not known. */
static const char *
path_of(const struct actual *a, const char *chardev)
{
	const char *name = chardev
	    ? json_string_value(json_object_get(a->chardevs, chardev))
	    : NULL;
	const char *path = name ? strstr(name, "unix:/") : NULL;

	return path ? path + strlen("unix:") : NULL;
}

static int64_t
reconnect_of(const char *chardev)
{
	const char *text = chardev ? part_suffix(chardev) : NULL;
	long ms = text ? strtol(text, NULL, 10) : 0;

	return MIN(MAX(ms, 0), VHOST_USER_RECONNECT_MAX);
}

/* The backend has ended, and one that begins in its place is not found. */
static bool
is_gone_for_good(const struct actual *a, const char *chardev)
{
	const char *name = chardev
	    ? json_string_value(json_object_get(a->chardevs, chardev))
	    : NULL;

	return name && str_starts(name, "disconnected:") &&
	    !reconnect_of(chardev);
}

int
vhost_user_same(const struct device *d, const struct actual *a, struct err *e)
{
	const struct vhost_user *user = d->params;
	const char *chardev = find_chardev(a, d);
	const char *path = path_of(a, chardev);

	if (path && !str_eq(path, user->socket))
		return err_set(e,
		    "it is there with socket %s, not %s; remove it first", path,
		    user->socket);
	if (chardev && reconnect_of(chardev) != user->reconnect)
		return err_set(e,
		    "it is there with reconnect=%d, not %d; remove it first",
		    (int)reconnect_of(chardev), (int)user->reconnect);
	if (actual_device(a, d->id) && is_gone_for_good(a, chardev))
		return err_set(e,
		    "its backend has ended, and without reconnect QEMU does "
		    "not look for it again; remove it first");
	return 0;
}

void
vhost_user_recall(struct device *d, const struct actual *a)
{
	struct vhost_user *user = d->params;
	const char *chardev = find_chardev(a, d);

	user->socket = xstrdup0(path_of(a, chardev));
	user->reconnect = reconnect_of(chardev);
}
