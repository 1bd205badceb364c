/*
 * The fake's user-creatable objects: their types, and which of them notice
 * that they are in use. An iothread and a random number generator do not:
 * object-del takes their name, and who uses them keeps them.
 */
#include "model.h"

#define BACKEND                                                   \
	"dump host-nodes merge policy prealloc prealloc-threads " \
	"prealloc-context share reserve "                         \
	"x-use-canonical-path-for-ramblock-id"
#define LIMITS                                                            \
	"bps-total bps-read bps-write iops-total iops-read iops-write "   \
	"bps-total-max bps-read-max bps-write-max iops-total-max "        \
	"iops-read-max iops-write-max bps-total-max-length "              \
	"bps-read-max-length bps-write-max-length iops-total-max-length " \
	"iops-read-max-length iops-write-max-length iops-size"

const struct kind object_kinds[] = {
	{ "memory-backend-ram", "size", BACKEND },
	{ "memory-backend-memfd", "size", BACKEND " hugetlb hugetlbsize seal" },
	{ "memory-backend-file", "size mem-path",
	    BACKEND " align discard-data offset@8.1 pmem readonly rom@8.2" },
	{ "iothread", "",
	    "poll-max-ns poll-grow poll-shrink aio-max-batch "
	    "thread-pool-min thread-pool-max" },
	{ "rng-random", "", "filename opened" },
	{ "rng-builtin", "", "opened" },
	{ "rng-egd", "chardev", "opened" },
	{ "secret", "", "data file format keyid iv loaded" },
	{ "throttle-group", "", "limits" },
	{ "thread-context@7.2", "", "cpu-affinity node-affinity" },
	{ "iommufd@9.0", "", "fd" },
	{ NULL },
};

/* ---- what a type is particular about ---- */

static int
check_backend(struct fake *fake, const json_t *options)
{
	if (number_of(options, "size") > 0)
		return 0;
	refuse(fake, GENERIC, "property 'size' of %s doesn't take value '%lld'",
	    text_of(options, "qom-type"), number_of(options, "size"));
	return -1;
}

static int
check_secret(struct fake *fake, const json_t *options)
{
	if (text_of(options, "data") || text_of(options, "file"))
		return 0;
	refuse(fake, GENERIC, "Either 'file' or 'data' must be provided");
	return -1;
}

/* A total and a part of it exclude each other. */
static bool
is_conflict(const json_t *limits, const char *what)
{
	_free_ char *total = xasprintf("%s-total", what);
	_free_ char *reads = xasprintf("%s-read", what);
	_free_ char *writes = xasprintf("%s-write", what);

	return number_of(limits, total) &&
	    (number_of(limits, reads) || number_of(limits, writes));
}

static int
check_limits(struct fake *fake, const json_t *limits)
{
	json_t *members = (json_t *)(uintptr_t)limits; /* only read */
	const char *key;
	json_t *value;

	if (words_check(fake, "limits.", limits, "", LIMITS) < 0)
		return -1;
	json_object_foreach (members, key, value)
		if (json_integer_value(value) < 0) {
			refuse(fake, GENERIC,
			    "bps/iops/max values must be within [0, "
			    "1000000000000000]");
			return -1;
		}
	if (!is_conflict(limits, "bps") && !is_conflict(limits, "iops"))
		return 0;
	refuse(fake, GENERIC,
	    "bps/iops/max total values and read/write values cannot be used "
	    "at the same time");
	return -1;
}

static int
check_group(struct fake *fake, const json_t *options)
{
	return check_limits(fake, json_object_get(options, "limits"));
}

static int
check_generator(struct fake *fake, const json_t *options)
{
	const char *chardev = text_of(options, "chardev");

	if (item_find(&fake->chardevs, chardev))
		return 0;
	refuse(fake, NOT_FOUND, "Device '%s' not found", chardev);
	return -1;
}

static const struct {
	const char *type;
	int (*check)(struct fake *fake, const json_t *options);
} checks[] = {
	{ "memory-backend-ram", check_backend },
	{ "memory-backend-memfd", check_backend },
	{ "memory-backend-file", check_backend },
	{ "secret", check_secret },
	{ "throttle-group", check_group },
	{ "rng-egd", check_generator },
};

static int
check_particular(struct fake *fake, const char *type, const json_t *options)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(checks); i++)
		if (str_eq(checks[i].type, type))
			return checks[i].check(fake, options);
	return 0;
}

/* ---- adding ---- */

