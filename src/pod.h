/* A Pod's resources, as far as they make its size: pod.c fills them in,
 * pod-size.c works the size out. */
#ifndef POD_H
#define POD_H

#include "decode.h"
#include "spec.h"

enum resource { RESOURCE_CPU, RESOURCE_MEMORY, RESOURCES };

/* core/v1 ResourceList: thousandths of a CPU, bytes; 0 is not set. */
struct resource_list {
	uint64_t amounts[RESOURCES];
};

/* core/v1 ResourceRequirements. */
struct resources {
	struct resource_list limits, requests;
};

/* core/v1 ContainerRestartPolicy. */
enum restart {
	RESTART_UNSET,
	RESTART_NEVER,
	RESTART_ON_FAILURE,
	RESTART_ALWAYS,
	RESTARTS
};

struct container {
	char *name;
	int restart; /* enum restart */
	struct resources resources;
};

struct containers {
	struct container *items;
	size_t n;
};

struct pod {
	struct spec *spec;
	struct resources resources; /* the pod's own, spec.resources */
	struct resource_list overhead;
	struct containers init, main;
};

/* Sets the workload of pod->spec, and the terms that make it. */
int pod_size(const struct pod *pod, struct err *e);

/* spec.volumes, a decode_fn for the struct pod: block devices of the host
 * become disks. */
int pod_decode_volumes(
    struct decode *d, const json_t *v, void *member, struct err *e);

#endif
