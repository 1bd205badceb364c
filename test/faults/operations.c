/* Every operation, made from the tables. */

#include "operations.h"
#include "device.h"
#include "host.h"
#include "fake-sysfs.h"
#include <fcntl.h>

#define DEVICE_ID "data"
#define HOST_DEVICE "0000:00:05.0" /* of the sample of vfio */
#define HOLDER_ID "holder"

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
	{ "@socket@", "socket", SIZE_NONE }, /* somebody listens there */
	{ NULL, "vhost-net", 0 },
	{ NULL, "vhost-vsock", 0 },
};

static int listener;

static void
make_places(void)
{
	_free_ char *socket = NULL;
	struct err e;
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
	socket = path_join(folder, "socket");
	listener = listen_unix(socket, &e);
	assert_true(listener >= 0);
	/* Nor does anything here look at what this host remembers. */
	setenv("QMPD_STATE_DIR", folder, 1);
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

/* Parameters from words, "" and NULL being none. */
static void
add_params(json_t *params, const char *text)
{
	char *words = xstrdup0(text), *rest = words, *word;

	while ((word = strsep(&rest, " "))) {
		char *equals = strchr(word, '=');
		_free_ char *value = sample_value(equals + 1);

		*equals = '\0';
		json_object_set_new(params, word, json_string(value));
	}
	free(words);
}

/* A family's sample parameters, and what changes them. */
static json_t *
sample_params(const char *sample, const char *change)
{
	json_t *params = must(json_object());

	add_params(params, sample);
	add_params(params, change);
	return params;
}

static struct request
adding(const struct device_type *type, const char *id, const json_t *params)
{
	return (struct request){
		.add_type = type->name,
		.add_id = id,
		.add_params = params,
	};
}

/* An operation on a device of a family: on which what it is plugged into is
 * there, and, with before, the device itself as that sample has it. */
static struct operation *
add_operation(struct operation *op, const struct device_type *type,
    const char *what, const char *before)
{
	const struct device_type *holder =
	    type->sits_on ? device_type_named(type->sits_on) : NULL;

	*op = (struct operation){ .name = xasprintf("%s %s", type->name, what),
		.is_for_good = type->is_for_good,
		.needs_shared_memory = type->needs_shared_memory };
	if (holder) {
		op->has_holder = true;
		op->holder_params = sample_params(holder->sample, NULL);
		op->holder = adding(holder, HOLDER_ID, op->holder_params);
	}
	if (before) {
		op->has_before = true;
		op->before_params = sample_params(before, NULL);
		op->before = adding(type, DEVICE_ID, op->before_params);
	}
	return op;
}

/* One sample both ways; one, where QEMU has no other. */
static size_t
add_sample(struct operation *op, const struct device_type *type,
    const char *sample, const char *more)
{
	_free_ char *add = xasprintf("add%s", more);
	_free_ char *rm = xasprintf("remove%s", more);

	add_operation(op, type, add, NULL);
	op->params = sample_params(sample, NULL);
	op->request = adding(type, DEVICE_ID, op->params);
	if (type->is_for_good)
		return 1;
	add_operation(op + 1, type, rm, sample)->request.remove_id = DEVICE_ID;
	return 2;
}

/* One that is there becomes another. */
static size_t
add_change(struct operation *op, const struct device_type *type,
    const char *what, const char *change)
{
	if (!change)
		return 0;
	add_operation(op, type, what, type->sample);
	op->params = sample_params(type->sample, change);
	op->request = adding(type, DEVICE_ID, op->params);
	return 1;
}

/* All that can be done with a device of the family. */
static size_t
add_family(struct operation *op, const struct device_type *type)
{
	size_t n = add_sample(op, type, type->sample, "");

	if (type->full_sample)
		n += add_sample(op + n, type, type->full_sample, ", full");
	n += add_change(op + n, type, "change", type->change);
	if (add_change(op + n, type, "grow", type->growth))
		op[n++].is_for_good = true;
	return n;
}

static const struct {
	const char *name;
	struct size before, size;
	bool virtio_mem, balloon; /* the machine has it */
} sizes[] = {
	{ "vCPU add", { 0 }, { .vcpus = 2 } },
	{ "two vCPUs add", { 0 }, { .vcpus = 3 } },
	{ "vCPU remove", { .vcpus = 3 }, { .vcpus = 2 } },
	{ "memory add", { 0 }, { .memory = 512 * MIB } },
	{ "memory remove", { .memory = 512 * MIB }, { .memory = 256 * MIB } },
	{ "grow", { 0 }, { .vcpus = 2, .memory = 512 * MIB } },
	{ "shrink", { .vcpus = 2, .memory = 512 * MIB },
	    { .vcpus = 1, .memory = 256 * MIB } },
	{ "virtio-mem add", { 0 }, { .memory = 512 * MIB },
	    .virtio_mem = true },
	{ "virtio-mem grow", { .memory = 320 * MIB }, { .memory = 512 * MIB },
	    .virtio_mem = true },
	{ "virtio-mem shrink", { .memory = 512 * MIB }, { .memory = 320 * MIB },
	    .virtio_mem = true },
	{ "balloon shrink", { 0 }, { .memory = 200 * MIB }, .balloon = true },
	{ "balloon grow", { .memory = 200 * MIB }, { .memory = 256 * MIB },
	    .balloon = true },
	{ "balloon and DIMM grow", { .memory = 200 * MIB },
	    { .memory = 384 * MIB }, .balloon = true },
	{ "balloon and DIMM shrink", { .memory = 384 * MIB },
	    { .memory = 200 * MIB }, .balloon = true },
	/* The DIMM is larger than what is to go. */
	{ "balloon for DIMM", { .memory = 640 * MIB }, { .memory = 512 * MIB },
	    .balloon = true },
};

void
operations_begin(void)
{
	fake_sysfs_add(HOST_DEVICE, 5, "e1000e");
}

json_t *
operations_host(void)
{
	return fake_sysfs_state();
}

static struct request
resizing(const struct size *size, bool virtio_mem)
{
	return (struct request){ .resize = *size, .virtio_mem = virtio_mem };
}

size_t
operations_make(struct operation ops[OPERATIONS_MAX])
{
	size_t n = 0, i;

	make_places();
	fake_sysfs_open();
	fake_sysfs_put("/dev/iommu", "");
	for (i = 0; device_types[i]; i++)
		n += add_family(&ops[n], device_types[i]);
	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		ops[n++] = (struct operation){
			.name = xstrdup(sizes[i].name),
			.before =
			    resizing(&sizes[i].before, sizes[i].virtio_mem),
			.has_before =
			    sizes[i].before.vcpus || sizes[i].before.memory,
			.request =
			    resizing(&sizes[i].size, sizes[i].virtio_mem),
			.vcpus = sizes[i].size.vcpus != 0,
			.virtio_mem = sizes[i].virtio_mem,
			.balloon = sizes[i].balloon,
		};
	return n;
}

void
operations_free(struct operation *ops, size_t n)
{
	close(listener);
	remove_tree(folder, NULL);
	fake_sysfs_close();
	while (n-- > 0) {
		free(ops[n].name);
		json_decref(ops[n].params);
		json_decref(ops[n].before_params);
		json_decref(ops[n].holder_params);
	}
}
