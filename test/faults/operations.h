/*
 * Every operation that the program can do to a VM, made from its tables: each
 * device family both ways, vCPUs and memory both ways, and all at once. A new
 * row in the table of families is in here without being told.
 */
#ifndef OPERATIONS_H
#define OPERATIONS_H

#include "world.h"

struct operation {
	char *name;
	struct request holder; /* applied first of all, without faults */
	bool has_holder;
	struct request before; /* and then this */
	bool has_before;
	struct request request;
	json_t *params, *before_params, *holder_params;
	bool needs_shared_memory;
	bool vcpus; /* it has to do with vCPUs */
	bool virtio_mem, balloon; /* or with one of these */
	bool is_for_good; /* what it makes cannot be taken back */
};

#define OPERATIONS_MAX 64

/* How many; freed by operations_free. */
size_t operations_make(struct operation ops[OPERATIONS_MAX]);
/* The host, as it is before any of them, and what they make of it. */
void operations_begin(void);
json_t *operations_host(void);
void operations_free(struct operation *ops, size_t n);

#endif
