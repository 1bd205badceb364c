/*
 * The fake from the inside. side.c, peer.c and dispatch.c have the wire,
 * fault.c the faults, commands.c the table of commands; the model-*.c files
 * hold what QEMU holds, guest.c what the guest makes of it, agent*.c what its
 * agent says.
 */
#ifndef MODEL_H
#define MODEL_H

#include "fakeqmp.h"
#include <sys/queue.h>

#define BLOCK_SIZE (128 * MIB) /* the guest's memory blocks */
#define PERIPHERAL "/machine/peripheral"

/* ACPI's _OST: sources and states (ACPI 6.4, 6.3.5). */
#define OST_INSERT 1
#define OST_EJECT 3
#define OST_BUSY 0x82
#define OST_IN_PROGRESS 0x84

struct device;
struct event;
struct peer;

/* ---- what QEMU holds ---- */

/* Anything that has an id, a type and at most one user. */
struct item {
	TAILQ_ENTRY(item) entry;
	char *id, *type;
	char *user; /* who uses it; NULL: nobody */
	json_t *options;
};

TAILQ_HEAD(item_list, item);

struct node {
	TAILQ_ENTRY(node) entry;
	char *name, *driver, *file;
	char *group; /* its throttle group; NULL: none */
	uint64_t size;
	json_t *options;
	bool is_read_only;
	bool is_owned; /* by the monitor: blockdev-del may delete it */
	unsigned parents;
	json_t *children; /* [node name] */
	char *device; /* its user, by path */
};

TAILQ_HEAD(node_list, node);

struct passed_fd {
	TAILQ_ENTRY(passed_fd) entry;
	char *name;
	int fd;
};

TAILQ_HEAD(fd_list, passed_fd);

struct bus {
	TAILQ_ENTRY(bus) entry;
	char *id;
	unsigned number;
	unsigned first, last; /* slots */
	unsigned slot; /* of its bridge, on pcie.0 */
	const struct device *owner; /* a bridge that was plugged, or NULL */
	bool is_port;
};

TAILQ_HEAD(bus_list, bus);

struct cpu {
	bool is_present;
	struct device *device; /* NULL: boot */
	int logical_id; /* the guest's; -1: it does not know it */
	bool is_online;
};

/* What devices of one kind do differently. */
struct device_kind {
	const char *name;
	/* 0, or -1 after refuse. */
	int (*plug)(struct fake *fake, struct device *device);
	/* May it be asked for? 0, or -1 after refuse. */
	int (*ask)(struct fake *fake, struct device *device);
	/* The guest saw it; gave it up (events, then device_drop); did not. */
	void (*seen)(struct fake *fake, struct device *device);
	void (*gone)(struct fake *fake, struct device *device);
	void (*refused)(struct fake *fake, struct device *device);
	/* Memory that comes and goes: whether there is more to do, and one
	 * step of it, which returns the same. */
	bool (*may_move)(const struct fake *fake, const struct device *device);
	bool (*move)(struct fake *fake, struct device *device);
	/* Gives back what plug took. */
	void (*unplug)(struct fake *fake, struct device *device);
	/* device_del takes its name; nobody asks the guest. */
	bool leaves_at_once;
};

extern const struct device_kind pci_kind, dimm_kind, nvdimm_kind, cpu_kind;
extern const struct device_kind virtio_mem_kind, balloon_kind;

/* Chooses memdev and addresses; 0, or -1 after refuse. */
int memory_place(struct fake *fake, struct device *device);
/* What is asked of it has changed, or the guest has. */
void memory_resize(struct fake *fake, struct device *device);
void memory_wake(struct fake *fake);
/* One step of the guest on the way. */
uint64_t memory_step(uint64_t from, uint64_t to);
void balloon_init(struct fake *fake);
/* NULL: not a property of theirs. */
json_t *virtio_mem_get(const struct device *device, const char *property);
json_t *balloon_get(const struct device *device, const char *property);
json_t *virtio_mem_set(
    struct fake *fake, struct device *device, const json_t *value);
