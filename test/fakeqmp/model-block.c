/*
 * The fake's block nodes: a graph of names, who holds whom, and which device
 * uses which.
 */
#include "model.h"

static const char *const drivers[] = { "file", "host_device", "raw", "qcow2",
	"null-co", "nbd", "throttle", "copy-on-read", "blkdebug", "vhdx",
	NULL };

/* Members of a node's options that are other nodes. */
static const char *const edges[] = { "file", "backing", "data-file", NULL };

static struct node *add_node(
    struct fake *fake, const json_t *options, bool is_owned);

struct node *
node_find(const struct fake *fake, const char *name)
{
	struct node *node;

	TAILQ_FOREACH (node, &fake->nodes, entry)
		if (str_eq(node->name, name))
			return node;
	return NULL;
}

static void
free_node(struct fake *fake, struct node *node)
{
	TAILQ_REMOVE(&fake->nodes, node, entry);
	free(node->name);
	free(node->driver);
	free(node->file);
	free(node->device);
	json_decref(node->children);
	free(node);
}

void
node_free_all(struct fake *fake)
{
	while (!TAILQ_EMPTY(&fake->nodes))
		free_node(fake, TAILQ_FIRST(&fake->nodes));
}

/* With the children that only it held. */
static void
drop_node(struct fake *fake, struct node *node)
{
	size_t i;
	json_t *name;

	json_array_foreach (node->children, i, name) {
		struct node *child = node_find(fake, json_string_value(name));

		child->parents--;
		if (child->parents == 0 && !child->is_owned)
			drop_node(fake, child);
	}
	free_node(fake, node);
}

/* ---- adding ---- */

static int
check_node(struct fake *fake, const json_t *options, bool is_owned)
{
	const char *driver = text_of(options, "driver");
	const char *name = text_of(options, "node-name");
	size_t i = 0;

	while (drivers[i] && !str_eq(drivers[i], driver))
		i++;
	if (!drivers[i])
		refuse(fake, GENERIC,
		    "Parameter 'driver' does not accept value '%s'", driver);
	else if (!name && is_owned)
		refuse(fake, GENERIC,
		    "'node-name' must be specified for the root node");
	else if (name && node_find(fake, name))
		refuse(
		    fake, GENERIC, "Duplicate nodes with node-name='%s'", name);
	else
		return 0;
	return -1;
}

/* A name refers to a node; an object defines one. */
static struct node *
get_child(struct fake *fake, const json_t *value)
{
	const char *name = json_string_value(value);
	struct node *child;

	if (!name)
		return add_node(fake, value, false);
	child = node_find(fake, name);
	if (!child)
		return refuse(fake, GENERIC,
		    "Cannot find device='%s' nor node-name='%s'", name, name);
	return child;
}

static int
add_children(struct fake *fake, struct node *node, const json_t *options)
{
	const json_t *value;
	struct node *child;
	size_t i;

	for (i = 0; edges[i]; i++) {
		value = json_object_get(options, edges[i]);
		if (!value || json_is_null(value))
			continue;
		child = get_child(fake, value);
		if (!child)
			return -1;
		child->parents++;
		json_array_append_new(node->children, json_string(child->name));
		if (!node->file)
			node->file = xstrdup0(child->file);
	}
	return 0;
}

static struct node *
add_node(struct fake *fake, const json_t *options, bool is_owned)
{
	const char *name = text_of(options, "node-name");
	struct node *node;

	if (check_node(fake, options, is_owned) < 0)
		return NULL;
	node = xcalloc(1, sizeof(*node));
	node->name =
	    name ? xstrdup(name) : xasprintf("#block%03u", ++fake->last_node);
	node->driver = xstrdup(text_of(options, "driver"));
	node->file = xstrdup0(text_of(options, "filename"));
	node->is_read_only =
	    json_is_true(json_object_get(options, "read-only"));
	node->is_owned = is_owned;
	node->children = must(json_array());
	TAILQ_INSERT_HEAD(&fake->nodes, node, entry);
	if (add_children(fake, node, options) == 0)
		return node;
	drop_node(fake, node);
	return NULL;
}

json_t *
blockdev_add(struct fake *fake, const json_t *arguments)
{
	return add_node(fake, arguments, true) ? nothing() : NULL;
}

json_t *
blockdev_del(struct fake *fake, const json_t *arguments)
{
	const char *name = text_of(arguments, "node-name");
	struct node *node = node_find(fake, name);

	if (!node)
		return refuse(fake, GENERIC,
		    "Failed to find node with node-name='%s'", name);
	if (node->device)
		return refuse(fake, GENERIC, "Node %s is in use", name);
	if (!node->is_owned)
		return refuse(
		    fake, GENERIC, "Node %s is not owned by the monitor", name);
	if (node->parents > 0)
		return refuse(fake, GENERIC, "Block device %s is in use", name);
	drop_node(fake, node);
	return nothing();
}

/* ---- queries ---- */

static json_t *
describe(const struct node *node)
{
	const char *file = node->file ? node->file : "";

	return must(
	    json_pack("{s:s, s:s, s:b, s:s, s:i, s:b, s:{s:s, s:s, s:I}}",
		"node-name", node->name, "drv", node->driver, "ro",
		(int)node->is_read_only, "file", file, "backing_file_depth", 0,
		"encrypted", 0, "image", "filename", file, "format",
		node->driver, "virtual-size", (json_int_t)(8 * MIB)));
}

json_t *
query_named_block_nodes(struct fake *fake, const json_t *arguments)
{
	json_t *list = must(json_array());
	struct node *node;

	TAILQ_FOREACH (node, &fake->nodes, entry)
		json_array_append_new(list, describe(node));
	return list;
}

json_t *
query_block(struct fake *fake, const json_t *arguments)
{
	json_t *list = must(json_array());
	struct device *device;

	TAILQ_FOREACH (device, &fake->devices, entry) {
		_free_ char *qdev =
		    xasprintf("%s/%s/virtio-backend", PERIPHERAL, device->id);

		if (device->node)
			json_array_append_new(list,
			    json_pack("{s:s, s:s, s:b, s:b, s:s, s:o}",
				"device", "", "qdev", qdev, "locked", 0,
				"removable", 0, "type", "unknown", "inserted",
				describe(device->node)));
	}
	return list;
}
