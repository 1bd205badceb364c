/* The nodes of a disk, from its image up to what its device is put on. */

#include "commands.h"
#include "disk.h"
#include "mark.h"
#include "run.h"
#include <sys/stat.h>

/* ---- options ---- */

/* aio and discard are nowhere in what QEMU tells of a node: an object's name
 * remembers them where they are not the defaults. */
static char *
options_name(const struct device *d)
{
	const struct disk *disk = d->params;
	_free_ char *part = disk_part(d, DISK_OPTIONS);

	return xasprintf(
	    "%s.%s-%s", part, disk_aio[disk->aio], disk_discard[disk->discard]);
}

void
disk_add_options(struct run *run, void *subject)
{
	_free_ char *name = options_name(subject);

	want_reply(run, RUN_MONITOR, cmd_object_add(mark_object(name)));
}

void
disk_del_options(struct run *run, void *subject)
{
	_free_ char *name = options_name(subject);

	want_reply(run, RUN_MONITOR, cmd_object_del(name));
}

/* One that is only wanted by some: what is not wanted need not be made, and
 * what was never there need not be taken away. */
static bool
is_settled(const struct disk *disk, bool is_there, bool is_wanted)
{
	return is_there || (!disk->recalled && !is_wanted);
}

bool
disk_has_options(const struct actual *a, const void *subject)
{
	const struct device *d = subject;
	const struct disk *disk = d->params;

	return is_settled(disk, disk_options(d, a), disk->aio || disk->discard);
}

/* ---- protocol and format ---- */

/* On what, and by which key it is named. */
static json_t *
node_options(const struct device *d, enum disk_part part, const char *driver,
    const char *key, const char *below)
{
	const struct disk *disk = d->params;
	_free_ char *name = disk_part(d, part);
	json_t *node = must(json_pack("{s:s, s:s, s:s*, s:b}", "driver", driver,
	    "node-name", name, key, below, "read-only", disk->read_only));

	if (disk->cache_direct || disk->cache_no_flush)
		json_object_set_new(node, "cache",
		    must(json_pack("{s:b, s:b}", "direct", disk->cache_direct,
			"no-flush", disk->cache_no_flush)));
	if (disk->discard)
		json_object_set_new(
		    node, "discard", json_string(disk_discard[disk->discard]));
	return node;
}

void
disk_add_file(struct run *run, void *subject)
{
	const struct device *d = subject;
	const struct disk *disk = d->params;
	struct stat st;
	bool device = stat(disk->image, &st) == 0 && S_ISBLK(st.st_mode);
	json_t *node = node_options(d, DISK_FILE,
	    device ? "host_device" : "file", "filename", disk->image);

	if (disk->aio)
		json_object_set_new(
		    node, "aio", json_string(disk_aio[disk->aio]));
	want_reply(run, RUN_MONITOR, cmd_blockdev_add(node));
}

static void
del_node(struct run *run, const struct device *d, enum disk_part part)
{
	_free_ char *name = disk_part(d, part);

	want_reply(run, RUN_MONITOR, cmd_blockdev_del(name));
}

void
disk_del_file(struct run *run, void *subject)
{
	del_node(run, subject, DISK_FILE);
}

bool
disk_has_file(const struct actual *a, const void *subject)
{
	return disk_node(subject, a, DISK_FILE);
}

void
disk_add_format(struct run *run, void *subject)
{
	const struct device *d = subject;
	const struct disk *disk = d->params;
	_free_ char *file = disk_part(d, DISK_FILE);
	json_t *node = node_options(d, DISK_FORMAT, disk->format, "file", file);

	want_reply(run, RUN_MONITOR, cmd_blockdev_add(node));
}

void
disk_del_format(struct run *run, void *subject)
{
	del_node(run, subject, DISK_FORMAT);
}

bool
disk_has_format(const struct actual *a, const void *subject)
{
	return disk_node(subject, a, DISK_FORMAT);
}

/* ---- throttle ---- */

json_t *
disk_limits_json(const uint64_t limits[DISK_LIMITS])
{
	json_t *out = must(json_object());
	size_t i;

	for (i = 0; i < DISK_LIMITS; i++)
		json_object_set_new(out, disk_limit_names[i],
		    json_integer((json_int_t)limits[i]));
	return out;
}

/* One that is there gets its node only when it is first limited. */
static bool
is_throttle_wanted(const struct actual *a, const struct device *d)
{
	return actual_device(a, d->id) ? disk_is_limited(d->params)
				       : disk_is_throttled(d->params);
}

void
disk_add_group(struct run *run, void *subject)
{
	const struct device *d = subject;
	const struct disk *disk = d->params;
	_free_ char *name = disk_part(d, DISK_GROUP);

	want_reply(run, RUN_MONITOR,
	    cmd_object_add(
		must(json_pack("{s:s, s:s, s:o}", "qom-type", "throttle-group",
		    "id", name, "limits", disk_limits_json(disk->limits)))));
}

void
disk_del_group(struct run *run, void *subject)
{
	_free_ char *name = disk_part(subject, DISK_GROUP);

	want_reply(run, RUN_MONITOR, cmd_object_del(name));
}

bool
disk_has_group(const struct actual *a, const void *subject)
{
	const struct device *d = subject;
	_free_ char *name = disk_part(d, DISK_GROUP);

	return is_settled(
	    d->params, actual_object(a, name), is_throttle_wanted(a, d));
}

void
disk_add_throttle(struct run *run, void *subject)
{
	const struct device *d = subject;
	_free_ char *group = disk_part(d, DISK_GROUP),
		    *format = disk_part(d, DISK_FORMAT);
	json_t *node =
	    node_options(d, DISK_THROTTLE, "throttle", "file", format);

	json_object_set_new(node, "throttle-group", json_string(group));
	want_reply(run, RUN_MONITOR, cmd_blockdev_add(node));
}

void
disk_del_throttle(struct run *run, void *subject)
{
	del_node(run, subject, DISK_THROTTLE);
}

bool
disk_has_throttle(const struct actual *a, const void *subject)
{
	const struct device *d = subject;

	return is_settled(d->params, disk_node(d, a, DISK_THROTTLE),
	    is_throttle_wanted(a, d));
}

/* ---- the device's part ---- */

char *
disk_top(const struct device *d)
{
	const struct disk *disk = d->params;
	bool throttled = disk->plugged
	    ? disk->on_throttle || disk_is_limited(disk)
	    : disk_is_throttled(disk);

	return disk_part(d, throttled ? DISK_THROTTLE : DISK_FORMAT);
}

void
disk_describe(const struct device *d, json_t *device)
{
	const struct disk *disk = d->params;
	_free_ char *top = disk_top(d);

	json_object_set_new(device, "drive", json_string(top));
	if (disk->serial && *disk->serial)
		json_object_set_new(
		    device, "serial", json_string(disk->serial));
	if (disk->logical)
		json_object_set_new(
		    device, "logical_block_size", json_integer(disk->logical));
	if (disk->physical)
		json_object_set_new(device, "physical_block_size",
		    json_integer(disk->physical));
}
