/* virtio-mem: its backend and its device, and how much of it the guest uses. */

#include "virtio-mem.h"
#include "clock.h"
#include "commands.h"
#include "memory.h"
#include "run.h"
#include "units.h"

uint64_t
virtio_mem_granule(const struct actual_virtio_mem *v)
{
	return MAX(v->block, (uint64_t)VIRTIO_MEM_GRANULE);
}

void
virtio_mem_device_free(void *device)
{
	struct virtio_mem_device *d = device;

	free(d->pci.id);
	free(d->pci.bus);
	free(d);
}

void
virtio_mem_size_free(void *size)
{
	struct virtio_mem_size *s = size;

	free(s->id);
	free(s);
}

/* ---- the device ---- */

/* Nothing is reserved: it is as large as the VM may ever be. */
static void
add_backend(struct run *run, void *subject)
{
	const struct virtio_mem_device *d = subject;
	json_t *options =
	    memory_backend(VIRTIO_MEM_BACKEND, d->size, d->shared);

	if (d->can_reserve)
		json_object_set_new(options, "reserve", json_false());
	want_reply(run, RUN_MONITOR, cmd_object_add(options));
}

static void
del_backend(struct run *run, void *subject)
{
	want_reply(run, RUN_MONITOR, cmd_object_del(VIRTIO_MEM_BACKEND));
}

static bool
has_backend(const struct actual *a, const void *subject)
{
	return actual_object(a, VIRTIO_MEM_BACKEND);
}

static void
add_device(struct run *run, void *subject)
{
	const struct virtio_mem_device *d = subject;
	_free_ char *addr = xasprintf("%x", d->pci.slot);

	want_reply(run, RUN_MONITOR,
	    cmd_device_add(must(json_pack("{s:s, s:s, s:s, s:s*, s:s}",
		"driver", "virtio-mem-pci", "id", VIRTIO_MEM_ID, "memdev",
		VIRTIO_MEM_BACKEND, "bus", d->pci.bus, "addr", addr))));
}

static void
del_device(struct run *run, void *subject)
{
	struct virtio_mem_device *d = subject;

	if (d->can_unplug)
		device_unplug(run, &d->pci);
	else
		run_refuse(run,
		    "this QEMU cannot unplug a virtio-mem device (8.2 can); "
		    "it stays, with no memory in it");
}

static bool
has_device(const struct actual *a, const void *subject)
{
	return a->virtio_mem.id != NULL;
}

const struct step virtio_mem_device_steps[] = {
	{ "backend", add_backend, del_backend, has_backend },
	{ "device", add_device, del_device, has_device },
	{ NULL },
};

/* ---- how much of it ---- */

static bool
is_growing(const struct virtio_mem_size *s)
{
	return !s->is_back && s->target >= s->begin;
}

/* The size is what it will be; blocks are still to come online. */
static enum verdict
settle(struct run *run, struct virtio_mem_size *s)
{
	s->is_settled = true;
	s->plugged_at = clock_now(run_clock(run));
	return MET;
}

/* Rate limited to one a second: only a reason to ask. */
static enum verdict
heard_size(
    struct run *run, void *subject, const char *event, const json_t *data)
{
	const struct virtio_mem_size *s = subject;
	const char *id = json_string_value(json_object_get(data, "id"));

	return str_eq(event, "MEMORY_DEVICE_SIZE_CHANGE") && str_eq(id, s->id)
	    ? LOOK
	    : NOT_YET;
}

/* Its entry in query-memory-devices. */
static void
read_size(struct virtio_mem_size *s, const json_t *devices)
{
	size_t i;
	json_t *v;

	json_array_foreach (devices, i, v) {
		const json_t *data = json_object_get(v, "data");

		if (!str_eq(
			json_string_value(json_object_get(data, "id")), s->id))
			continue;
		s->now.size =
		    (uint64_t)json_integer_value(json_object_get(data, "size"));
		s->now.max = (uint64_t)json_integer_value(
		    json_object_get(data, "max-size"));
		s->now.addr = (uint64_t)json_integer_value(
		    json_object_get(data, "memaddr"));
	}
}

