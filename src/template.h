/*
 * Templates: a VM booted once, paused, and saved as a memory file and a state
 * file, with a record of what it was made of.
 *
 *   templates/NAME/memory         guest memory, zero pages punched out
 *   templates/NAME/state          device state (migration stream)
 *   templates/NAME/template.json  the record; its presence makes it a template
 *   templates/.NAME.new/          one that is being made, under
 *   templates/.NAME.lock          this lock
 */
#ifndef TEMPLATE_H
#define TEMPLATE_H

#include "err.h"
#include "plan.h"
#include <jansson.h>
#include <sys/types.h>

struct clock;
struct vm;

#define TEMPLATE_VERSION 1

enum template_accel { ACCEL_AUTO, ACCEL_KVM, ACCEL_TCG };

/* What its console, the first serial port, is on the host. */
enum template_console { CONSOLE_FILE, CONSOLE_SOCKET };

#define TEMPLATE_VOLUMES_MAX 8
#define TEMPLATE_PORTS_MAX 16 /* of the 30 that QEMU would bear */

/* A folder of the host that the guest can mount by 9P. */
struct template_volume {
	char *tag;
	char *path;
	bool read_only;
};

struct template_volumes {
	struct template_volume *items;
	size_t n;
};

struct template_list {
	char **items;
	size_t n;
};

/* What a template file says, in Kata's words. */
struct template_config {
	char *path; /* QEMU's binary */
	char *machine_type;
	char *kernel, *initrd, *kernel_params;
	char *cpu_model; /* NULL: max under TCG, host under KVM */
	int64_t default_vcpus;
	int64_t default_maxvcpus; /* resolved: at most the host's */
	uint64_t default_memory;
	uint64_t default_maxmemory; /* resolved */
	int64_t memory_slots;
	bool enable_virtio_mem; /* memory is added by virtio-mem */
	bool reclaim_guest_freed_memory; /* it has a balloon */
	int64_t default_bridges;
	int64_t pcie_root_port;
	int accel; /* enum template_accel; resolved: never AUTO */
	char *machine_accelerators; /* more of -machine */
	char *cpu_features; /* more of -cpu */
	char *image; /* raw; the guest's first disk, read-only */
	bool enable_debug;
	bool use_systemd; /* as the guest's first process */
	bool disable_nesting_checks;
	int console; /* enum template_console */
	/* Address space that firmware keeps free on each; 0: its own idea. */
	uint64_t bridge_mem_reserve, bridge_pref64_reserve;
	uint64_t port_mem_reserve, port_pref64_reserve;
	struct template_volumes volumes;
	struct template_list serial_ports; /* names */
	json_t *devices; /* as in a VirtualMachine's spec; NULL: none */

	/* What came of it on this host. Clones are started with the same. */
	bool disable_modern; /* of virtio devices */
	char *image_id; /* random */
	struct template_list device_options; /* -device, its value, … */
};

void template_config_init(struct template_config *c);
void template_config_release(struct template_config *c);
/* From a template file (YAML or JSON); checked against this host: files are
 * there and are what they should be, sizes are possible. Paths are relative
 * to the file's folder. */
int template_config_read(
    struct template_config *c, const char *path, struct err *e);
/* All of it, for a record; and without what came of it on this host. */
json_t *template_config_json(const struct template_config *c);
json_t *template_config_said(const struct template_config *c);
int template_config_from_json(
    struct template_config *c, const json_t *json, struct err *e);
int template_config_copy(struct template_config *c,
    const struct template_config *from, struct err *e);
/* What each template has of its own: the image's id. */
void template_config_draw(struct template_config *c, struct clock *clock);

/* A file that a template was made of. */
struct template_file {
	char *path;
	uint64_t size;
	uint64_t mtime; /* nanoseconds */
	char *sha256;
};

struct template_files {
	struct template_file *items;
	size_t n;
};

/* What the guest said of itself when the template was made; 0: not known. */
struct template_guest {
	uint64_t use; /* memory that it uses itself: boot less MemAvailable */
	uint64_t mem_total;
	uint64_t block_size;
	bool vmgenid; /* its kernel has the driver */
	char *agent_version;
};

struct template
{
	char *name;
	char *folder;
	struct template_config config;
	char *machine; /* as QEMU resolved it: pc-q35-7.2 */
	char *qemu_version, *qemu_package;
	struct template_file qemu, kernel, initrd, image, memory, state;
	struct template_files disks; /* behind its devices */
	uint64_t created; /* seconds since 1970 */
	uint64_t resident; /* bytes of memory that the memory file takes */
	struct template_guest guest;
};

struct template *template_new(const char *name);
void template_free(struct template *t);

/* By name; the record is checked before it is believed. NULL on error. */
struct template *template_load(const char *name, struct err *e);
json_t *template_json(const struct template *t);
int template_save(const struct template *t, struct err *e);
char **template_names(size_t *n, struct err *e);
/* Refused while a VM that was cloned from it is there, unless force. */
int template_remove(const char *name, bool force, struct err *e);

/*
 * Whether everything it was made of is still the same. Quick: size and time
 * of each file, and what is inside where the time differs. Full: all digests,
 * and QEMU is asked for its version. The difference is named. problems, when
 * not NULL, gets all of them (a JSON array of sentences); e has the first.
 */
int template_check_quick(const struct template *t, struct err *e);
int template_verify(const struct template *t, json_t **problems, struct err *e);

/* The plan that makes one, for vm_submit; vm has no links yet. boot_ms: how
 * long the guest may take to boot. */
#define TEMPLATE_BOOT_MS 120000
struct plan *template_create_plan(const char *name,
    const struct template_config *config, unsigned boot_ms, struct err *e);
/* Where one is made; the caller frees. */
char *template_new_folder(const char *templates, const char *name);
/* The command line that it would start QEMU with; nothing is made. The
 * descriptors that QEMU inherits are counted from 3. For launch_free. */
char **template_create_argv(struct clock *clock, const char *name,
    const struct template_config *config, struct err *e);

/* ---- files (template-file.c) ---- */

/* A file's digest; the caller frees. NULL on error. */
typedef char *digest_fn(const char *path, struct err *e);

/* SHA-256, as sha256sum prints it. */
char *file_digest(const char *path, struct err *e);
/* SHA-256 of the pages that are not zero, with their offsets: the same for a
 * hole and for zeros, and cheap for a memory file. */
char *sparse_digest(const char *path, struct err *e);
/* n is at least 1. */
bool bytes_are_zero(const uint8_t *bytes, size_t n);

/* Size, time and (NULL: not) digest of a file; path is copied. */
int template_file_read(struct template_file *f, const char *path,
    digest_fn *digest, struct err *e);
void template_file_release(struct template_file *f);
/* The regular files that the options of a template's devices name, with their
 * sparse digests. */
int template_files_read(struct template_files *files,
    const struct template_list *options, struct err *e);
void template_files_release(struct template_files *files);
/*
 * Punches the zero pages of the next slice that has data in it, from *at,
 * which moves on. 1: there may be more; 0: that was all.
 */
int punch_next(int fd, off_t *at, struct err *e);

#endif
