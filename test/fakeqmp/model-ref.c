/*
 * What the fake's devices refer to by name, a row for each kind: what is
 * busy with them, and what they only link to.
 */
#include "model.h"

/* ---- what one device has for itself ---- */

static int
take_drive(struct fake *fake, struct device *device, const char *name)
{
	struct node *node = node_find(fake, name);

	if (!node) {
		refuse(fake, GENERIC,
		    "Property '%s.drive' can't find value '%s'",
		    model_inner(device), name);
	} else if (node->device) {
		_free_ char *theirs = xstrdup(node->device);
		_free_ char *ours = device_path(device);

		refuse(fake, GENERIC,
		    "Permission conflict on node '%s': permissions 'write' are "
		    "both required by block device '%s' (uses node '%s' as "
		    "'root' child) and unshared by block device '%s' (uses "
		    "node '%s' as 'root' child).",
		    name, theirs, name, ours, name);
	} else {
		device->node = node;
		node->device = device_path(device);
		return 0;
	}
	return -1;
}

/* Another node, while it works. */
int
ref_set_drive(struct fake *fake, struct device *device, const json_t *value)
{
	struct node *old = device->node;
	const char *name = json_string_value(value);

	if (take_drive(fake, device, name ? name : "") < 0)
		return -1;
	if (old)
		free(TAKE(old->device));
	return 0;
}

static struct item *
take_item(struct fake *fake, const struct device *device,
    const struct item_list *list, const char *key, const char *name)
{
	struct item *item = item_find(list, name);
	_free_ char *why = NULL;

	if (!item)
		return refuse(fake, GENERIC,
		    "Property '%s.%s' can't find value '%s'",
		    model_inner(device), key, name);
	if (item->user) {
		why =
		    list == &fake->chardevs ? chardev_in_use(fake, name) : NULL;
		return refuse(fake, GENERIC,
		    "Property '%s.%s' can't take value '%s'%s%s",
		    model_inner(device), key, name, why ? ": " : ", ",
		    why ? why : "it's in use");
	}
	item->user = xstrdup(device->id);
	return item;
}

static int
take_netdev(struct fake *fake, struct device *device, const char *name)
{
	device->netdev =
	    take_item(fake, device, &fake->netdevs, "netdev", name);
	return device->netdev ? 0 : -1;
}

static int
take_chardev(struct fake *fake, struct device *device, const char *name)
{
	device->chardev =
	    take_item(fake, device, &fake->chardevs, "chardev", name);
	return device->chardev ? 0 : -1;
}

/* ---- the table ---- */

static const struct {
	const char *key;
	int (*take)(struct fake *fake, struct device *device, const char *name);
	const char *type, *expected; /* of an object that it links to */
} kinds[] = {
	[REF_DRIVE] = { "drive", take_drive },
	[REF_NETDEV] = { "netdev", take_netdev },
	[REF_CHARDEV] = { "chardev", take_chardev },
	[REF_RNG] = { "rng", NULL, "rng-", "rng-backend" },
	[REF_IOTHREAD] = { "iothread", NULL, "iothread", "iothread" },
	[REF_IOMMUFD] = { "iommufd", NULL, "iommufd", "iommufd" },
};

/* A link: whoever links does not keep it from others, or from going. */
static int
link_object(struct fake *fake, enum ref_kind kind, const char *name)
{
	const struct item *object = item_find(&fake->objects, name);

	if (!object)
		refuse(fake, NOT_FOUND, "Device '%s' not found", name);
	else if (!str_starts(object->type, kinds[kind].type))
		refuse(fake, GENERIC,
		    "Invalid parameter type for '%s', expected: %s",
		    kinds[kind].key, kinds[kind].expected);
	else
		return 0;
	return -1;
}

static int
take(struct fake *fake, struct device *device, enum ref_kind kind)
{
	const char *name = text_of(device->options, kinds[kind].key);

	if (!name)
		return 0;
	return kinds[kind].take ? kinds[kind].take(fake, device, name)
				: link_object(fake, kind, name);
}

int
refs_take(struct fake *fake, struct device *device)
{
	const struct model *model = device->model;
	size_t i;

	if (model->needs &&
	    !text_of(device->options, kinds[model->refs[0]].key)) {
		refuse(fake, GENERIC, "%s", model->needs);
		return -1;
	}
	for (i = 0; i < MODEL_REFS && model->refs[i] != REF_NONE; i++)
		if (take(fake, device, model->refs[i]) < 0) {
			refs_give_back(fake, device);
			return -1;
		}
	return 0;
}

void
refs_give_back(struct fake *fake, struct device *device)
{
	if (device->node)
		free(TAKE(device->node->device));
	if (device->netdev)
		netdev_release(fake, device->netdev);
	if (device->chardev)
		free(TAKE(device->chardev->user));
	device->node = NULL;
	device->netdev = device->chardev = NULL;
}

/* A link's value is a path; that of what has gone is empty. */
json_t *
ref_get(const struct fake *fake, const struct device *device, const char *key)
{
	const char *name = text_of(device->options, key);
	size_t i;

	if (str_eq(key, "memdev"))
		return json_sprintf("/objects/%s", name);
	for (i = 0; i < MODEL_REFS; i++) {
		enum ref_kind kind = device->model->refs[i];

		if (kind == REF_NONE || kinds[kind].take ||
		    !str_eq(kinds[kind].key, key))
			continue;
		return item_find(&fake->objects, name)
		    ? json_sprintf("/objects/%s", name)
		    : json_string("");
	}
	return NULL;
}