/* "256Mi wanted, 64Mi before, 192Mi now". */
static void
tell_partial(struct run *run, const struct virtio_mem_size *s, const char *why)
{
	_free_ char *asked = units_print_bytes(s->wanted);
	_free_ char *had = units_print_bytes(s->begin);
	_free_ char *got = units_print_bytes(s->now.size);

	run_partial(run, "%s wanted, %s before, %s now: the guest %s", asked,
	    had, got, why);
}

static enum verdict
probed_size(struct run *run, void *subject, const json_t *value)
{
	struct virtio_mem_size *s = subject;
	_free_ char *size = NULL;

	read_size(s, value);
	s->told_at = clock_now(run_clock(run));
	if (s->now.size != s->target)
		return NOT_YET;
	size = units_print_bytes(s->now.size);
	if (s->target == s->to && s->wanted != s->to)
		tell_partial(run, s, "uses the rest");
	else
		run_note(run, "%s plugged, by the guest's word to QEMU", size);
	return settle(run, s);
}

/* try: an error changes nothing. */
static void
request_size(
    struct run *run, const struct virtio_mem_size *s, uint64_t size, bool try)
{
	_free_ char *path = xasprintf("/machine/peripheral/%s", s->id);
	json_t *command =
	    cmd_qom_set(path, "requested-size", json_integer((json_int_t)size));

	if (try)
		want_try(run, RUN_MONITOR, command, NULL);
	else
		want_reply(run, RUN_MONITOR, command);
}

/* Why it stays as it is, for its undo and for a guest without the driver. */
static enum verdict
refuse_late(struct run *run, const struct virtio_mem_size *s)
{
	_free_ char *asked = units_print_bytes(s->target);
	_free_ char *got = units_print_bytes(s->now.size);

	if (s->is_back)
		return run_refuse(run,
		    "of virtio-mem the guest has %s plugged, not %s", got,
		    asked);
	return run_refuse(run,
	    "accepted by QEMU, not by the guest: it plugs nothing of the %s "
	    "that it was offered; its kernel needs the driver virtio_mem "
	    "(CONFIG_VIRTIO_MEM)",
	    asked);
}

/*
 * An agent that is silent proves nothing of a guest that has the driver: it
 * waits for a kernel that is busy offlining memory in use. That guest is not
 * pressed any further.
 */
static enum verdict
late_size(struct run *run, void *subject)
{
	struct virtio_mem_size *s = subject;
	bool moves = s->now.size != s->last, speaks = s->answers > 0;
	bool told = clock_now(run_clock(run)) - s->told_at < MEMORY_TOLD_US;

	s->last = s->now.size;
	s->answers = 0;
	/* A QEMU that says nothing is its link's affair. */
	if (moves || !told)
		return NOT_YET;
	if (s->now.size == s->begin && !speaks && !s->is_driven)
		return LOOK;
	if (s->is_back || (s->now.size == 0 && !s->is_driven))
		return refuse_late(run, s);
	tell_partial(
	    run, s, is_growing(s) ? "plugs no more" : "does not give more");
	if (!is_growing(s))
		request_size(run, s, s->now.size, true);
	return settle(run, s);
}

/* ---- the guest, by the agent ---- */

/* The blocks of the device that are offline, as guest-set-memory-blocks wants
 * them. */
static json_t *
offline_blocks(const struct virtio_mem_size *s, const json_t *blocks)
{
	json_t *out = must(json_array()), *block;
	size_t i;

	json_array_foreach (blocks, i, block) {
		json_t *index = json_object_get(block, "phys-index");

		if (json_is_false(json_object_get(block, "online")) &&
		    actual_is_virtio_mem_block(
			&s->now, s->block_size, json_integer_value(index)))
			json_array_append_new(out,
			    must(json_pack("{s:O, s:b}", "phys-index", index,
				"online", 1)));
	}
	return out;
}

/* Linux plugs first and has the blocks afterwards: those that are online have
 * room for all that is plugged. */
static bool
has_all_online(const struct virtio_mem_size *s, const json_t *blocks)
{
	uint64_t online = 0;
	size_t i;
	json_t *block;

	json_array_foreach (blocks, i, block)
		if (json_is_true(json_object_get(block, "online")) &&
		    actual_is_virtio_mem_block(&s->now, s->block_size,
			json_integer_value(
			    json_object_get(block, "phys-index"))))
			online += s->block_size;
	return online >= s->now.size;
}

