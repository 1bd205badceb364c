/*
 * What QEMU and the guest said was there, at one moment. Filled by
 * observe.c, read by everybody, remembered by nobody.
 */
#ifndef ACTUAL_H
#define ACTUAL_H

#include "base.h"
#include <jansson.h>

#define ACTUAL_BUSES_MAX 64

/* A place for vCPUs (query-hotpluggable-cpus). */
struct actual_cpu {
	json_t *props; /* given back to device_add as they came */
	char *type; /* the driver to add */
	char *id; /* of a hot-added one; NULL: boot, or free */
	int threads; /* vCPUs that it stands for */
	bool present;
};

/* A memory device (query-memory-devices). */
struct actual_dimm {
	char *id; /* NULL: it has none, and cannot be removed */
	char *memdev; /* object id behind "/objects/" */
	uint64_t size, addr;
	int slot;
	bool hotplugged;
};

/* The virtio-mem device that memory comes from: ours, or else the first that
 * has an id (query-memory-devices). */
struct actual_virtio_mem {
	char *id; /* NULL: there is none */
	char *memdev;
	uint64_t addr, max, block;
	uint64_t requested, size; /* asked for; what the guest has plugged */
	int node;
	int blocks, blocks_offline; /* the guest's blocks in it */
};

/* A balloon with an id (query-balloon, guest-stats). */
struct actual_balloon {
	char *id; /* NULL: there is none */
	uint64_t actual; /* boot memory and DIMMs without what it took */
	json_t *stats; /* those that the guest knows; NULL: none came */
};

/* A block node (query-named-block-nodes). */
struct actual_node {
	char *name;
	char *driver;
	char *filename;
	bool read_only, direct, no_flush;
	uint64_t size; /* as its users see it */
};

enum bus_type { BUS_ROOT, BUS_BRIDGE, BUS_PORT };

/* A bus on which a PCI device may be put (query-pci). */
struct actual_bus {
	char *id;
	enum bus_type type;
	bool no_window; /* the guest gave it no memory to hand on */
	/* Bytes of its windows that nobody uses; UINT64_MAX: not known. */
	uint64_t memory, prefetchable;
	bool hotplug; /* devices may be added while the guest runs */
	unsigned number; /* as the guest numbered it */
	unsigned first, last; /* usable slots */
	uint32_t used; /* a bit for each occupied slot */
	char *path; /* slots from the root: "02", "" for the root */
};

/* A PCI function with an id (query-pci, qom-list), or a device of one of our
 * families on another kind of bus. */
struct actual_device {
	char *id;
	char *driver; /* virtio-blk-pci; NULL when QEMU did not say */
	char *bus; /* NULL: not a PCI bus, or not known */
	unsigned bus_number, slot, function;
	bool mapped; /* the guest gave its memory regions addresses */
	char *node; /* the block node behind it, or NULL */
	char *guest_path; /* "02/01": slots from the root bus */
	json_t *properties; /* those that its family asks for */
	bool removing; /* its removal was asked for and is not over */
};

/* A vCPU as the guest's kernel shows it (guest-get-vcpus). */
struct actual_guest_cpu {
	int logical_id;
	bool online, can_offline;
};

struct actual_guest {
	bool agent; /* it answered */
	char *version;
	json_t *commands; /* {name: enabled} */
	struct actual_guest_cpu *cpus;
	size_t cpus_n; /* 0: not known */
	int cpus_online; /* -1: not known */
	uint64_t block_size;
	int blocks, blocks_online; /* -1: not known */
	uint64_t mem_total, mem_available; /* /proc/meminfo; 0: not known */
};

struct actual {
	int major, minor, micro;
	char *package;
	char *machine; /* pc-q35-7.2 */
	char *accel; /* tcg, kvm */
	char *status; /* RunState: running, paused, … */

	struct actual_cpu *cpus;
	size_t cpus_n;
	int vcpus_boot, vcpus_present, vcpus_max;

	uint64_t memory_boot, memory_plugged; /* plugged: by DIMMs */
	char *memory_backend; /* of the boot memory; NULL: several, unknown */
	uint64_t memory_max; /* 0: not known */
	int memory_slots; /* -1: not known */
	int memory_slots_used; /* by DIMMs and NVDIMMs */
	bool takes_nvdimms;
	uint64_t nvdimms_end; /* of their addresses; 0: there are none */
	struct actual_dimm *dimms;
	size_t dimms_n;
	struct actual_virtio_mem virtio_mem;
	struct actual_balloon balloon;

	struct actual_node *nodes;
	size_t nodes_n;
	json_t *objects; /* {id: type} of /objects */
	json_t *chardevs; /* {label: filename} */
	json_t *netdevs; /* {id: type} */
	bool memory_shared; /* others can map the guest's memory */
	unsigned features; /* enum feature */
	struct actual_bus *buses;
	size_t buses_n;
	struct actual_device *devices;
	size_t devices_n;

	struct actual_guest guest;
};

struct actual *actual_new(void);
/* NULL is allowed. */
void actual_free(struct actual *a);

const struct actual_node *actual_node(const struct actual *a, const char *name);
const struct actual_device *actual_device(
    const struct actual *a, const char *id);
const struct actual_bus *actual_bus(const struct actual *a, const char *id);
const struct actual_dimm *actual_dimm(const struct actual *a, const char *id);
bool actual_object(const struct actual *a, const char *id);
/* A part of ours (part.h): node, object, character device, or network
 * backend. */
bool actual_part(const struct actual *a, const char *name);
/* The names of all of these; borrowed, in an array that the caller frees. */
const char **actual_parts(const struct actual *a, size_t *n);
/*
 * The same without the parts of this device: what will be there once they are
 * gone. It borrows from a; freed by actual_view_free.
 */
struct actual *actual_without(const struct actual *a, const char *id);
void actual_view_free(struct actual *view);
/* A property of a device that its family asks for; NULL: not known. */
const json_t *actual_property(
    const struct actual_device *d, const char *property);
/* The hot-added vCPU of this id. */
const struct actual_cpu *actual_cpu(const struct actual *a, const char *id);

/* This QEMU is at least major.minor. */
bool actual_version_at_least(const struct actual *a, int major, int minor);

/*
 * vCPUs and bytes that the guest confirmed; -1 and false when it cannot be
 * asked. Memory: boot size and the online blocks above it, what it plugged of
 * virtio-mem, less what its balloon took.
 */
int actual_vcpus_online(const struct actual *a);
bool actual_memory_online(const struct actual *a, uint64_t *bytes);
/* What the balloon took of it. */
uint64_t actual_ballooned(const struct actual *a);
/* The boot memory is a private mapping of a file: what the guest gives up QEMU
 * punches out of that file (softmmu/physmem.c, ram_block_discard_range). */
bool actual_balloon_harms_file(const struct actual *a);
/* What was asked of QEMU: boot memory, DIMMs, virtio-mem, less the balloon. */
uint64_t actual_memory_requested(const struct actual *a);
/* Whether a block of the guest is virtio-mem's. */
bool actual_is_virtio_mem_block(
    const struct actual_virtio_mem *v, uint64_t block_size, json_int_t index);
/* show's memory.virtio_mem and memory.balloon; null when there is none. */
json_t *actual_virtio_mem_json(const struct actual *a);
json_t *actual_balloon_json(const struct actual *a);
/* Whether the agent has this command and is allowed to run it. */
bool actual_agent_can(const struct actual *a, const char *command);

/* The contract's `show` members that come from QEMU and the guest. */
json_t *actual_json(const struct actual *a);

#endif
