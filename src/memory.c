/* Memory by DIMMs: a backend object, the device, and the guest's blocks. */

#include "memory.h"
#include "acpi.h"
#include "clock.h"
#include "commands.h"
#include "device.h"
#include "run.h"
#include "units.h"

void
dimm_free(void *dimm)
{
	struct dimm *d = dimm;

	free(d->id);
	free(d->memdev);
	free(d);
}

/* ---- the backend ---- */

json_t *
memory_backend(const char *id, uint64_t size, bool share)
{
	json_t *options = must(json_pack("{s:s, s:s, s:I}", "qom-type",
	    share ? "memory-backend-memfd" : "memory-backend-ram", "id", id,
	    "size", (json_int_t)size));

	if (share)
		json_object_set_new(options, "share", json_true());
	return options;
}

static void
add_backend(struct run *run, void *subject)
{
	const struct dimm *d = subject;

	want_reply(run, RUN_MONITOR,
	    cmd_object_add(memory_backend(d->memdev, d->size, d->share)));
}

static void
del_backend(struct run *run, void *subject)
{
	const struct dimm *d = subject;

	want_reply(run, RUN_MONITOR, cmd_object_del(d->memdev));
}

static bool
has_backend(const struct actual *a, const void *subject)
{
	const struct dimm *d = subject;

	return actual_object(a, d->memdev);
}

/* ---- the device ---- */

static void
add_dimm(struct run *run, void *subject)
{
	const struct dimm *d = subject;
	json_t *device = must(json_pack("{s:s, s:s, s:s}", "driver", "pc-dimm",
	    "id", d->id, "memdev", d->memdev));

	if (d->addr)
		json_object_set_new(
		    device, "addr", json_integer((json_int_t)d->addr));
	want_reply(run, RUN_MONITOR, cmd_device_add(device));
}

static enum verdict
heard_gone(
    struct run *run, void *subject, const char *event, const json_t *data)
{
	const struct dimm *d = subject;
	const char *about = json_string_value(json_object_get(data, "device"));

	if (str_eq(event, "DEVICE_DELETED") && str_eq(about, d->id))
		return MET;
	return acpi_heard_refusal(run, d->id, event, data);
}

static enum verdict
probed_gone(struct run *run, void *subject, const json_t *value)
{
	const struct dimm *d = subject;
	size_t i;
	json_t *v;

	json_array_foreach (value, i, v)
		if (str_eq(json_string_value(json_object_get(
			       json_object_get(v, "data"), "id")),
			d->id))
			return NOT_YET;
	return MET;
}

static void
del_dimm(struct run *run, void *subject)
{
	const struct dimm *d = subject;

	want_reply(run, RUN_MONITOR, cmd_device_del(d->id));
	want_until(run,
	    &(struct wait){
		.what = "the guest to give it up",
		.heard = heard_gone,
		.probe = cmd_query_memory_devices(),
		.probed = probed_gone,
		.steady_ms = DEVICE_GONE_STEADY_MS,
		.silence = PLAN_PENDING,
	    });
}

static bool
has_dimm(const struct actual *a, const void *subject)
{
	const struct dimm *d = subject;

	return actual_dimm(a, d->id) != NULL;
}

/* ---- the guest, by the agent ---- */

static bool
is_of_dimms(const struct dimm *d, const json_t *block)
{
	return !actual_is_virtio_mem_block(&d->virtio_mem, d->block_size,
	    json_integer_value(json_object_get(block, "phys-index")));
}

/* How many of guest-get-memory-blocks are there, and online. */
static int
count_blocks(const struct dimm *d, const json_t *blocks, bool online_only)
{
	size_t i;
	int n = 0;
	json_t *block;

	json_array_foreach (blocks, i, block)
		n += is_of_dimms(d, block) &&
		    (!online_only ||
			json_is_true(json_object_get(block, "online")));
	return n;
}

/* The blocks that are there and offline, as guest-set-memory-blocks wants
 * them. */
static json_t *
offline_blocks(const struct dimm *d, const json_t *blocks)
{
	json_t *out = must(json_array()), *block;
	size_t i;

	json_array_foreach (blocks, i, block)
		if (is_of_dimms(d, block) &&
		    json_is_false(json_object_get(block, "online")))
			json_array_append_new(out,
			    must(json_pack("{s:O, s:b}", "phys-index",
				json_object_get(block, "phys-index"), "online",
				1)));
	return out;
}

/* The guest's ACPI has dealt with the device: worth asking now. */
static enum verdict
heard_taken(
    struct run *run, void *subject, const char *event, const json_t *data)
{
	const struct dimm *d = subject;

	return acpi_heard_insert(run, d->id, event, data);
}

static enum verdict
are_online(struct run *run, const struct dimm *d, const json_t *value)
{
	int online = count_blocks(d, value, true);

	if (online < d->guest_blocks)
		return NOT_YET;
	run_note(run, "%d blocks online, confirmed by the guest agent", online);
	return MET;
}

static enum verdict
probed_blocks(struct run *run, void *subject, const json_t *value)
{
	struct dimm *d = subject;

	if (count_blocks(d, value, false) < d->guest_blocks)
		return NOT_YET;
	d->seen = clock_now(run_clock(run));
	d->is_online = are_online(run, d, value) == MET;
	return MET;
}