json_t *virtio_mem_info(const struct device *device);
extern const struct device_kind scsi_kind, port_kind;

/* What devices refer to by name; model-ref.c has their table. */
enum ref_kind {
	REF_NONE,
	REF_DRIVE,
	REF_NETDEV,
	REF_CHARDEV,
	REF_RNG,
	REF_IOTHREAD,
	REF_IOMMUFD,
};

#define MODEL_REFS 3

/* A driver of device_add. */
struct model {
	const char *driver;
	const struct device_kind *kind;
	const char *bus; /* the kind of bus that it goes on */
	struct {
		unsigned class, vendor, device;
	} pci;
	const char *makes; /* the kind of bus that it has inside */
	const char *child; /* its inner device; what goes first */
	const char *inner; /* whose properties QEMU's messages name [driver] */
	enum ref_kind refs[MODEL_REFS];
	const char *needs; /* what QEMU says without the first of them */
	int (*check)(struct fake *fake, struct device *device);
	const char *disk; /* what the guest calls it */
	const char *properties; /* words with types; NULL: any */
};

struct device {
	TAILQ_ENTRY(device) entry;
	char *id, *driver;
	json_t *options;
	const struct model *model;
	const struct device_kind *kind;
	bool is_seen;
	bool is_asked; /* device_del */
	bool is_leaving; /* nobody finds it any more */
	char *disk, *mac; /* in the guest; of a NIC */
	/* PCI */
	const struct bus *bus;
	struct bus *inside; /* a bridge's */
	unsigned slot;
	/* On a bus in another device */
	struct device *parent;
	json_int_t scsi_id, lun, nr;
	/* What it refers to */
	struct node *node;
	struct item *netdev, *chardev;
	/* DIMM */
	struct item *memdev;
	unsigned memory_slot;
	uint64_t address, size;
	bool *is_online; /* each of its blocks */
	/* virtio-mem, whose size is what is plugged of its region; the
	 * balloon */
	uint64_t region, requested, taken;
	struct fake *owner;
	struct timer *resizing;
	bool is_resized_twice; /* its events */
	/* vCPU */
	struct cpu *cpu;
};

TAILQ_HEAD(device_list, device);

/* What ACPI last said about a memory slot. */
struct ospm {
	int source, status;
};

/* ---- what the guest will do ---- */

struct action {
	TAILQ_ENTRY(action) entry;
	struct fake *fake;
	struct device *device;
	struct timer *timer;
	bool is_unplug;
	bool is_twice; /* its events */
	bool is_held; /* the guest is not able or willing */
};

TAILQ_HEAD(action_list, action);

/* ---- the sockets ---- */

#define PENDING_MAX 16

struct side {
	struct fake *fake;
	enum fake_side which;
	struct peer *peer; /* the client served */
	int pending[PENDING_MAX];
	unsigned pending_n;
	char *path;
	int listener;
	struct event *acceptable;
	unsigned received;
	json_t *log;
};

struct fault_entry;
TAILQ_HEAD(fault_list, fault_entry);

struct fake {
	struct clock *clock;
	struct fake_options options;
	struct side sides[FAKE_SIDES];
	struct fault_list faults;

	/* The command that runs, or the action: how its events go out. */
	bool is_instant, is_twice;
	const char *refusal_class;
	struct err refusal;

	bool is_running, is_gone;
	const char *status;
	struct node_list nodes;
	struct item_list objects, chardevs, netdevs;
	struct item_list orphans; /* netdevs that only a NIC still holds */
	struct fd_list fds;
	struct device_list devices;
	struct bus_list buses; /* the first is pcie.0 */
	unsigned next_bus, last_mac;
	struct cpu *cpus; /* options.max_vcpus */
	struct ospm *ospm; /* options.slots */
	struct ospm *cpu_ospm; /* options.max_vcpus */

	json_t *capabilities; /* {name: bool} */
	const char *migration; /* query-migrate's status; NULL: none yet */
	char *migration_error, *next_migration_error;
	bool is_loading, was_running;
	struct timer *migrate_timer;

