/*
 * Device families. One is its keys, its step table and a struct device_type,
 * and one row in the table of device.c; planning, undo, removal, recovery
 * after a crash and the fault tests follow from those.
 *
 * Functions that return an int return -1 with an error that names the key;
 * the device's name is put before it by who asked.
 */
#ifndef DEVICE_H
#define DEVICE_H

#include "actual.h"
#include "decode.h"
#include "plan.h"

struct device;
struct placement;

struct device_type {
	const char *name; /* blk */
	const char *words; /* "disk": how a sentence calls it */
	/* QOM types that it is observed as; NULL-terminated. */
	const char *const *drivers;
	/* Letters of the names of its parts: its own in the table of
	 * part.h. */
	const char *roles;
	/* Properties that are asked of QEMU for each that is there: what
	 * recall and same need; "rng/filename" is one of what its link rng
	 * leads to, "G:limits" one of the object that is its part G.
	 * NULL-terminated; may be NULL. */
	const char *const *properties;
	const struct decode_row *rows;
	size_t params_size;
	/* Its backend maps the guest's memory. */
	bool needs_shared_memory;
	/* QEMU cannot unplug it. */
	bool is_for_good;
	unsigned features; /* those of feature.h that its steps depend on */
	/* Parameters that the rows alone cannot judge; may be NULL. Also puts
	 * them into the form that steps want. */
	int (*check)(struct device *d, struct err *e);
	/* Host facts that can be known before anything runs; only asked for
	 * one that is not there yet; may be NULL. */
	int (*check_host)(
	    const struct device *d, const struct actual *a, struct err *e);
	/* What is there under this id is what is wanted; may be NULL. */
	int (*same)(
	    const struct device *d, const struct actual *a, struct err *e);
	/* Fills the parameters of one that is there, so that its removal can
	 * be undone; may be NULL. */
	void (*recall)(struct device *d, const struct actual *a);
	/* Where a new one goes (placement.h), and whether it goes with the
	 * others of this plan; NULL: nowhere. */
	int (*place)(
	    struct placement *placement, struct device *d, struct err *e);
	const struct step *steps;
	/* What may change of one that is there, walked forward only, after
	 * the steps of all; may be NULL. */
	const struct step *changes;
	/* Where one is that is there, and its way from the root in the guest
	 * ("02/01/0:3", the caller frees), for a family that is on no PCI
	 * bus; may be NULL. */
	void (*find)(struct device *d, const struct actual *a);
	char *(*guest_path)(
	    const struct actual *a, const struct actual_device *there);
	/* The family that it is plugged into; NULL: the machine itself. */
	const char *sits_on;
	/* The id of the one that it is plugged into; NULL: not known. The
	 * caller frees. */
	char *(*holder)(const struct actual_device *there);
	/* Parameters for tests that walk the table: key=value words; @file@ is
	 * a file that is there, @memory@ one of 2 MiB, @nothing@ a path where
	 * nothing is, @socket@ one on which somebody listens. */
	const char *sample;
	/* One with all that its steps can make; what can be changed of one
	 * that is there; and what can, and not be taken back. May be NULL. */
	const char *full_sample, *change, *growth;
};

enum device_ask {
	ASK_DISKS = 1 << 0, /* guest-get-disks */
	ASK_INTERFACES = 1 << 1, /* guest-network-get-interfaces */
	ASK_EXEC = 1 << 2, /* guest-exec: anything, by a script */
	ASK_FILES = 1 << 3, /* guest-file-open */
};

struct device {
	const struct device_type *type;
	char *id;
	char *where; /* in a document: put before errors; NULL: nowhere */
	void *params; /* the family's own struct, by its rows */
	/* Where it goes, or is: decided by fit-device.c. */
	char *bus;
	unsigned slot;
	unsigned bus_number;
	/* What an interface is known by in the guest; borrowed from params. */
	const char *mac;
	/* On a SCSI bus, where the above is its controller's place. */
	bool on_scsi;
	unsigned target, lun;
	/* What its steps need to know of the VM. */
	unsigned ask; /* enum device_ask: what the guest's agent can tell */
	unsigned features; /* enum feature of this QEMU */
	int vcpus_max;
	bool no_vhost_msix; /* this QEMU dies of a vhost-user NIC's MSI-X */
	bool removing; /* its removal was asked for before */
	bool busy; /* it was, and could not be taken yet */
};

