/*
 * Device families. One is a file with its keys, its step table and nothing
 * else, and one row in the table of device.c; planning, undo, removal,
 * recovery after a crash and the fault tests follow from those.
 */
#ifndef DEVICE_H
#define DEVICE_H

#include "actual.h"
#include "decode.h"
#include "plan.h"

struct device;
struct pci_places;

struct device_type {
	const char *name; /* blk */
	const char *words; /* "disk": how a sentence calls it */
	const char *const *drivers; /* QOM types that it is observed as */
	const struct decode_row *rows;
	size_t params_size;
	/* Host facts that can be known before anything runs; may be NULL. */
	int (*check)(const struct device *d, struct err *e);
	/* What is there under this id is what is wanted; may be NULL. */
	int (*same)(
	    const struct device *d, const struct actual *a, struct err *e);
	/* Fills the parameters of one that is there, so that its removal can
	 * be undone; may be NULL. */
	void (*recall)(struct device *d, const struct actual *a);
	const struct step *steps;
	/* Parameters for tests that walk the table: key=value words; @file@ is
	 * a file that is there. */
	const char *sample;
};

struct device {
	const struct device_type *type;
	char *id;
	void *params; /* the family's own struct, by its rows */
	/* Where it goes, or is: decided by fit.c. */
	char *bus;
	unsigned slot;
	unsigned bus_number;
	bool ask_disks; /* the agent can list disks with their addresses */
};

extern const struct device_type device_blk;

/* All families; NULL ends. */
extern const struct device_type *const device_types[];
const struct device_type *device_type_named(const char *name);
/* The family that a QOM type belongs to, or NULL; driver may be NULL. */
const struct device_type *device_type_of_driver(const char *driver);

/*
 * Decodes by the family's rows. Strings stand for the type that the row
 * wants ("true", "8"), as command lines and annotations have only strings.
 * where is put before an error. NULL on error.
 */
struct device *device_new(const char *type, const char *id,
    const json_t *params, const char *where, struct err *e);
/* One that is only known by what is left of it: to be removed. */
struct device *device_leftover(const struct device_type *type, const char *id);
/* void *: a plan's release function. NULL is allowed. */
void device_free(void *device);

/* "image=/x format=raw" to {"image": "/x", "format": "raw"}; values may stand
 * in double quotes. NULL on error. */
json_t *device_parse_params(const char *const *words, size_t n, struct err *e);

/* Names of block nodes: within QEMU's 31 characters, and different for
 * different ids. role is 'f' (protocol) or 'd' (format). */
char *device_node_name(char role, const char *id);
#define DEVICE_NODE_ROLE 5 /* where the role stands in it */
/* The id in such a name, or NULL when it is not one of ours. */
const char *device_node_id(const char *node);

/*
 * A device leaves QEMU's tree before it lets go of what is behind it (a disk's
 * node, a DIMM's memory): DEVICE_DELETED comes after that. Where the event was
 * missed, so long an absence stands in for it.
 */
#define DEVICE_GONE_STEADY_MS 1000

/* ---- steps that PCI families share ---- */

void device_unplug(struct run *run, const struct device *d);
bool device_is_there(const struct actual *a, const void *device);
/* The guest has it: by the agent's list of disks, else by the addresses that
 * it gave to the device's memory regions. */
void device_wait_for_guest(struct run *run, void *device);
bool device_guest_has_it(const struct actual *a, const void *device);

#endif
