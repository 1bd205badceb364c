/* What the readers of answers share. Nobody else includes this. */
#ifndef OBSERVE_INTERNAL_H
#define OBSERVE_INTERNAL_H

#include "actual.h"
#include "observe.h"
#include "run.h"

#define CPUS_MAX 8192
#define ITEMS_MAX 16384
#define PERIPHERAL "/machine/peripheral/"
#define OBJECTS "/objects/"

/* What is filled while the plan runs; given to the vm at its end. */
struct observation {
	struct actual *actual;
	uint64_t began;
	size_t device, property; /* what is asked, and then answered, next */
	json_t *sockets; /* character devices that are asked for their paths */
	size_t socket; /* which is answered next */
	json_int_t handle; /* of the file that is being read in the guest */
};

/* observe-guest.c: its steps. */
void observe_find_agent(struct run *run, void *subject);
void observe_ask_agent(struct run *run, void *subject);
void observe_ask_guest(struct run *run, void *subject);
void observe_read_meminfo(struct run *run, void *subject);

/* observe-pci.c */
struct actual_device *observe_find_device(struct actual *a, const char *id);

static inline const char *
get_string(const json_t *v, const char *key)
{
	return json_string_value(json_object_get(v, key));
}

static inline json_int_t
get_int(const json_t *v, const char *key)
{
	return json_integer_value(json_object_get(v, key));
}

/* What stands behind the prefix, or NULL. */
static inline char *
behind(const char *text, const char *prefix)
{
	if (!text || !str_starts(text, prefix))
		return NULL;
	return xstrdup(text + strlen(prefix));
}

#endif
