/* Every operation, made from the tables. */

#include "operations.h"
#include "device.h"
#include <fcntl.h>

#define DEVICE_ID "data"

static char image[] = "/tmp/qmpd-faults-XXXXXX";

/* The family's sample parameters, @file@ being a file that is there. */
static json_t *
sample_params(const struct device_type *type)
{
	char *words = xstrdup(type->sample), *rest = words, *word;
	json_t *params = must(json_object());

	while ((word = strsep(&rest, " "))) {
		char *equals = strchr(word, '=');

		*equals = '\0';
		json_object_set_new(params, word,
		    json_string(
			str_eq(equals + 1, "@file@") ? image : equals + 1));
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

/* Both ways of a family. */
static size_t
add_family(struct operation *op, const struct device_type *type)
{
	json_t *params = sample_params(type);

	op[0] = (struct operation){
		.name = xasprintf("%s add", type->name),
		.request = adding(type, params),
		.params = params,
	};
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

	close(mkstemp(image));
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
	unlink(image);
	while (n-- > 0) {
		free(ops[n].name);
		json_decref(ops[n].params);
	}
}