	struct fake_guest guest;
	struct action_list actions;
	json_t *files; /* {path: text} */
	json_t *programs; /* {path: {exitcode, out}} */
	json_t *handles; /* {handle: {text, offset}} */
	json_t *processes; /* {pid: {exitcode, out, due}} */
	unsigned last_handle, last_node;
};

/* ---- commands.c ---- */

/* The reply's value, new; NULL after refuse. */
typedef json_t *command_fn(struct fake *fake, const json_t *arguments);

#define COMMAND_ARGUMENTS 4

struct command {
	const char *name;
	command_fn *fn;
	const char *needs[COMMAND_ARGUMENTS]; /* arguments that must be there */
	const char *takes[COMMAND_ARGUMENTS]; /* and that may be */
	bool takes_any;
};

/* Sets class and text; returns NULL. */
PRINTF(3, 4)
void *refuse(struct fake *fake, const char *error_class, const char *fmt, ...);
#define GENERIC "GenericError"
#define NOT_FOUND "DeviceNotFound"

/* Runs a row of rows for {execute, arguments}. */
json_t *command_run(
    struct fake *fake, const struct command *rows, const json_t *message);
const struct command *command_find(
    const struct command *rows, const char *name);

extern const struct command monitor_commands[], agent_commands[];

/* Shorthands for reading arguments. */
const char *text_of(const json_t *object, const char *key);
json_int_t number_of(const json_t *object, const char *key);
json_t *nothing(void);

/* ---- side.c ---- */

void side_init(struct side *side, struct fake *fake, enum fake_side which);
void side_shut(struct side *side);
void side_release(struct side *side);
/* Serves whoever waits, if nobody is served. */
void side_next(struct side *side);

/* ---- peer.c ---- */

/* Begins to serve the client at fd; hangs up on it. */
void side_serve(struct side *side, int fd);
void side_close(struct side *side);
/* What the guest's state means for the agent's side. */
void side_update(struct side *side);
/* The descriptor that came last, the caller's; -1: none. */
int side_take_fd(struct side *side);
/* An event to the monitor's client; takes data, NULL: none. */
void emit(struct fake *fake, const char *name, json_t *data);

/* ---- fakeqmp.c ---- */

/* Nobody is served any more, on either side. */
void fake_shut(struct fake *fake);

/* ---- fault.c ---- */

/* The fault for a command that just came; false: none. */
bool fault_match(struct side *side, const char *name, struct fake_fault *fault);

/* ---- model-words.c ---- */

#define WORD_MAX 64

struct word {
	char name[WORD_MAX], type[WORD_MAX];
};

/* The next word that this version has; *at moves on, and is words at first. */
bool words_next(const struct fake *fake, const char **at, struct word *word);
/* word may be NULL. */
bool words_find(const struct fake *fake, const char *words, const char *name,
    struct word *word);
/* All that it needs, and no other than it takes: 0, or -1 after refuse. */
int words_check(struct fake *fake, const char *prefix, const json_t *object,
    const char *needs, const char *takes);

/* A type of objects, chardevs, netdevs or nodes, and its members. */
struct kind {
	const char *name, *needs, *takes;
};

extern const struct kind object_kinds[], chardev_kinds[], netdev_kinds[];
extern const struct kind node_kinds[];
const struct kind *kind_find(
    const struct fake *fake, const struct kind *rows, const char *name);
bool is_identifier(const char *id);

/* ---- the model ---- */

struct item *item_find(const struct item_list *list, const char *id);
struct item *item_add(struct item_list *list, const char *id, const char *type,
    const json_t *options);
void item_free(struct item_list *list, struct item *item);
void item_free_all(struct item_list *list);
struct passed_fd *fd_find(const struct fake *fake, const char *name);
void fd_free(struct fake *fake, struct passed_fd *fd);

void netdev_release(struct fake *fake, struct item *netdev);
/* "… is in use", by version. */
char *chardev_in_use(const struct fake *fake, const char *id);
json_t *object_limits(const struct fake *fake, const struct item *object);
json_t *object_set(struct fake *fake, struct item *object, const char *property,
    json_t *value);

