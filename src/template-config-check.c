/* What a template file says, checked against its machine and this host
 * before anything is started. */

#include "host.h"
#include "launch.h"
#include "machine.h"
#include "quote.h"
#include "template-config-internal.h"
#include "units.h"
#include <libgen.h>
#include <sys/stat.h>

/* ---- defaults that depend on the machine and the host ---- */

/* A path in a template file is relative to that file. */
static void
resolve_path(char **path, const char *file)
{
	_free_ char *copy = xstrdup(file);
	char *absolute;

	if (!*path)
		return;
	absolute =
	    path_absolute(str_eq(file, "-") ? NULL : dirname(copy), *path);
	free(*path);
	*path = absolute;
}

/* Which keys of a device are paths only its family knows: what begins with a
 * dot and a slash is one. */
static void
resolve_device(json_t *device, const char *file)
{
	const char *key;
	json_t *v;

	json_object_foreach (device, key, v) {
		const char *text = json_string_value(v);
		_free_ char *path = NULL;

		if (!text ||
		    (!str_starts(text, "./") && !str_starts(text, "../")))
			continue;
		path = xstrdup(text);
		resolve_path(&path, file);
		json_string_set(v, path);
	}
}

static void
resolve_paths(struct template_config *c, const char *file)
{
	size_t i;
	json_t *device;

	if (strchr(c->path, '/'))
		resolve_path(&c->path, file);
	resolve_path(&c->kernel, file);
	resolve_path(&c->initrd, file);
	resolve_path(&c->image, file);
	for (i = 0; i < c->volumes.n; i++)
		resolve_path(&c->volumes.items[i].path, file);
	json_array_foreach (c->devices, i, device)
		resolve_device(device, file);
}

/*
 * In a VM, KVMs older than Linux 4.16 take the wrong length for an exit on
 * fast MMIO, by which the queues of modern virtio devices are kicked: mended
 * by d391f1207067 ("do not use vm-exit instruction length for fast MMIO when
 * running nested"). Kata, too, gives its VMs legacy devices there.
 */
static void
resolve_accel(struct template_config *c, const struct machine *m)
{
	if (c->accel == ACCEL_AUTO)
		c->accel = machine_is_native(m) && host_has_kvm() ? ACCEL_KVM
								  : ACCEL_TCG;
	c->disable_modern =
	    c->accel == ACCEL_KVM && !c->disable_nesting_checks && host_is_vm();
}

/* A large maxcpus costs every guest memory: never above the host's. */
static int
resolve_maxvcpus(
    struct template_config *c, const struct machine *m, struct err *e)
{
	int host = host_cpus();

	if (!m->cpu_hotplug && c->default_maxvcpus > c->default_vcpus)
		return err_set(e,
		    "default_maxvcpus: machine type %s takes no vCPUs while it "
		    "runs: %d, as default_vcpus, or none, is wanted",
		    c->machine_type, (int)c->default_vcpus);
	if (!m->cpu_hotplug)
		c->default_maxvcpus = c->default_vcpus;
	if (c->default_maxvcpus <= 0 || c->default_maxvcpus > host)
		c->default_maxvcpus = host;
	if (c->default_maxvcpus < c->default_vcpus)
		c->default_maxvcpus = c->default_vcpus;
	return 0;
}

static void
resolve_maxmemory(struct template_config *c)
{
	if (c->default_maxmemory)
		return;
	c->default_maxmemory = host_memory() / GIB * GIB;
	if (c->default_maxmemory < c->default_memory)
		c->default_maxmemory = c->default_memory;
}

/* Numbers that were not said. */
static void
resolve_numbers(struct template_config *c, const struct machine *m)
{
	if (c->memory_slots == TEMPLATE_UNSAID)
		c->memory_slots = m->dimm_hotplug ? 10 : 0;
	if (c->default_bridges == TEMPLATE_UNSAID)
		c->default_bridges = m->bridges;
	if (c->pcie_root_port == TEMPLATE_UNSAID)
		c->pcie_root_port = m->ports;
}

/* The binary is found first: it is asked what machines it has. */
static int
resolve_machine(struct template_config *c, const char *file, struct err *e)
{
	const struct machine *m;
	char *qemu;

	if (!c->machine_type)
		c->machine_type = xstrdup(MACHINE_DEFAULT);
	m = machine_find(c->machine_type);
	if (!c->path)
		c->path =
		    xstrdup(m ? m->qemu : machine_find(MACHINE_DEFAULT)->qemu);
	resolve_paths(c, file);
	qemu = host_find_program(c->path, e);
	if (!qemu)
		return err_wrap(e, "path");
	free(c->path);
	c->path = qemu;
	if (machine_check(c->machine_type, c->path, e) < 0)
		return err_wrap(e, "machine_type");
	return 0;
}

int
template_config_resolve(
    struct template_config *c, const char *file, struct err *e)
{
	const struct machine *m;

	if (resolve_machine(c, file, e) < 0)
		return -1;
	m = machine_find(c->machine_type);
	resolve_accel(c, m);
	resolve_numbers(c, m);
	if (resolve_maxvcpus(c, m, e) < 0)
		return -1;
	resolve_maxmemory(c);
	return 0;
}

/* ---- checks ---- */

static int
check_kernel(
    const struct template_config *c, const struct machine *m, struct err *e)
{
	size_t n = 0;
	_free_ char *head = read_file(c->kernel, MACHINE_HEAD, &n, e);

	if (!head)
		return err_wrap(e, "kernel");
	if (m->is_kernel((const uint8_t *)head, n))
		return 0;
	return err_set(e, "kernel: %s is not %s%s", c->kernel, m->kernel,
	    n < MACHINE_HEAD ? ": it is too short" : "");
}

