/* Answers about memory that the guest gives and takes itself: virtio-mem and
 * the balloon. */

#include "actual.h"
#include "observe.h"
#include "virtio-mem.h"

#define OBJECTS "/objects/"

static uint64_t
get_size(const json_t *v, const char *key)
{
	json_int_t n = json_integer_value(json_object_get(v, key));

	return n > 0 ? (uint64_t)n : 0;
}

/* Whether this device can be used: it has an id and its sizes make sense. */
static bool
is_sound(const json_t *data)
{
	uint64_t block = get_size(data, "block-size");
	uint64_t max = get_size(data, "max-size");

	return json_string_value(json_object_get(data, "id")) && max && block &&
	    (block & (block - 1)) == 0 && get_size(data, "size") <= max &&
	    get_size(data, "requested-size") <= max &&
	    get_size(data, "memaddr") <= INT64_MAX - max;
}

static void
read_virtio_mem(struct actual *a, const json_t *data)
{
	struct actual_virtio_mem *v = &a->virtio_mem;
	const char *memdev = json_string_value(json_object_get(data, "memdev"));

	free(v->id);
	free(v->memdev);
	*v = (struct actual_virtio_mem){
		.id = xstrdup(json_string_value(json_object_get(data, "id"))),
		.memdev = memdev && str_starts(memdev, OBJECTS)
		    ? xstrdup(memdev + strlen(OBJECTS))
		    : NULL,
		.addr = get_size(data, "memaddr"),
		.max = get_size(data, "max-size"),
		.block = get_size(data, "block-size"),
		.requested = get_size(data, "requested-size"),
		.size = get_size(data, "size"),
		.node = (int)json_integer_value(json_object_get(data, "node")),
	};
}

/* query-memory-devices. The summary's plugged-memory has what virtio-mem
 * plugged in it, and may be of another moment: DIMMs are counted here. */
void
observe_memory_devices(struct actual *a, const json_t *value)
{
	size_t i;
	json_t *v;

	observe_dimms(a, value);
	if (json_is_array(value))
		a->memory_plugged = 0;
	for (i = 0; json_is_array(value) && i < a->dimms_n; i++)
		a->memory_plugged += a->dimms[i].size;
	json_array_foreach (value, i, v) {
		const json_t *data = json_object_get(v, "data");
		const char *type =
		    json_string_value(json_object_get(v, "type"));
		const char *id = json_string_value(json_object_get(data, "id"));

		if (!str_eq(type, "virtio-mem") || !is_sound(data))
			continue;
		if (!a->virtio_mem.id || str_eq(id, VIRTIO_MEM_ID))
			read_virtio_mem(a, data);
	}
}

const char *
observe_find_balloon(struct actual *a)
{
	size_t i;

	for (i = 0; i < a->devices_n && !a->balloon.id; i++)
		if (a->devices[i].driver &&
		    str_starts(a->devices[i].driver, "virtio-balloon-pci"))
			a->balloon.id = xstrdup(a->devices[i].id);
	return a->balloon.id;
}

/* query-balloon: boot memory and DIMMs, less what the balloon took. */
void
observe_balloon(struct actual *a, const json_t *value)
{
	a->balloon.actual = get_size(value, "actual");
	if (!a->balloon.actual)
		free(TAKE(a->balloon.id));
}

/* guest-stats: UINT64_MAX, which is a real here, stands for what the guest
 * does not know; nothing has come before the first update. */
void
observe_balloon_stats(struct actual *a, const json_t *value)
{
	json_t *stats = json_object_get(value, "stats"), *v;
	json_t *known = must(json_object());
	const char *key;

	json_object_foreach (stats, key, v)
		if (json_is_integer(v) && json_integer_value(v) >= 0)
			json_object_set(known, key, v);
	json_decref(a->balloon.stats);
	a->balloon.stats = NULL;
	if (get_size(value, "last-update") > 0)
		a->balloon.stats = json_incref(known);
	json_decref(known);
}