struct node *node_find(const struct fake *fake, const char *name);
void node_free_all(struct fake *fake);

struct device *device_find(const struct fake *fake, const char *id);
/* As QEMU names it when it is about blocks. */
char *device_path(const struct device *device);
void device_drop(struct fake *fake, struct device *device);
/* DEVICE_DELETED of the device, then device_drop. */
void device_deleted(struct fake *fake, struct device *device);
/* The same of all that is inside, before. */
void device_leave(struct fake *fake, struct device *device);
/* ACPI_DEVICE_OST; device may be NULL. */
void device_ost(struct fake *fake, const struct device *device,
    const char *type, unsigned slot, int source, int status);
/* The guest's memory blocks of a DIMM that it sees. */
uint64_t device_blocks(const struct device *device);

const struct model *model_find(const char *driver);
bool model_has(
    const struct fake *fake, const struct model *model, const char *name);
const char *model_inner(const struct device *device);

/* What a device refers to: 0, or -1 after refuse. */
int refs_take(struct fake *fake, struct device *device);
int ref_set_drive(
    struct fake *fake, struct device *device, const json_t *value);
void refs_give_back(struct fake *fake, struct device *device);
/* A property that is a link, new; NULL: it is none. */
json_t *ref_get(
    const struct fake *fake, const struct device *device, const char *key);

/* Who has the bus ID.0 inside; NULL: nobody. */
struct device *sub_find(const struct fake *fake, const char *bus);

void pci_init(struct fake *fake);
void pci_release(struct fake *fake);
const char *pci_bus_kind(const struct fake *fake, const char *id);
void cpu_init(struct fake *fake);
json_t *cpu_props(unsigned nth);
uint64_t memory_plugged(const struct fake *fake);
void migrate_init(struct fake *fake);
void set_running(struct fake *fake, bool is_running, const char *status);

/* Rows of the table, by file. */
command_fn blockdev_add, blockdev_del, query_block, query_named_block_nodes;
command_fn block_resize;
command_fn object_add, object_del, query_iothreads;
command_fn chardev_add, chardev_remove, query_chardev;
command_fn netdev_add, netdev_del, getfd, closefd, human_monitor_command;
command_fn device_add, device_del, query_pci;
command_fn qom_list, qom_get, qom_set, qom_list_types;
command_fn device_list_properties, query_qmp_schema;
command_fn query_cpus_fast, query_hotpluggable_cpus;
command_fn query_memdev;
command_fn query_balloon, balloon;
command_fn query_memory_devices, query_memory_size_summary;
command_fn query_acpi_ospm_status;
command_fn migrate_set_capabilities, query_migrate_capabilities;
command_fn migrate, migrate_incoming, query_migrate;

/* ---- guest.c, agent*.c ---- */

bool guest_is_awake(const struct fake *fake);
void guest_plugged(struct fake *fake, struct device *device);
void guest_asked(struct fake *fake, struct device *device);
/* Forgets a device that goes. */
void guest_forget(struct fake *fake, const struct device *device);
/* Something changed: what was held goes on if it can. */
void guest_wake(struct fake *fake);
/* Machine reset: removals asked for happen, but for memory and vCPUs. */
void guest_reset(struct fake *fake);
/* Rows of the agent's table, by file. */
command_fn agent_get_vcpus, agent_set_vcpus;
command_fn agent_get_blocks, agent_set_blocks, agent_get_block_info;
command_fn agent_get_disks, agent_get_interfaces;
/* What the guest calls a disk that it sees from now on. */
void disk_name(const struct fake *fake, struct device *device);
/* A file about one, new; NULL: it is about none. */
char *disk_file(const struct fake *fake, const char *path);
command_fn agent_file_open, agent_file_read, agent_file_close;
command_fn agent_file_seek;
command_fn agent_exec, agent_exec_status;
/* False after refuse: an administrator has disabled this command. */
bool agent_allows(struct fake *fake, const char *name);
void agent_files_init(struct fake *fake);

#endif