static int
check_initrd(const char *path, struct err *e)
{
	struct stat st;

	if (!path)
		return 0;
	if (access(path, R_OK) < 0 || stat(path, &st) < 0)
		return err_errno(e, "initrd: cannot read %s", path);
	if (!S_ISREG(st.st_mode) || st.st_size == 0)
		return err_set(
		    e, "initrd: %s is not a file with something in it", path);
	return 0;
}

/* Raw: whole sectors. */
static int
check_image(const char *path, struct err *e)
{
	struct stat st;

	if (!path)
		return 0;
	if (access(path, R_OK) < 0 || stat(path, &st) < 0)
		return err_errno(e, "image: cannot read %s", path);
	if (S_ISBLK(st.st_mode))
		return 0;
	if (!S_ISREG(st.st_mode) || st.st_size == 0 || st.st_size % 512)
		return err_set(e,
		    "image: %s is not a raw image: a file of whole sectors of "
		    "512 bytes is wanted",
		    path);
	return 0;
}

static int
check_volumes(const struct template_volumes *volumes, struct err *e)
{
	struct stat st;
	size_t i;

	for (i = 0; i < volumes->n; i++) {
		const struct template_volume *v = &volumes->items[i];

		if (stat(v->path, &st) < 0)
			return err_errno(
			    e, "volumes: %s: path: %s", v->tag, v->path);
		if (!S_ISDIR(st.st_mode))
			return err_set(e,
			    "volumes: %s: path: %s is not a folder", v->tag,
			    v->path);
	}
	return 0;
}

/* Whether text has an option of this name among its commas. */
static bool
has_option(const char *text, const char *name)
{
	size_t n = strlen(name);

	while (*text) {
		if (strncmp(text, name, n) == 0 && text[n] == '=')
			return true;
		text += strcspn(text, ",");
		text += *text == ',';
	}
	return false;
}

/* What goes into -machine and -cpu as it is must not say what we say. */
static int
check_options(const struct template_config *c, struct err *e)
{
	static const char *const ours[] = { "type", "accel", "memory-backend" };
	const char *text = c->machine_accelerators;
	size_t i;

	for (i = 0; text && i < ARRAY_SIZE(ours); i++)
		if (has_option(text, ours[i]))
			return err_set(e,
			    "machine_accelerators: %s= is not for it%s",
			    ours[i],
			    str_eq(ours[i], "accel") ? ": that is the key accel"
						     : "");
	return 0;
}

/* What the machine cannot do is refused, not pretended. */
static int
check_machine(
    const struct template_config *c, const struct machine *m, struct err *e)
{
	if (!m->express && c->pcie_root_port > 0)
		return err_set(e,
		    "pcie_root_port: machine type %s has no PCI Express; q35 "
		    "has",
		    c->machine_type);
	if (!m->dimm_hotplug && c->memory_slots > 0)
		return err_set(e,
		    "memory_slots: machine type %s takes no DIMMs without "
		    "firmware, and is booted without: 0 is wanted",
		    c->machine_type);
	return 0;
}

static int
check_memory(const struct template_config *c, struct err *e)
{
	_free_ char *size = units_print_bytes(c->default_memory);

	if (c->default_memory < 32 * MIB || c->default_memory % MIB)
		return err_set(e,
		    "default_memory: %s: whole MiB, at least 32Mi, are wanted",
		    size);
	if (c->default_maxmemory % MIB)
		return err_set(e, "default_maxmemory: whole MiB are wanted");
	if (c->default_maxmemory < c->default_memory)
		return err_set(e,
		    "default_maxmemory: less than default_memory (%s)", size);
	return 0;
}

/* QEMU takes bytes, firmware whole pages; 1Ti of address space is plenty. */
static int
check_reserves(const struct template_config *c, struct err *e)
{
	const struct {
		const char *key;
		uint64_t bytes;
	} rows[] = {
		{ "bridge_mem_reserve", c->bridge_mem_reserve },
		{ "bridge_pref64_reserve", c->bridge_pref64_reserve },
		{ "port_mem_reserve", c->port_mem_reserve },
		{ "port_pref64_reserve", c->port_pref64_reserve },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].bytes % MIB || rows[i].bytes > 1024 * GIB)
			return err_set(e,
			    "%s: whole MiB, at most 1Ti, are wanted",
			    rows[i].key);
	return 0;
}

static int
check_vcpus(const struct template_config *c, struct err *e)
{
	if (c->default_vcpus <= (int64_t)host_cpus() * 16)
		return 0;
	return err_set(e,
	    "default_vcpus: %d is more than 16 times the %d of this host",
	    (int)c->default_vcpus, host_cpus());
}

static int
check_accel(
    const struct template_config *c, const struct machine *m, struct err *e)
{
	if (c->accel != ACCEL_KVM)
		return 0;
	if (!machine_is_native(m))
		return err_set(e,
		    "accel: kvm runs machine type %s on a host of %s only; tcg "
		    "or auto is wanted",
		    c->machine_type, m->architecture);
	if (access("/dev/kvm", R_OK | W_OK) < 0)
		return err_errno(e, "accel: /dev/kvm");
	return 0;
}

int
template_config_check(struct template_config *c, struct err *e)
{
	const struct machine *m = machine_find(c->machine_type);

	if (check_accel(c, m, e) < 0 || check_vcpus(c, e) < 0 ||
	    check_machine(c, m, e) < 0 || check_kernel(c, m, e) < 0 ||
	    check_initrd(c->initrd, e) < 0 || check_image(c->image, e) < 0 ||
	    check_volumes(&c->volumes, e) < 0 || check_options(c, e) < 0 ||
	    check_memory(c, e) < 0 || check_reserves(c, e) < 0)
		return -1;
	return launch_check(c, e);
}
