/* Whether the memory that a VM was started with is shared, as QEMU says. */

#include "actual.h"
#include "observe.h"

#define OBJECTS "/objects/"

/* "/objects/ram0"; before 6.0 the id alone; "" with NUMA nodes. */
void
observe_memory_backend(struct actual *a, const json_t *value)
{
	const char *path = json_string_value(value);

	if (path && str_starts(path, OBJECTS))
		path += strlen(OBJECTS);
	if (path && *path)
		a->memory_backend = xstrdup(path);
}

/* Where the boot memory's backend is not known, it is one of them all. QEMU
 * tells since 6.1. */
void
observe_memdevs(struct actual *a, const json_t *value)
{
	size_t of = 0, shared = 0, i;
	json_t *v;

	json_array_foreach (value, i, v) {
		const char *id = json_string_value(json_object_get(v, "id"));

		if (a->memory_backend && !str_eq(id, a->memory_backend))
			continue;
		of++;
		shared += json_is_true(json_object_get(v, "share"));
	}
	a->memory_shared = of > 0 && shared == of;
}
