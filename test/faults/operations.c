/* Every operation, made from the tables. */

#include "operations.h"
#include "device.h"
#include "host.h"
#include <fcntl.h>

#define DEVICE_ID "data"

static char folder[] = "/tmp/qmpd-faults-XXXXXX";

/* What a sample's placeholders stand for: files in the folder, of this size;
 * SIZE_NONE: a path where nothing is. */
#define SIZE_NONE (-1)
static const struct {
	const char *placeholder, *name;
	off_t size;
} places[] = {
	{ "@file@", "file", 0 },
	{ "@memory@", "memory", 2 * MIB },
	{ "@nothing@", "nothing", SIZE_NONE },
	{ NULL, "vhost-vsock", 0 },
};

static void
make_places(void)
{
	size_t i;

	assert_non_null(mkdtemp(folder));
	for (i = 0; i < ARRAY_SIZE(places); i++) {
		_free_ char *path = path_join(folder, places[i].name);
		_close_ int fd = -1;

		if (places[i].size == SIZE_NONE)
			continue;
		fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
		assert_true(fd >= 0);
		assert_int_equal(ftruncate(fd, places[i].size), 0);
	}
	host_devices = folder;
}

/* A value of a sample, its placeholder replaced. */
static char *
sample_value(const char *value)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(places); i++)
		if (str_eq(places[i].placeholder, value))
			return path_join(folder, places[i].name);
	return xstrdup(value);
}

/* The family's sample parameters. */
static json_t *
sample_params(const struct device_type *type)
{
	char *words = xstrdup(type->sample), *rest = words, *word;
	json_t *params = must(json_object());

	while ((word = strsep(&rest, " "))) {
		char *equals = strchr(word, '=');
		_free_ char *value = sample_value(equals + 1);

		*equals = '\0';
		json_object_set_new(params, word, json_string(value));
	}
	free(words);
	return params;
}

static struct request
adding(const struct device_type *type, const json_t *params)
{
	return (struct request){
		.add_type = type->name,
		.add_id = DEVICE_ID,
		.add_params = params,
	};
}

/* Both ways of a family; one, where QEMU has no other. */
static size_t
add_family(struct operation *op, const struct device_type *type)
{
	json_t *params = sample_params(type);

	op[0] = (struct operation){
		.name = xasprintf("%s add", type->name),
		.request = adding(type, params),
		.params = params,
		.is_for_good = type->is_for_good,
	};
	if (type->is_for_good)
		return 1;
	op[1] = (struct operation){
		.name = xasprintf("%s remove", type->name),
		.before = adding(type, params),
		.has_before = true,
		.request = { .remove_id = DEVICE_ID },
	};
	return 2;
}

static const struct {
	const char *name;
	struct size before, size;
} sizes[] = {
	{ "vCPU add", { 0 }, { .vcpus = 2 } },
	{ "two vCPUs add", { 0 }, { .vcpus = 3 } },
	{ "vCPU remove", { .vcpus = 3 }, { .vcpus = 2 } },
	{ "memory add", { 0 }, { .memory = 512 * MIB } },
	{ "memory remove", { .memory = 512 * MIB }, { .memory = 256 * MIB } },
	{ "grow", { 0 }, { .vcpus = 2, .memory = 512 * MIB } },
	{ "shrink", { .vcpus = 2, .memory = 512 * MIB },
	    { .vcpus = 1, .memory = 256 * MIB } },
};

size_t
operations_make(struct operation ops[OPERATIONS_MAX])
{
	size_t n = 0, i;

	make_places();
	for (i = 0; device_types[i]; i++)
		n += add_family(&ops[n], device_types[i]);
	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		ops[n++] = (struct operation){
			.name = xstrdup(sizes[i].name),
			.before = { .resize = sizes[i].before },
			.has_before =
			    sizes[i].before.vcpus || sizes[i].before.memory,
			.request = { .resize = sizes[i].size },
			.vcpus = sizes[i].size.vcpus != 0,
		};
	return n;
}

void
operations_free(struct operation *ops, size_t n)
{
	remove_tree(folder, NULL);
	while (n-- > 0) {
		free(ops[n].name);
		json_decref(ops[n].params);
	}
}
