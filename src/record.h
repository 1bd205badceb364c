/*
 * What is remembered of a VM: how to find its QEMU again, and what was
 * wanted. One file a VM, written whole or not at all; what QEMU has is
 * never in it.
 *
 *   vms/NAME.json          this record
 *   vms/NAME/              qmp.sock qga.sock qemu.log console.log lock
 */
#ifndef RECORD_H
#define RECORD_H

#include "err.h"
#include <jansson.h>
#include <sys/types.h>

#define RECORD_VERSION 1

/* How a clone has its template's memory: copy-on-write, or as a copy that
 * other processes (vhost-user backends) can map, too. */
enum memory_sharing { MEMORY_PRIVATE, MEMORY_SHARED };
/* NULL-terminated. */
extern const char *const memory_sharing_names[];

struct record {
	char *name;
	char *template; /* NULL: attached, not cloned */
	int memory_sharing; /* enum memory_sharing; of a clone */
	char *qmp, *qga;
	char *log;
	pid_t pid; /* 0: not started yet */
	uint64_t start_time; /* with pid: which process (host.h) */
	bool ready; /* false: it is being made, or was */
	uint64_t guest_use; /* of its template; bytes */
	int desired_vcpus; /* 0: nobody said */
	uint64_t desired_memory;
};

struct record *record_new(const char *name);
/* NULL is allowed. */
void record_free(struct record *r);

/* NULL and errno ENOENT when there is none. A record that cannot be believed
 * (owner, version, cut in half) is an error that names it. */
struct record *record_load(const char *name, struct err *e);
int record_save(const struct record *r, struct err *e);
/* The file and the folder; what is gone already is fine. */
int record_remove(const char *name, struct err *e);

/* Names in order; n may be 0. NULL on error. */
char **record_names(size_t *n, struct err *e);
void names_free(char **names, size_t n);

/* Paths of a VM's folder; the caller frees. NULL on error. */
char *record_folder(const char *name, struct err *e);

/*
 * Makes vms/NAME/ for a new VM and takes its lock, which the returned
 * descriptor holds. A VM of this name is an error; what a creation that was
 * killed left behind is taken away first, its QEMU too.
 */
int record_reserve(const char *name, struct err *e);
/* The lock of a VM that is there. errno EWOULDBLOCK: another program has it. */
int record_lock(const char *name, struct err *e);

#endif
