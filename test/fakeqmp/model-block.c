/*
 * The fake's block nodes: a graph of names, who holds whom, and which device
 * uses which.
 */
#include "model.h"

#define NODE_SIZE (8 * MIB)
#define FILE_NODE                                          \
	"aio locking aio-max-batch drop-cache pr-manager " \
	"x-check-cache-dropped"
#define ANY_NODE                                                               \
	"driver node-name read-only auto-read-only force-share cache discard " \
	"detect-zeroes active@10.0 "

const struct kind node_kinds[] = {
	{ "file", "filename", ANY_NODE FILE_NODE },
	{ "host_device", "filename", ANY_NODE FILE_NODE },
	{ "raw", "file", ANY_NODE "offset size" },
	{ "qcow2", "file",
	    ANY_NODE "backing data-file lazy-refcounts discard-no-unref "
		     "pass-discard-request pass-discard-snapshot "
		     "pass-discard-other overlap-check cache-size "
		     "l2-cache-size l2-cache-entry-size refcount-cache-size "
		     "cache-clean-interval encrypt" },
	{ "vhdx", "file", ANY_NODE },
	{ "null-co", "", ANY_NODE "size latency-ns read-zeroes" },
	{ "nbd", "server", ANY_NODE "export tls-creds reconnect-delay" },
	{ "throttle", "file throttle-group", ANY_NODE },
	{ "copy-on-read", "file", ANY_NODE "bottom" },
	{ "blkdebug", "", ANY_NODE "image config align inject-error" },
	{ NULL },
};

static const struct {
	const char *member, *values;
} enums[] = {
	{ "aio", "threads native io_uring" },
	{ "discard", "ignore unmap" },
	{ "detect-zeroes", "off on unmap" },
};

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
	free(node->group);
	json_decref(node->options);
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

static bool
is_direct(const json_t *options)
{
	const json_t *cache = json_object_get(options, "cache");

	return json_is_true(json_object_get(cache, "direct"));
}

static int
check_values(struct fake *fake, const json_t *options)
{
	const char *value, *group = text_of(options, "throttle-group");
	const struct item *object = item_find(&fake->objects, group);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(enums); i++) {
		value = text_of(options, enums[i].member);
		if (!value || words_find(fake, enums[i].values, value, NULL))
			continue;
		refuse(fake, GENERIC,
		    "Parameter '%s' does not accept value '%s'",
		    enums[i].member, value);
		return -1;
	}
	if (str_eq(text_of(options, "aio"), "native") && !is_direct(options))
		refuse(fake, GENERIC,
		    "aio=native was specified, but it requires "
		    "cache.direct=on, which was not specified.");
	else if (group && (!object || !str_eq(object->type, "throttle-group")))
		refuse(
		    fake, GENERIC, "Throttle group '%s' does not exist", group);
	else
		return 0;
	return -1;
}

static int
check_node(struct fake *fake, const json_t *options, bool is_owned)
{
	const char *driver = text_of(options, "driver");
	const char *name = text_of(options, "node-name");
	const struct kind *kind = kind_find(fake, node_kinds, driver);

	if (!kind)
		refuse(fake, GENERIC,
		    "Parameter 'driver' does not accept value '%s'", driver);
	else if (words_check(fake, "", options, kind->needs, kind->takes) < 0)
		return -1;
	else if (!name && is_owned)
		refuse(fake, GENERIC,
		    "'node-name' must be specified for the root node");
	else if (name && node_find(fake, name))
		refuse(
		    fake, GENERIC, "Duplicate nodes with node-name='%s'", name);
	else
		return check_values(fake, options);
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
		if (i == 0 && !json_object_get(options, "size"))
			node->size = child->size;
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
	node->options = must(json_deep_copy(options));
	node->group = xstrdup0(text_of(options, "throttle-group"));
	node->size = json_object_get(options, "size")
	    ? (uint64_t)number_of(options, "size")
	    : NODE_SIZE;
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

/* ---- resizing ---- */

/* A node and the file under it; what is above it learns of it later. */
static void
resize(struct fake *fake, struct node *node, uint64_t size)
{
	const json_t *child = json_array_get(node->children, 0);

	node->size = size;
	if (child)
		resize(fake, node_find(fake, json_string_value(child)), size);
}

json_t *
block_resize(struct fake *fake, const json_t *arguments)
{
	const char *name = text_of(arguments, "node-name");
	const char *device = text_of(arguments, "device");
	struct node *node = node_find(fake, name);
	json_int_t size = number_of(arguments, "size");

	if (!node)
		return refuse(fake, GENERIC,
		    "Cannot find device='%s' nor node-name='%s'",
		    device ? device : "", name ? name : "");
	if (size < 0)
		return refuse(
		    fake, GENERIC, "Parameter 'size' expects a >0 size");
	if (str_eq(node->driver, "null-co"))
		return refuse(fake, GENERIC,
		    "Image format driver does not support resize");
	resize(fake, node, (uint64_t)size);
	return nothing();
}

/* ---- queries ---- */

static json_t *
describe(const struct node *node)
{
	const char *file = node->file ? node->file : "";
	const char *zeroes = text_of(node->options, "detect-zeroes");
	const json_t *cache = json_object_get(node->options, "cache");

	return must(json_pack(
	    "{s:s, s:s, s:b, s:s, s:i, s:b, s:s, s:{s:b, s:b, s:b}, "
	    "s:{s:s, s:s, s:I}}",
	    "node-name", node->name, "drv", node->driver, "ro",
	    (int)node->is_read_only, "file", file, "backing_file_depth", 0,
	    "encrypted", 0, "detect_zeroes", zeroes ? zeroes : "off", "cache",
	    "writeback", 1, "direct", (int)is_direct(node->options), "no-flush",
	    (int)json_is_true(json_object_get(cache, "no-flush")), "image",
	    "filename", file, "format", node->driver, "virtual-size",
	    (json_int_t)node->size));
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
		_free_ char *qdev = device_path(device);

		if (device->node)
			json_array_append_new(list,
			    json_pack("{s:s, s:s, s:b, s:b, s:s, s:o}",
				"device", "", "qdev", qdev, "locked", 0,
				"removable", 0, "type", "unknown", "inserted",
				describe(device->node)));
	}
	return list;
}
