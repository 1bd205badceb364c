/* Memory as it is: what was asked of QEMU, what the guest has of it. */

#include "actual.h"

bool
actual_is_virtio_mem_block(
    const struct actual_virtio_mem *v, uint64_t block_size, json_int_t index)
{
	uint64_t at;

	if (!v->max || index < 0 || (uint64_t)index > INT64_MAX / block_size)
		return false;
	at = (uint64_t)index * block_size;
	return at >= v->addr && at - v->addr < v->max;
}

uint64_t
actual_ballooned(const struct actual *a)
{
	uint64_t all = a->memory_boot + a->memory_plugged;

	if (!a->balloon.id || a->balloon.actual > all)
		return 0;
	return all - a->balloon.actual;
}

bool
actual_balloon_harms_file(const struct actual *a)
{
	const char *type = a->memory_backend
	    ? json_string_value(json_object_get(a->objects, a->memory_backend))
	    : NULL;

	return !a->memory_shared && str_eq(type, "child<memory-backend-file>");
}

uint64_t
actual_memory_requested(const struct actual *a)
{
	return a->memory_boot + a->memory_plugged + a->virtio_mem.requested -
	    actual_ballooned(a);
}

/* What is plugged and online; a block that is online may be plugged in
 * part. */
static uint64_t
virtio_mem_online(const struct actual *a)
{
	uint64_t offline =
	    (uint64_t)a->virtio_mem.blocks_offline * a->guest.block_size;

	return a->virtio_mem.size > offline ? a->virtio_mem.size - offline : 0;
}

bool
actual_memory_online(const struct actual *a, uint64_t *bytes)
{
	const struct actual_guest *g = &a->guest;
	int64_t boot_blocks, more;

	if (g->blocks_online < 0 || !g->block_size)
		return false;
	boot_blocks =
	    (int64_t)((a->memory_boot + g->block_size - 1) / g->block_size);
	more = g->blocks_online - boot_blocks;
	*bytes = a->memory_boot + (uint64_t)more * g->block_size +
	    virtio_mem_online(a) - actual_ballooned(a);
	return true;
}

json_t *
actual_virtio_mem_json(const struct actual *a)
{
	const struct actual_virtio_mem *v = &a->virtio_mem;

	if (!v->id)
		return json_null();
	return must(json_pack("{s:s, s:I, s:I, s:I, s:I, s:i}", "id", v->id,
	    "requested", (json_int_t)v->requested, "actual",
	    (json_int_t)v->size, "max", (json_int_t)v->max, "block_size",
	    (json_int_t)v->block, "node", v->node));
}

json_t *
actual_balloon_json(const struct actual *a)
{
	const struct actual_balloon *b = &a->balloon;

	if (!b->id)
		return json_null();
	return must(json_pack("{s:s, s:I, s:I, s:O?}", "id", b->id, "actual",
	    (json_int_t)b->actual, "taken", (json_int_t)actual_ballooned(a),
	    "stats", b->stats));
}
