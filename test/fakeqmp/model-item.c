/*
 * What the fake holds under an id: objects, character devices, network
 * backends and named descriptors. Each may have one user.
 */
#include "model.h"

static const char *const object_types[] = { "memory-backend-ram",
	"memory-backend-file", "memory-backend-memfd", "iothread", "rng-random",
	"rng-builtin", "secret", "throttle-group", NULL };
static const char *const chardev_types[] = { "null", "socket", "file", "pipe",
	"pty", "ringbuf", NULL };
static const char *const netdev_types[] = { "user", "tap", "socket", "stream",
	"hubport", "vhost-user", "vhost-vdpa", NULL };

struct item *
item_find(const struct item_list *list, const char *id)
{
	struct item *item;

	TAILQ_FOREACH (item, list, entry)
		if (str_eq(item->id, id))
			return item;
	return NULL;
}

struct item *
item_add(struct item_list *list, const char *id, const char *type,
    const json_t *options)
{
	struct item *item = xcalloc(1, sizeof(*item));

	item->id = xstrdup(id);
	item->type = xstrdup(type);
	item->options = must(json_deep_copy(options));
	TAILQ_INSERT_TAIL(list, item, entry);
	return item;
}

void
item_free(struct item_list *list, struct item *item)
{
	TAILQ_REMOVE(list, item, entry);
	free(item->id);
	free(item->type);
	free(item->user);
	json_decref(item->options);
	free(item);
}

void
item_free_all(struct item_list *list)
{
	while (!TAILQ_EMPTY(list))
		item_free(list, TAILQ_FIRST(list));
}

static bool
is_known(const char *const *types, const char *type)
{
	for (; *types; types++)
		if (str_eq(*types, type))
			return true;
	return false;
}

/* ---- objects ---- */

json_t *
object_add(struct fake *fake, const json_t *arguments)
{
	const char *id = text_of(arguments, "id");
	const char *type = text_of(arguments, "qom-type");

	if (!is_known(object_types, type))
		return refuse(fake, GENERIC,
		    "Parameter 'qom-type' does not accept value '%s'", type);
	if (item_find(&fake->objects, id))
		return refuse(fake, GENERIC,
		    "attempt to add duplicate property '%s' to object "
		    "(type 'container')",
		    id);
	if (str_starts(type, "memory-backend-") &&
	    number_of(arguments, "size") <= 0)
		return refuse(
		    fake, GENERIC, "can't create backend with size 0");
	item_add(&fake->objects, id, type, arguments);
	return nothing();
}

json_t *
object_del(struct fake *fake, const json_t *arguments)
{
	const char *id = text_of(arguments, "id");
	struct item *object = item_find(&fake->objects, id);

	if (!object)
		return refuse(fake, GENERIC, "object '%s' not found", id);
	if (object->user)
		return refuse(fake, GENERIC,
		    "object '%s' is in use, can not be deleted", id);
	item_free(&fake->objects, object);
	return nothing();
}

/* ---- character devices ---- */

json_t *
chardev_add(struct fake *fake, const json_t *arguments)
{
	const char *id = text_of(arguments, "id");
	const json_t *backend = json_object_get(arguments, "backend");
	const char *type = text_of(backend, "type");

	if (!is_known(chardev_types, type))
		return refuse(fake, GENERIC,
		    "Parameter 'type' does not accept value '%s'", type);
	if (item_find(&fake->chardevs, id))
		return refuse(
		    fake, GENERIC, "Chardev with id '%s' already exists", id);
	item_add(&fake->chardevs, id, type, backend);
	return nothing();
}

json_t *
chardev_remove(struct fake *fake, const json_t *arguments)
{
	const char *id = text_of(arguments, "id");
	struct item *chardev = item_find(&fake->chardevs, id);

	if (!chardev)
		return refuse(fake, GENERIC, "Chardev '%s' not found", id);
	if (chardev->user)
		return refuse(fake, GENERIC, "Chardev '%s' is busy", id);
	item_free(&fake->chardevs, chardev);
	return nothing();
}

json_t *
query_chardev(struct fake *fake, const json_t *arguments)
{
	json_t *list = must(json_array());
	struct item *chardev;

	TAILQ_FOREACH (chardev, &fake->chardevs, entry)
		json_array_append_new(list,
		    json_pack("{s:s, s:s, s:b}", "label", chardev->id,
			"filename", chardev->type, "frontend-open",
			chardev->user != NULL));
	return list;
}

/* ---- network backends ---- */

/* A chardev or a descriptor that it names; 0, or -1 after refuse. */
static int
check_netdev(struct fake *fake, const json_t *options)
{
	const char *chardev = text_of(options, "chardev");
	const char *fd = text_of(options, "fd");
	struct item *item = item_find(&fake->chardevs, chardev);

	if (chardev && !item)
		refuse(fake, GENERIC, "chardev \"%s\" not found", chardev);
	else if (chardev && item->user)
		refuse(fake, GENERIC, "Device '%s' is in use", chardev);
	else if (fd && !fd_find(fake, fd))
		refuse(fake, GENERIC,
		    "File descriptor named '%s' has not been found", fd);
	else
		return 0;
	return -1;
}

json_t *
netdev_add(struct fake *fake, const json_t *arguments)
{
	const char *id = text_of(arguments, "id");
	const char *type = text_of(arguments, "type");
	const char *chardev = text_of(arguments, "chardev");

	if (!is_known(netdev_types, type))
		return refuse(fake, GENERIC,
		    "Parameter 'type' does not accept value '%s'", type);
	if (item_find(&fake->netdevs, id))
		return refuse(fake, GENERIC, "Duplicate ID '%s'", id);
	if (check_netdev(fake, arguments) < 0)
		return NULL;
	if (chardev)
		item_find(&fake->chardevs, chardev)->user = xstrdup(id);
	fd_free(fake, fd_find(fake, text_of(arguments, "fd")));
	fd_free(fake, fd_find(fake, text_of(arguments, "vhostfd")));
	item_add(&fake->netdevs, id, type, arguments);
	return nothing();
}

/* QEMU does not mind a device that uses it: the device loses its link. */
json_t *
netdev_del(struct fake *fake, const json_t *arguments)
{
	const char *id = text_of(arguments, "id");
	struct item *netdev = item_find(&fake->netdevs, id), *chardev;
	struct device *device;

	if (!netdev)
		return refuse(fake, NOT_FOUND, "Device '%s' not found", id);
	chardev =
	    item_find(&fake->chardevs, text_of(netdev->options, "chardev"));
	if (chardev)
		free(TAKE(chardev->user));
	TAILQ_FOREACH (device, &fake->devices, entry)
		if (device->netdev == netdev)
			device->netdev = NULL;
	item_free(&fake->netdevs, netdev);
	return nothing();
}

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
