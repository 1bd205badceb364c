/* The parameters of disks: what can be wrong with them, and how they are read
 * back from one that is there. */

#include "disk.h"
#include "host.h"
#include "part.h"
#include "placement.h"
#include "quote.h"
#include "units.h"

#define BLOCK_SIZE_MIN 512
#define BLOCK_SIZE_MAX ((int64_t)(2 * MIB))

static const char *const formats[] = { "raw", "qcow2", NULL };
const char *const disk_aio[] = { "threads", "native", "io_uring", NULL };
const char *const disk_discard[] = { "ignore", "unmap", NULL };
const char *const disk_limit_names[DISK_LIMITS] = { "iops-total", "iops-read",
	"iops-write", "bps-total", "bps-read", "bps-write" };

char *
disk_part(const struct device *d, enum disk_part part)
{
	return device_part(d, d->type->roles[part]);
}

const struct actual_node *
disk_node(const struct device *d, const struct actual *a, enum disk_part part)
{
	_free_ char *name = disk_part(d, part);

	return actual_node(a, name);
}

const char *
disk_options(const struct device *d, const struct actual *a)
{
	char role = d->type->roles[DISK_OPTIONS];
	const char *name;
	json_t *type;

	json_object_foreach (a->objects, name, type)
		if (part_role(name) == role && part_is_of(name, d->id))
			return part_suffix(name);
	return NULL;
}

bool
disk_is_limited(const struct disk *disk)
{
	size_t i;

	for (i = 0; i < DISK_LIMITS; i++)
		if (disk->limits[i])
			return true;
	return false;
}

bool
disk_is_throttled(const struct disk *disk)
{
	if (disk->recalled)
		return disk->throttled;
	return disk->threaded || disk_is_limited(disk);
}

/* ---- what can be wrong ---- */

static bool
is_block_size(int64_t size)
{
	return size >= BLOCK_SIZE_MIN && size <= BLOCK_SIZE_MAX &&
	    (size & (size - 1)) == 0;
}

static int
check_block_sizes(struct disk *disk, struct err *e)
{
	if (disk->logical && !is_block_size(disk->logical))
		return err_set(e,
		    "logical-block-size: a power of two from %d "
		    "to %lld is wanted, not %lld",
		    BLOCK_SIZE_MIN, (long long)BLOCK_SIZE_MAX,
		    (long long)disk->logical);
	if (disk->logical && !disk->physical)
		disk->physical = disk->logical;
	if (disk->physical && !is_block_size(disk->physical))
		return err_set(e,
		    "physical-block-size: a power of two from %d "
		    "to %lld is wanted, not %lld",
		    BLOCK_SIZE_MIN, (long long)BLOCK_SIZE_MAX,
		    (long long)disk->physical);
	if (disk->physical < disk->logical)
		return err_set(e,
		    "physical-block-size: at least the logical one's %lld is "
		    "wanted, not %lld",
		    (long long)disk->logical, (long long)disk->physical);
	return 0;
}

static int
check_format(struct disk *disk, struct err *e)
{
	size_t i;

	disk->format_given = disk->format != NULL;
	if (!disk->format)
		disk->format = xstrdup(formats[0]);
	for (i = 0; formats[i]; i++)
		if (str_eq(formats[i], disk->format))
			return 0;
	return err_set(e, "format: \"%s\" is none of: raw, qcow2",
	    quote(disk->format).text);
}

/* QEMU takes a limit of all, or of reads and writes. */
static int
check_limits(const struct disk *disk, struct err *e)
{
	static const char *const keys[DISK_LIMITS] = { "iops", "iops-rd",
		"iops-wr", "bps", "bps-rd", "bps-wr" };
	size_t i;

	for (i = 0; i < DISK_LIMITS; i++)
		if (disk->limits[i] > (uint64_t)DISK_LIMIT_MAX)
			return err_set(e, "%s: at most %lld is wanted", keys[i],
			    (long long)DISK_LIMIT_MAX);
	for (i = 0; i < DISK_LIMITS; i += 3) {
		const uint64_t *of = &disk->limits[i];

		if (of[0] && (of[1] || of[2]))
			return err_set(e,
			    "%s limits reads and writes together: it does not "
			    "go with %s-rd or %s-wr",
			    keys[i], keys[i], keys[i]);
	}
	return 0;
}

static int
check_size(const struct disk *disk, struct err *e)
{
	int64_t block = disk->logical ? disk->logical : BLOCK_SIZE_MIN;

	if (disk->size && disk->read_only)
		return err_set(e, "size: a read-only image does not grow");
	if (disk->size > INT64_MAX || disk->size % (uint64_t)block)
		return err_set(e,
		    "size: a multiple of %lld bytes is wanted, not %llu",
		    (long long)block, (unsigned long long)disk->size);
	return 0;
}

int
disk_check(struct device *d, size_t serial_max, struct err *e)
{
	struct disk *disk = d->params;
	char *image = path_absolute(NULL, disk->image);

	/* QEMU does not stand where we stand. */
	free(disk->image);
	disk->image = image;
	disk->handle = -1;
	if (disk->serial && strlen(disk->serial) > serial_max)
		return err_set(e, "serial: at most %zu bytes", serial_max);
	if (str_eq(disk_aio[disk->aio], "native") && !disk->cache_direct)
		return err_set(e,
		    "aio: native needs cache.direct=true; threads and io_uring "
		    "do not");
	if (check_format(disk, e) < 0 || check_block_sizes(disk, e) < 0 ||
	    check_limits(disk, e) < 0)
		return -1;
	return check_size(disk, e);
}

