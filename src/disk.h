/*
 * What disks of all kinds share: an image behind a protocol node, a format
 * node and, when its throughput is limited, a throttle node with a group of
 * its own.
 *
 * The struct stands first in a family's parameters, and the family's letters
 * begin with those of enum disk_part.
 */
#ifndef DISK_H
#define DISK_H

#include "device.h"

#define DISK_LIMITS 6

struct disk {
	char *image;
	char *format; /* NULL only before disk_check */
	char *serial;
	int aio, discard;
	bool read_only, cache_direct, cache_no_flush;
	int64_t logical, physical; /* block sizes; 0: QEMU's */
	uint64_t size; /* 0: as it is */
	uint64_t limits[DISK_LIMITS]; /* 0: none; see disk_limit_names */

	/* Not from a document. */
	bool format_given;
	bool recalled; /* what is there is what is wanted */
	bool throttled; /* it was recalled with a throttle node */
	bool threaded; /* an iothread serves it */
	bool plugged, on_throttle; /* its device is there, and on which node */
	uint64_t image_size; /* before it is plugged; 0: not known */
	json_int_t handle; /* of its size in the guest's /sys; -1: none */
};

/* QEMU's names of the limits (qapi/block-core.json, ThrottleLimits). */
extern const char *const disk_limit_names[DISK_LIMITS];
/* The first of each is the default. */
extern const char *const disk_aio[], *const disk_discard[];

/* The most that QEMU takes (include/qemu/throttle.h). */
#define DISK_LIMIT_MAX INT64_C(1000000000000000)

#define DISK_LIMIT(row, type_, nth, text)                            \
	{                                                            \
		row, type_, offsetof(struct disk, limits[nth]),      \
		    .max = type_ == DECODE_INT ? DISK_LIMIT_MAX : 0, \
		    .help = text                                     \
	}

/* Rows of a family that begins with a struct disk. */
#define DISK_ROWS                                                             \
	{ "image", DECODE_STRING, offsetof(struct disk, image),               \
		.required = true,                                             \
		.help = "image file or block device of the host" },           \
	    { "format", DECODE_STRING, offsetof(struct disk, format),         \
		    .help = "raw (default) or qcow2" },                       \
	    { "read-only", DECODE_BOOL, offsetof(struct disk, read_only),     \
		    .help = "the guest may not write" },                      \
	    { "serial", DECODE_STRING, offsetof(struct disk, serial),         \
		    .help = "serial number that the guest sees" },            \
	    { "aio", DECODE_ENUM, offsetof(struct disk, aio),                 \
		    .names = disk_aio,                                        \
		    .help = "threads (default), native or io_uring" },        \
	    { "cache.direct", DECODE_BOOL,                                    \
		    offsetof(struct disk, cache_direct),                      \
		    .help = "past the host's page cache" },                   \
	    { "cache.no-flush", DECODE_BOOL,                                  \
		    offsetof(struct disk, cache_no_flush),                    \
		    .help =                                                   \
			"the guest's flushes are ignored: for what may be "   \
			"lost" },                                             \
	    { "discard", DECODE_ENUM, offsetof(struct disk, discard),         \
		    .names = disk_discard,                                    \
		    .help =                                                   \
			"ignore (default) or unmap: what the guest discards " \
			"is freed" },                                         \
	    { "logical-block-size", DECODE_INT,                               \
		    offsetof(struct disk, logical),                           \
		    .help = "bytes, a power of two (512)" },                  \
	    { "physical-block-size", DECODE_INT,                              \
		    offsetof(struct disk, physical),                          \
		    .help = "bytes, a power of two (the logical one)" },      \
	    { "size", DECODE_BYTES, offsetof(struct disk, size),              \
		    .help = "the image is grown to it" },                     \
	    DISK_LIMIT("iops", DECODE_INT, 0,                                 \
		"requests in a second; 0 (default): no limit"),               \
	    DISK_LIMIT("iops-rd", DECODE_INT, 1, "the same of reads"),        \
	    DISK_LIMIT("iops-wr", DECODE_INT, 2, "the same of writes"),       \
	    DISK_LIMIT("bps", DECODE_BYTES, 3,                                \
		"bytes in a second; 0 (default): no limit"),                  \
	    DISK_LIMIT("bps-rd", DECODE_BYTES, 4, "the same of reads"),       \
	    DISK_LIMIT("bps-wr", DECODE_BYTES, 5, "the same of writes")

/* The order of a family's letters. */
enum disk_part {
	DISK_FILE, /* protocol node */
	DISK_FORMAT, /* format node */
	DISK_GROUP, /* throttle group */
	DISK_THROTTLE, /* throttle node */
	DISK_OPTIONS, /* a mark with the options that QEMU does not tell */
	DISK_PARTS,
};

/* Properties of its device that recall and same need: G is the letter of its
 * group. */
#define DISK_PROPERTIES(G) \
	"serial", "logical_block_size", "physical_block_size", G ":limits"

/* ---- disk.c: its parameters ---- */

/* serial_max: bytes that its bus can tell the guest. */
int disk_check(struct device *d, size_t serial_max, struct err *e);
int disk_same(const struct device *d, const struct actual *a, struct err *e);
void disk_recall(struct device *d, const struct actual *a);
/* No other disk of this plan has the same image. */
int disk_check_others(
    const struct placement *placement, const struct device *d, struct err *e);
bool disk_is_limited(const struct disk *disk);
/* A new one gets a throttle node: also one without limits that an iothread
 * serves. QEMU 7.2 and 10.0 die when a node is put below a device that one
 * serves, so it could have no limits later. */
bool disk_is_throttled(const struct disk *disk);
/* The caller frees. */
char *disk_part(const struct device *d, enum disk_part part);
const struct actual_node *disk_node(
    const struct device *d, const struct actual *a, enum disk_part part);
/* What its group is set to; false: it has none. */
bool disk_limits_observed(const struct device *d, const struct actual *a,
    uint64_t limits[DISK_LIMITS]);
/* "native-unmap" of its mark; NULL: it has none. Borrowed from a. */
const char *disk_options(const struct device *d, const struct actual *a);

/* ---- disk-image.c: what can be known before QEMU opens it ---- */

int disk_check_host(
    const struct device *d, const struct actual *a, struct err *e);

/* ---- disk-nodes.c: its steps before the device ---- */

step_fn disk_add_options, disk_del_options, disk_add_file, disk_del_file,
    disk_add_format, disk_del_format, disk_add_group, disk_del_group,
    disk_add_throttle, disk_del_throttle;
step_there_fn disk_has_options, disk_has_file, disk_has_format, disk_has_group,
    disk_has_throttle;

#define DISK_STEPS                                                            \
	{ "options", disk_add_options, disk_del_options, disk_has_options },  \
	    { "protocol node", disk_add_file, disk_del_file, disk_has_file }, \
	    { "format node", disk_add_format, disk_del_format,                \
		    disk_has_format },                                        \
	    { "throttle group", disk_add_group, disk_del_group,               \
		    disk_has_group },                                         \
	{                                                                     \
		"throttle node", disk_add_throttle, disk_del_throttle,        \
		    disk_has_throttle                                         \
	}

/* The node that its device is put on; the caller frees. */
char *disk_top(const struct device *d);
/* device_add's arguments that all disks have. */
void disk_describe(const struct device *d, json_t *device);
/* {"iops-total": …} as QEMU wants them. */
json_t *disk_limits_json(const uint64_t limits[DISK_LIMITS]);

/* ---- disk-change.c: what changes while it is plugged ---- */

extern const struct step disk_changes[];

#endif
