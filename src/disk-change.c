/* What changes of a disk while a guest has it: its limits, and its size. */

#include "base64.h"
#include "commands.h"
#include "disk.h"
#include "run.h"
#include "units.h"
#include "vm.h"

#define SIZE_TEXT_MAX 64
#define SECTOR 512

/* ---- a throttle node below the device ---- */

static void
set_drive(struct run *run, const struct device *d, const char *node)
{
	_free_ char *path = xasprintf("/machine/peripheral/%s", d->id);

	want_reply(run, RUN_MONITOR,
	    cmd_qom_set(path, "drive", must(json_string(node))));
}

/* QEMU lets a device change its node while it works. */
static void
insert_throttle(struct run *run, void *subject)
{
	_free_ char *node = disk_part(subject, DISK_THROTTLE);

	set_drive(run, subject, node);
}

static void
take_throttle_out(struct run *run, void *subject)
{
	_free_ char *node = disk_part(subject, DISK_FORMAT);

	set_drive(run, subject, node);
}

/* A new device is put on the right node at once. */
static bool
is_inserted(const struct actual *a, const void *subject)
{
	const struct disk *disk = ((const struct device *)subject)->params;

	return !disk->plugged || !disk_is_limited(disk) || disk->on_throttle;
}

/* ---- limits ---- */

static void
want_limits(
    struct run *run, const struct device *d, const uint64_t limits[DISK_LIMITS])
{
	_free_ char *group = disk_part(d, DISK_GROUP);
	_free_ char *path = xasprintf("/objects/%s", group);

	want_reply(run, RUN_MONITOR,
	    cmd_qom_set(path, "limits", disk_limits_json(limits)));
}

static void
set_limits(struct run *run, void *subject)
{
	const struct device *d = subject;
	const struct disk *disk = d->params;

	want_limits(run, d, disk->limits);
}

/* Those that were observed before the plan. */
static void
restore_limits(struct run *run, void *subject)
{
	uint64_t limits[DISK_LIMITS] = { 0 };

	disk_limits_observed(subject, vm_actual(run_vm(run)), limits);
	want_limits(run, subject, limits);
}

/* A group that is not there yet will be made with them. */
static bool
limits_are(const struct actual *a, const void *subject)
{
	const struct device *d = subject;
	const struct disk *disk = d->params;
	uint64_t limits[DISK_LIMITS];

	return !disk_limits_observed(d, a, limits) ||
	    memcmp(limits, disk->limits, sizeof(limits)) == 0;
}

/* ---- size ---- */

/* Only the uppermost node tells the guest. */
static void
grow(struct run *run, void *subject)
{
	const struct device *d = subject;
	const struct disk *disk = d->params;
	_free_ char *top = disk_top(d);

	want_reply(run, RUN_MONITOR, cmd_block_resize(top, disk->size));
}

static bool
size_is(const struct actual *a, const void *subject)
{
	const struct device *d = subject;
	const struct disk *disk = d->params;
	const struct actual_node *node = disk_node(d, a, DISK_FORMAT);

	return !disk->size ||
	    disk->size == (node ? node->size : disk->image_size);
}

/* ---- what the guest sees of it ---- */

static void
on_opened(struct run *run, void *subject, const json_t *value)
{
	struct disk *disk = ((struct device *)subject)->params;

	disk->handle = json_is_integer(value) ? json_integer_value(value) : -1;
}

static void
on_disks(struct run *run, void *subject, const json_t *value)
{
	const char *name = device_guest_disk(subject, value);
	const char *base = name ? strrchr(name, '/') : NULL;
	_free_ char *path = NULL;

	if (!base)
		return;
	path = xasprintf("/sys/block%s/size", base);
	want_try(run, RUN_AGENT, cmd_guest_file_open(path, "r"), on_opened);
}

static void
find_in_guest(struct run *run, void *subject)
{
	const struct device *d = subject;

	if (d->ask & ASK_DISKS)
		want_try(run, RUN_AGENT, cmd_guest_get_disks(), on_disks);
}

/* Read again from its begin it is what the kernel says then. */
static enum verdict
probed_size(struct run *run, void *subject, const json_t *value)
{
	const struct disk *disk = ((const struct device *)subject)->params;
	const char *base64 =
	    json_string_value(json_object_get(value, "buf-b64"));
	_free_ char *text = base64 ? base64_decode(base64, NULL) : NULL;

	if (!text || strtoull(text, NULL, 10) != disk->size / SECTOR) {
		want_try(
		    run, RUN_AGENT, cmd_guest_file_rewind(disk->handle), NULL);
		return NOT_YET;
	}
	run_note(run, "confirmed by the guest agent");
	return MET;
}

static void
wait_for_size(struct run *run, void *subject)
{
	const struct device *d = subject;
	const struct disk *disk = d->params;

	if (disk->handle < 0) {
		run_note(run, "by QEMU's word: the guest cannot be asked");
		return;
	}
	want_until(run,
	    &(struct wait){
		.what = "the guest to see its new size",
		.side = RUN_AGENT,
		.probe = cmd_guest_file_read(disk->handle, SIZE_TEXT_MAX),
		.probed = probed_size,
	    });
}

static void
let_go(struct run *run, void *subject)
{
	struct disk *disk = ((struct device *)subject)->params;

	if (disk->handle < 0)
		return;
	want_try(run, RUN_AGENT, cmd_guest_file_close(disk->handle), NULL);
	disk->handle = -1;
}

/* What grew may be in use at once: it is not cut off again. */
const struct step disk_changes[] = {
	{ "throttle", insert_throttle, take_throttle_out, is_inserted },
	{ "limits", set_limits, restore_limits, limits_are },
	{ "size", grow, NULL, size_is, STEP_FINAL },
	{ "size's file", find_in_guest, NULL, size_is, STEP_QUIET },
	{ "guest's size", wait_for_size, NULL, size_is, STEP_OPTIONAL },
	{ "size's end", let_go, NULL, size_is, STEP_QUIET },
	{ NULL },
};