/* A plan that has both would be refused by QEMU in its middle. */
int
disk_check_others(
    const struct placement *placement, const struct device *d, struct err *e)
{
	const struct disk *disk = d->params;
	size_t i;

	for (i = 0; i < placement->wanted_n; i++) {
		const struct device *other = placement->wanted[i];
		const struct disk *its = other->params;

		if (other == d || other->type->changes != disk_changes ||
		    !str_eq(its->image, disk->image) ||
		    (its->read_only && disk->read_only))
			continue;
		return err_set(e,
		    "image %s is also that of %s %s: two disks may share one "
		    "only where both are read-only",
		    disk->image, other->type->words, other->id);
	}
	return 0;
}

/* ---- what is there ---- */

static void
recall_options(struct device *d, const struct actual *a)
{
	struct disk *disk = d->params;
	const char *text = disk_options(d, a), *dash;
	size_t n, i;

	if (!text || !(dash = strchr(text, '-')))
		return;
	n = (size_t)(dash - text);
	for (i = 0; disk_aio[i]; i++)
		if (strlen(disk_aio[i]) == n &&
		    strncmp(disk_aio[i], text, n) == 0)
			disk->aio = (int)i;
	for (i = 0; disk_discard[i]; i++)
		if (str_eq(disk_discard[i], dash + 1))
			disk->discard = (int)i;
}

bool
disk_limits_observed(const struct device *d, const struct actual *a,
    uint64_t limits[DISK_LIMITS])
{
	_free_ char *key = xasprintf("%c:limits", d->type->roles[DISK_GROUP]);
	const struct actual_device *there = actual_device(a, d->id);
	const json_t *value = there ? actual_property(there, key) : NULL;
	size_t i;

	for (i = 0; value && i < DISK_LIMITS; i++) {
		json_int_t n = json_integer_value(
		    json_object_get(value, disk_limit_names[i]));

		limits[i] = n > 0 ? (uint64_t)n : 0;
	}
	return value;
}

void
disk_recall(struct device *d, const struct actual *a)
{
	struct disk *disk = d->params;
	const struct actual_node *file = disk_node(d, a, DISK_FILE);
	const struct actual_node *format = disk_node(d, a, DISK_FORMAT);

	disk->recalled = true;
	disk->throttled = disk_node(d, a, DISK_THROTTLE);
	disk->handle = -1;
	disk->image = file ? xstrdup0(file->filename) : NULL;
	disk->format =
	    xstrdup(format && format->driver ? format->driver : formats[0]);
	disk->read_only = file && file->read_only;
	disk->cache_direct = file && file->direct;
	disk->cache_no_flush = file && file->no_flush;
	disk->serial = xstrdup0(device_text(d, a, "serial"));
	disk->logical = device_number(d, a, "logical_block_size");
	disk->physical = device_number(d, a, "physical_block_size");
	recall_options(d, a);
	disk_limits_observed(d, a, disk->limits);
}

/* A disk does not shrink while a guest has it. */
static int
check_growth(const struct device *d, const struct actual *a, struct err *e)
{
	const struct disk *disk = d->params;
	const struct actual_node *node = disk_node(d, a, DISK_FORMAT);
	_free_ char *wanted = NULL, *there = NULL;

	if (!disk->size || !node || disk->size >= node->size)
		return 0;
	wanted = units_print_bytes(disk->size);
	there = units_print_bytes(node->size);
	return err_set(e,
	    "size: it has %s, and %s would cut off what the guest may have "
	    "there; a disk only grows",
	    there, wanted);
}

/* Which node the device is on that is there. */
static void
find_top(const struct device *d, const struct actual *a)
{
	struct disk *disk = d->params;
	const struct actual_device *there = actual_device(a, d->id);
	_free_ char *throttle = disk_part(d, DISK_THROTTLE);

	disk->plugged = there;
	disk->on_throttle = there && str_eq(there->node, throttle);
}

/* QEMU before 6.0: a device keeps its drive, and where an iothread serves it a
 * new size ends in a deadlock. */
static int
check_old(const struct device *d, const struct actual *a, struct err *e)
{
	const struct disk *disk = d->params;
	const struct actual_node *node = disk_node(d, a, DISK_FORMAT);

	if (actual_version_at_least(a, 6, 0))
		return 0;
	if (disk_is_limited(disk) && !disk->on_throttle)
		return err_set(e,
		    "it came without limits, and this QEMU cannot give it any "
		    "while it is there (6.0 can); remove it first");
	if (disk->threaded && disk->size && node && disk->size != node->size)
		return err_set(e,
		    "an iothread serves it, and this QEMU hangs when such a "
		    "disk grows (6.0 does not); remove it first");
	return 0;
}

int
disk_same(const struct device *d, const struct actual *a, struct err *e)
{
	static const char *const changes[] = { "size", "iops", "iops-rd",
		"iops-wr", "bps", "bps-rd", "bps-wr", NULL };

	const struct disk *disk = d->params;

	find_top(d, a);
	if (!disk->plugged)
		return check_growth(d, a, e);
	if (device_same(d, a, changes, e) < 0)
		return -1;
	if (disk->threaded && disk_is_limited(disk) && !disk->on_throttle)
		return err_set(e,
		    "it came without limits, and an iothread serves it: its "
		    "nodes cannot be changed; remove it first");
	if (check_old(d, a, e) < 0)
		return -1;
	return check_growth(d, a, e);
}
