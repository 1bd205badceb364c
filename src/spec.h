/*
 * What is wanted, whatever document said it: a Kubernetes Pod, an OCI
 * runtime config.json, or qmpd's own VirtualMachine.
 */
#ifndef SPEC_H
#define SPEC_H

#include "document.h"

#define SPEC_DEVICES_MAX 256
#define SPEC_ID_MAX 63
#define SPEC_VCPUS_MAX 4096

/* A device as the document gives it: checked against its family's keys only
 * when it is planned (device.h). */
struct spec_device {
	char *id; /* [A-Za-z][A-Za-z0-9_-]{0,62} */
	char *type; /* blk, net, … */
	json_t *params; /* the family's keys: {"image": "/x", …}; from an
	                   annotation all values are strings */
	char *where; /* "pod.yaml:12:3: metadata.annotations…" for errors */
};

/* One addend of the size, so that `qmpctl size` can show each. */
struct spec_term {
	char *name; /* "container app: limits.memory", "pod: limits.cpu" */
	uint64_t value; /* bytes, or thousandths of a CPU */
	bool counted; /* false: shown, but another rule took precedence */
};

struct spec_terms {
	struct spec_term *items;
	size_t n;
};

enum spec_kind { SPEC_POD, SPEC_OCI, SPEC_VM, SPEC_KINDS };
enum spec_sizing { SIZING_FLOOR, SIZING_KATA, SIZINGS };

/* "floor", "kata"; NULL ends. */
extern const char *const spec_sizing_names[];

struct spec {
	enum spec_kind kind;
	char *name; /* metadata.name, or NULL */
	enum spec_sizing sizing;
	/* The workload, before rounding. For SPEC_VM: the VM itself. */
	bool has_cpu, has_memory;
	uint64_t millicpu;
	uint64_t memory; /* at most INT64_MAX */
	/* RuntimeClass overhead: reported, not added. */
	uint64_t overhead_millicpu, overhead_memory;
	/* Those that are counted add up to millicpu and memory. */
	struct spec_terms cpu_terms, memory_terms;
	struct spec_device *devices;
	size_t devices_n;
};

/* Reads and decodes; the kind is told by apiVersion/kind or ociVersion. */
struct spec *spec_read(const char *path, struct err *e);
struct spec *spec_decode(const struct document *doc, struct err *e);
void spec_free(struct spec *spec);

bool spec_id_valid(const char *id);

#endif