static void
see_by_agent(struct run *run, void *subject)
{
	want_until(run,
	    &(struct wait){
		.what = "the guest to show its memory blocks",
		.heard = heard_taken,
		.side = RUN_AGENT,
		.probe = cmd_guest_get_memory_blocks(),
		.probed = probed_blocks,
		.silence = PLAN_PENDING,
	    });
}

/* Kernels that do not online memory by themselves are asked to, not before
 * they had the time: asking those that do fails, and when it does not, the
 * memory may not be movable where the guest would have made it so. */
static enum verdict
probed_online(struct run *run, void *subject, const json_t *value)
{
	struct dimm *d = subject;
	json_t *offline;

	if (are_online(run, d, value) == MET)
		return MET;
	if (d->is_asked ||
	    clock_now(run_clock(run)) - d->seen < MEMORY_ONLINE_GRACE_US)
		return NOT_YET;
	d->is_asked = true;
	offline = offline_blocks(d, value);
	if (json_array_size(offline) > 0)
		want_reply(
		    run, RUN_AGENT, cmd_guest_set_memory_blocks(offline));
	else
		json_decref(offline);
	return NOT_YET;
}

static void
set_online(struct run *run, void *subject)
{
	const struct dimm *d = subject;

	if (d->is_online)
		return;
	want_until(run,
	    &(struct wait){
		.what =
		    "the guest to have its memory online; if it does "
		    "not by itself, it is asked to (guest-set-memory-blocks)",
		.heard = heard_taken,
		.side = RUN_AGENT,
		.probe = cmd_guest_get_memory_blocks(),
		.probed = probed_online,
		.silence = PLAN_PENDING,
	    });
}

const struct step dimm_steps_agent[] = {
	{ "backend", add_backend, del_backend, has_backend },
	{ "device", add_dimm, del_dimm, has_dimm },
	{ "guest", see_by_agent },
	{ "online", set_online },
	{ NULL },
};

/* ---- the guest, by ACPI ---- */

static enum verdict
probed_accepted(struct run *run, void *subject, const json_t *value)
{
	const struct dimm *d = subject;

	return acpi_probed_insert(run, d->id, value);
}

static void
see_by_acpi(struct run *run, void *subject)
{
	want_until(run,
	    &(struct wait){
		.what = "the guest to take the memory",
		.heard = heard_taken,
		.probe = cmd_query_acpi_ospm_status(),
		.probed = probed_accepted,
		.silence = PLAN_PENDING,
	    });
}

const struct step dimm_steps_acpi[] = {
	{ "backend", add_backend, del_backend, has_backend },
	{ "device", add_dimm, del_dimm, has_dimm },
	{ "guest", see_by_acpi },
	{ NULL },
};

/* ---- how many of what size ---- */

/* The largest next DIMM in whole blocks. */
static uint64_t
largest_step(uint64_t present, uint64_t free, uint64_t paid, uint64_t block)
{
	uint64_t most = present > UINT64_MAX / MEMORY_STEP_FACTOR
	    ? UINT64_MAX
	    : present * MEMORY_STEP_FACTOR;

	if (free) {
		uint64_t left = free > paid ? free - paid : 0;

		if (left < UINT64_MAX / MEMMAP_SHARE)
			most = MIN(most, left * MEMMAP_SHARE);
	}
	return most / block * block;
}

int
memory_steps(uint64_t present, uint64_t free, uint64_t add, uint64_t block,
    int slots, uint64_t sizes[MEMORY_STEPS_MAX], struct err *e)
{
	int most = slots < 0 ? MEMORY_STEPS_MAX : MIN(slots, MEMORY_STEPS_MAX);
	_free_ char *wanted = units_print_bytes(add);
	uint64_t paid = 0;
	int n;

	for (n = 0; add > 0; n++) {
		uint64_t size = largest_step(present, free, paid, block);

		if (n == most)
			return err_set(e,
			    "memory: %s more needs more than the %d free DIMM "
			    "slot%s (memory_slots in the template)",
			    wanted, most, most == 1 ? "" : "s");
		if (size == 0)
			return err_set(e,
			    "memory: the guest cannot take %s more: its free "
			    "memory does not pay for the page structures "
			    "(64 B for each 4 KiB); a larger default_memory in "
			    "the template is needed",
			    wanted);
		sizes[n] = MIN(size, add);
		add -= sizes[n];
		present += sizes[n];
		paid += sizes[n] / MEMMAP_SHARE;
	}
	return n;
}

/* The largest DIMM that is not picked yet and fits into excess, or -1. */
static int
best_fit(const struct actual *a, uint64_t excess, const bool *picks)
{
	int best = -1;
	size_t i;

	for (i = 0; i < a->dimms_n; i++) {
		const struct actual_dimm *d = &a->dimms[i];

		if (picks[i] || !d->id || !d->hotplugged || d->size > excess)
			continue;
		if (best < 0 || d->size >= a->dimms[best].size)
			best = (int)i;
	}
	return best;
}

uint64_t
memory_pick(const struct actual *a, uint64_t excess, bool *picks)
{
	uint64_t gone = 0;
	int i;

	while ((i = best_fit(a, excess - gone, picks)) >= 0) {
		picks[i] = true;
		gone += a->dimms[i].size;
	}
	return gone;
}