/*
 * Linux adds no more than 1 GiB that nobody brings online (virtio_mem.c,
 * offline_threshold): guests that do not do it by themselves are asked to
 * while they plug, but not before they had the time. So are those that were
 * about to give back what they now keep. One that is at it itself says then
 * that it could not: only blocks tell.
 */
static enum verdict
probed_blocks(struct run *run, void *subject, const json_t *value)
{
	struct virtio_mem_size *s = subject;
	json_auto_t *offline = offline_blocks(s, value);
	uint64_t now = clock_now(run_clock(run));
	bool some_offline = json_array_size(offline) > 0;

	s->answers++;
	if (!some_offline)
		s->plugged_at = now;
	/* A guest that gives has blocks offline meanwhile. */
	if (s->is_settled && has_all_online(s, value) &&
	    (!some_offline || !is_growing(s)))
		return MET;
	if (!some_offline || (!is_growing(s) && !s->is_settled))
		return NOT_YET;
	if (now - s->plugged_at < MEMORY_ONLINE_GRACE_US)
		return NOT_YET;
	s->plugged_at = now;
	want_try(run, RUN_AGENT,
	    cmd_guest_set_memory_blocks(json_incref(offline)), NULL);
	return NOT_YET;
}

/* The size decides, while it is not settled. */
static enum verdict
late_blocks(struct run *run, void *subject)
{
	const struct virtio_mem_size *s = subject;

	if (!s->is_settled)
		return NOT_YET;
	return is_growing(s) ? LOOK : MET;
}

static void
wait_for_size(struct run *run, struct virtio_mem_size *s)
{
	want_until(run,
	    &(struct wait){
		.what = "the guest to plug or unplug so much (virtio-mem)",
		.heard = heard_size,
		.probe = cmd_query_memory_devices(),
		.probed = probed_size,
		.late = late_size,
		.silence = PLAN_PENDING,
	    });
	if (!s->block_size)
		return;
	want_until(run,
	    &(struct wait){
		.what =
		    "the guest to have it online; if it does not by itself, "
		    "it is asked to (guest-set-memory-blocks)",
		.side = RUN_AGENT,
		.probe = cmd_guest_get_memory_blocks(),
		.probed = probed_blocks,
		.late = late_blocks,
		.silence = PLAN_PENDING,
	    });
}

static void
set_size(struct run *run, struct virtio_mem_size *s, uint64_t size)
{
	s->target = size;
	s->last = s->now.size = s->begin;
	s->plugged_at = clock_now(run_clock(run));
	s->is_settled = false;
	request_size(run, s, size, false);
	wait_for_size(run, s);
}

/* A guest that stopped at less is not asked for still more. */
static bool
has_stopped(struct run *run)
{
	const struct plan *plan = run_plan(run);
	size_t i;

	for (i = 0; i < plan_length(plan); i++) {
		const struct plan_step *step = plan_at(plan, i);

		if (step->item->table == virtio_mem_size_steps &&
		    step->result == STEP_PARTIAL)
			return true;
	}
	return false;
}

static void
resize(struct run *run, void *subject)
{
	struct virtio_mem_size *s = subject;

	s->now.size = s->begin;
	if (has_stopped(run))
		run_partial(run, "not asked for: the guest stopped before");
	else if (s->to == s->from && s->wanted != s->to)
		tell_partial(run, s, "has nothing to spare");
	else
		set_size(run, s, s->to);
}

static void
resize_back(struct run *run, void *subject)
{
	struct virtio_mem_size *s = subject;

	s->is_back = true;
	set_size(run, s, s->from);
}

static bool
has_size(const struct actual *a, const void *subject)
{
	const struct virtio_mem_size *s = subject;

	return s->wanted == s->to && a->virtio_mem.requested == s->to &&
	    a->virtio_mem.size == s->to && a->virtio_mem.blocks_offline == 0;
}

const struct step virtio_mem_size_steps[] = {
	{ "size", resize, resize_back, has_size },
	{ NULL },
};