extern const struct device_type device_blk;
extern const struct device_type device_net;
extern const struct device_type device_scsi;
extern const struct device_type device_scsi_controller;
extern const struct device_type device_console;
extern const struct device_type device_pmem;
extern const struct device_type device_rng;
extern const struct device_type device_serial_port;
extern const struct device_type device_vsock;
extern const struct device_type device_vfio;
extern const struct device_type device_vhost_user_blk;
extern const struct device_type device_vhost_user_fs;
extern const struct device_type device_vhost_user_net;
extern const struct device_type device_vhost_user_scsi;

/* All families; NULL ends. */
extern const struct device_type *const device_types[];
const struct device_type *device_type_named(const char *name);
/* The family whose parts have this letter, or NULL. */
const struct device_type *device_type_of_role(char role);
/* A family that a QOM type belongs to, or NULL; driver may be NULL. */
const struct device_type *device_type_of_driver(const char *driver);
/* The family of one that is there, or NULL: where several have its driver, by
 * what stands behind it. */
const struct device_type *device_type_of(
    const struct actual *a, const struct actual_device *there);

/*
 * Decodes by the family's rows. Strings stand for the type that the row
 * wants ("true", "8"), as command lines and annotations have only strings.
 * where is put before an error. NULL on error.
 */
struct device *device_new(const char *type, const char *id,
    const json_t *params, const char *where, struct err *e);
/* Puts the place in its document and the device before an error; -1. */
int device_wrap(const struct device *d, struct err *e);
/* One that is only known by what is left of it: to be removed. */
struct device *device_leftover(const struct device_type *type, const char *id);
/* void *: a plan's release function. NULL is allowed. */
void device_free(void *device);

/* "image=/x format=raw" to {"image": "/x", "format": "raw"}; values may stand
 * in double quotes. NULL on error. */
json_t *device_parse_params(const char *const *words, size_t n, struct err *e);

/*
 * A device leaves QEMU's tree before it lets go of what is behind it (a disk's
 * node, a DIMM's memory): DEVICE_DELETED comes after that. Where the event was
 * missed, so long an absence stands in for it.
 */
#define DEVICE_GONE_STEADY_MS 1000

/* The name of a part of its; the caller frees. */
char *device_part(const struct device *d, char role);
bool device_has_part(const struct actual *a, const struct device *d, char role);
/* object-add's arguments of a part that is an object. */
json_t *device_object(const struct device *d, char role, const char *type);
/* An empty object that is named as this part: it says that the device is
 * ours, or what we did to the host for it. */
json_t *device_mark(const struct device *d, char role);
/* A property of the one that is there; NULL and 0: not known, or not set. */
const json_t *device_property(
    const struct device *d, const struct actual *a, const char *property);
const char *device_text(
    const struct device *d, const struct actual *a, const char *property);
int64_t device_number(
    const struct device *d, const struct actual *a, const char *property);

/* What is there is what is wanted, but for these keys of its rows (ended by
 * NULL): what is not stated may be as it is. Needs the family's recall. */
int device_same(const struct device *d, const struct actual *a,
    const char *const *changes, struct err *e);
/* The bus that is no PCI bus: it ends the path that its parent_bus is. The
 * caller frees. */
char *device_sub_bus(const struct device *d, const struct actual *a);

/* ---- steps that families share ---- */

/* device_add's arguments so far: driver, id, and its place on a PCI bus. */
json_t *device_on_pci(const struct device *d, const char *driver);
/* The step's undo is no more than this. void *: a struct device. */
void device_unplug(struct run *run, void *device);
bool device_is_there(const struct actual *a, const void *device);
/* The undo and the question of a step that makes an object: the one that is
 * the first of its family's roles. */
void device_del_object(struct run *run, void *device);
bool device_has_object(const struct actual *a, const void *device);
/* Its name in the guest's list of disks, or NULL; borrowed. */
const char *device_guest_disk(const struct device *d, const json_t *disks);
/* The guest has it: by the agent's list of disks, else by the addresses that
 * it gave to the device's memory regions. */
void device_wait_for_disk(struct run *run, void *device);
/* The same for a network interface, by d->mac. */
void device_wait_for_interface(struct run *run, void *device);
/* By the addresses alone. */
void device_wait_for_guest(struct run *run, void *device);
bool device_guest_has_it(const struct actual *a, const void *device);

#endif