static int
check_object(struct fake *fake, const json_t *options)
{
	const char *id = text_of(options, "id");
	const char *type = text_of(options, "qom-type");
	const struct kind *kind = kind_find(fake, object_kinds, type);
	_free_ char *needs =
	    kind ? xasprintf("qom-type id %s", kind->needs) : NULL;

	if (!kind)
		refuse(fake, GENERIC,
		    "Parameter 'qom-type' does not accept value '%s'", type);
	else if (words_check(fake, "", options, needs, kind->takes) < 0)
		return -1;
	else if (!is_identifier(id))
		refuse(fake, GENERIC, "Parameter 'id' expects an identifier");
	else if (item_find(&fake->objects, id))
		refuse(fake, GENERIC,
		    "attempt to add duplicate property '%s' to object "
		    "(type 'container')",
		    id);
	else
		return check_particular(fake, type, options);
	return -1;
}

json_t *
object_add(struct fake *fake, const json_t *arguments)
{
	const char *id = text_of(arguments, "id");
	struct item *chardev =
	    item_find(&fake->chardevs, text_of(arguments, "chardev"));

	if (check_object(fake, arguments) < 0)
		return NULL;
	if (chardev && chardev->user) {
		_free_ char *why = chardev_in_use(fake, chardev->id);

		return refuse(fake, GENERIC, "%s", why);
	}
	if (chardev)
		chardev->user = xstrdup(id);
	item_add(&fake->objects, id, text_of(arguments, "qom-type"), arguments);
	return nothing();
}

/* ---- removing ---- */

/* Those that notice other than by item->user. */
static bool
is_used(const struct fake *fake, const struct item *object)
{
	const struct device *device;
	const struct node *node;

	if (object->user)
		return true;
	TAILQ_FOREACH (node, &fake->nodes, entry)
		if (str_eq(node->group, object->id))
			return true;
	TAILQ_FOREACH (device, &fake->devices, entry)
		if (str_eq(text_of(device->options, "iommufd"), object->id))
			return true;
	return false;
}

json_t *
object_del(struct fake *fake, const json_t *arguments)
{
	const char *id = text_of(arguments, "id");
	struct item *object = item_find(&fake->objects, id), *chardev;

	if (!object)
		return refuse(fake, GENERIC, "object '%s' not found", id);
	if (is_used(fake, object))
		return refuse(fake, GENERIC,
		    "object '%s' is in use, can not be deleted", id);
	chardev =
	    item_find(&fake->chardevs, text_of(object->options, "chardev"));
	if (chardev)
		free(TAKE(chardev->user));
	item_free(&fake->objects, object);
	return nothing();
}

/* ---- properties ---- */

/* Every limit, those that were never set being 0, or 1 second. */
json_t *
object_limits(const struct fake *fake, const struct item *object)
{
	const json_t *set = json_object_get(object->options, "limits");
	json_t *all = must(json_object());
	const char *at = LIMITS;
	struct word word;

	while (words_next(fake, &at, &word))
		json_object_set_new(all, word.name,
		    json_integer(strstr(word.name, "-length") ? 1 : 0));
	if (set)
		json_object_update(all, (json_t *)(uintptr_t)set);
	return all;
}

static json_t *
set_limits(struct fake *fake, struct item *group, json_t *value)
{
	json_t *limits;

	if (!json_is_object(value))
		return refuse(fake, GENERIC,
		    "Invalid parameter type for 'limits', expected: object");
	limits = object_limits(fake, group);
	json_object_update(limits, value);
	if (check_limits(fake, limits) < 0) {
		json_decref(limits);
		return NULL;
	}
	json_object_set_new(group->options, "limits", limits);
	return nothing();
}

json_t *
object_set(
    struct fake *fake, struct item *object, const char *property, json_t *value)
{
	const struct kind *kind = kind_find(fake, object_kinds, object->type);

	if (str_eq(object->type, "throttle-group") &&
	    str_eq(property, "limits"))
		return set_limits(fake, object, value);
	if (!words_find(fake, kind->takes, property, NULL))
		return refuse(fake, GENERIC, "Property '%s.%s' not found",
		    object->type, property);
	json_object_set(object->options, property, value);
	return nothing();
}

json_t *
query_iothreads(struct fake *fake, const json_t *arguments)
{
	json_t *list = must(json_array());
	const struct item *object;
	int thread = 0;

	TAILQ_FOREACH (object, &fake->objects, entry)
		if (str_eq(object->type, "iothread"))
			json_array_append_new(list,
			    json_pack("{s:s, s:i, s:I, s:I, s:I, s:I}", "id",
				object->id, "thread-id", 1000 + thread++,
				"poll-max-ns", (json_int_t)32768, "poll-grow",
				(json_int_t)0, "poll-shrink", (json_int_t)0,
				"aio-max-batch", (json_int_t)0));
	return list;
}
