/* What a template file says: Kata's words, checked against this host before
 * anything is started. */

#include "decode.h"
#include "host.h"
#include "template.h"
#include "units.h"
#include <libgen.h>
#include <sys/stat.h>

#define MEMBER(m) offsetof(struct template_config, m)
#define VCPUS_MAX 4096
#define SLOTS_MAX 256 /* QEMU: ACPI_MAX_RAM_SLOTS */
#define BRIDGES_MAX 5 /* as Kata: the root bus's slots are few */
#define PORTS_MAX 16

static const char *const accels[] = { "auto", "kvm", "tcg", NULL };

static const struct decode_row rows[] = {
	{ "path", DECODE_STRING, MEMBER(path),
	    .help = "QEMU's binary (qemu-system-x86_64)" },
	{ "machine_type", DECODE_STRING, MEMBER(machine_type),
	    .help = "q35 (default) or pc, also with a version: pc-q35-7.2" },
	{ "kernel", DECODE_STRING, MEMBER(kernel), .required = true,
	    .help = "the guest's kernel, a bzImage" },
	{ "initrd", DECODE_STRING, MEMBER(initrd), .help = "its initramfs" },
	{ "kernel_params", DECODE_STRING, MEMBER(kernel_params),
	    .help = "its command line" },
	{ "cpu_model", DECODE_STRING, MEMBER(cpu_model),
	    .help = "host under KVM, max under TCG" },
	{ "default_vcpus", DECODE_INT, MEMBER(default_vcpus), .min = 1,
	    .max = VCPUS_MAX, .help = "vCPUs at boot (1)" },
	{ "default_maxvcpus", DECODE_INT, MEMBER(default_maxvcpus),
	    .min = INT32_MIN, .max = INT32_MAX,
	    .help = "vCPUs at most; 0, less, or more than the host has: the "
		    "host's (0)" },
	{ "default_memory", DECODE_MIB, MEMBER(default_memory),
	    .help = "memory at boot (256Mi); a bare number is MiB" },
	{ "default_maxmemory", DECODE_MIB, MEMBER(default_maxmemory),
	    .help = "memory at most (0: the host's)" },
	{ "memory_slots", DECODE_INT, MEMBER(memory_slots), .min = 0,
	    .max = SLOTS_MAX, .help = "DIMMs that can be added (10)" },
	{ "default_bridges", DECODE_INT, MEMBER(default_bridges), .min = 0,
	    .max = BRIDGES_MAX, .help = "pci-bridges, 31 devices each (1)" },
	{ "pcie_root_port", DECODE_INT, MEMBER(pcie_root_port), .min = 0,
	    .max = PORTS_MAX, .help = "root ports, a device each (0)" },
	{ "accel", DECODE_ENUM, MEMBER(accel), .names = accels,
	    .help = "auto (default), kvm or tcg" },
	{ NULL },
};

void
template_config_init(struct template_config *c)
{
	*c = (struct template_config){
		.default_vcpus = 1,
		.default_memory = 256 * MIB,
		.memory_slots = 10,
		.default_bridges = 1,
	};
}

void
template_config_release(struct template_config *c)
{
	free(c->path);
	free(c->machine_type);
	free(c->kernel);
	free(c->initrd);
	free(c->kernel_params);
	free(c->cpu_model);
	*c = (struct template_config){ 0 };
}

/* ---- checks ---- */

/* A path in a template file is relative to that file. */
static void
resolve(char **path, const char *file)
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

/* A bzImage has "HdrS" at 0x202 (Linux Documentation/arch/x86/boot.rst). */
static int
check_kernel(const char *path, struct err *e)
{
	size_t n = 0;
	_free_ char *head = read_file(path, 0x206, &n, e);

	if (!head)
		return err_wrap(e, "kernel");
	if (n < 0x206 || memcmp(head + 0x202, "HdrS", 4) != 0)
		return err_set(e, "kernel: %s is not a Linux bzImage%s", path,
		    n < 0x206 ? ": it is too short" : "");
	return 0;
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

static int
check_machine(const struct template_config *c, struct err *e)
{
	const char *m = c->machine_type;
	bool q35 = str_eq(m, "q35") || str_starts(m, "pc-q35-");
	bool pc = str_eq(m, "pc") || str_starts(m, "pc-i440fx-");

	if ((!q35 && !pc) || strchr(m, ','))
		return err_set(e,
		    "machine_type: unrecognised machine type: %s; known are: "
		    "q35, pc, pc-q35-VERSION, pc-i440fx-VERSION",
		    m);
	if (pc && c->pcie_root_port > 0)
		return err_set(e,
		    "pcie_root_port: machine type %s has no PCI Express; q35 "
		    "has",
		    m);
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

/* ---- defaults that depend on the host ---- */

static void
resolve_accel(struct template_config *c)
{
	if (c->accel == ACCEL_AUTO)
		c->accel = host_has_kvm() ? ACCEL_KVM : ACCEL_TCG;
}

/* A large maxcpus costs every guest memory: never above the host's. */
static void
resolve_maxvcpus(struct template_config *c)
{
	int host = host_cpus();

	if (c->default_maxvcpus <= 0 || c->default_maxvcpus > host)
		c->default_maxvcpus = host;
	if (c->default_maxvcpus < c->default_vcpus)
		c->default_maxvcpus = c->default_vcpus;
}

static void
resolve_maxmemory(struct template_config *c)
{
	if (c->default_maxmemory == 0)
		c->default_maxmemory = host_memory() / GIB * GIB;
	if (c->default_maxmemory < c->default_memory)
		c->default_maxmemory = c->default_memory;
}

static void
resolve_all(struct template_config *c, const char *file)
{
	if (!c->machine_type)
		c->machine_type = xstrdup("q35");
	if (!c->path)
		c->path = xstrdup("qemu-system-x86_64");
	else if (strchr(c->path, '/'))
		resolve(&c->path, file);
	resolve(&c->kernel, file);
	resolve(&c->initrd, file);
	resolve_accel(c);
	resolve_maxvcpus(c);
}

static int
check_all(struct template_config *c, struct err *e)
{
	_free_ char *qemu = host_find_program(c->path, e);

	if (!qemu)
		return err_wrap(e, "path");
	free(c->path);
	c->path = TAKE(qemu);
	if (c->accel == ACCEL_KVM && access("/dev/kvm", R_OK | W_OK) < 0)
		return err_errno(e, "accel: /dev/kvm");
	if (c->default_vcpus > host_cpus() * 16)
		return err_set(e,
		    "default_vcpus: %d is more than 16 times the %d of this "
		    "host",
		    (int)c->default_vcpus, host_cpus());
	if (check_machine(c, e) < 0 || check_kernel(c->kernel, e) < 0 ||
	    check_initrd(c->initrd, e) < 0)
		return -1;
	return check_memory(c, e);
}

int
template_config_read(struct template_config *c, const char *path, struct err *e)
{
	struct document *doc = document_read(path, e);
	struct decode *d;
	int rc;

	template_config_init(c);
	if (!doc)
		return -1;
	d = decode_new(doc);
	rc = decode_object(d, document_root(doc), rows, c, e);
	decode_free(d);
	document_free(doc);
	if (rc == 0) {
		bool any_max = c->default_maxmemory == 0;

		resolve_all(c, path);
		if (any_max)
			resolve_maxmemory(c);
		rc = check_all(c, e);
		if (rc < 0)
			err_wrap(e, "%s", path);
	}
	if (rc < 0)
		template_config_release(c);
	return rc;
}

json_t *
template_config_json(const struct template_config *c)
{
	return must(json_pack("{s:s, s:s, s:s, s:s*, s:s*, s:s*, s:I, s:I, "
			      "s:I, s:I, s:I, s:I, s:I, s:s}",
	    "path", c->path, "machine_type", c->machine_type, "kernel",
	    c->kernel, "initrd", c->initrd, "kernel_params", c->kernel_params,
	    "cpu_model", c->cpu_model, "default_vcpus",
	    (json_int_t)c->default_vcpus, "default_maxvcpus",
	    (json_int_t)c->default_maxvcpus, "default_memory",
	    (json_int_t)(c->default_memory / MIB), "default_maxmemory",
	    (json_int_t)(c->default_maxmemory / MIB), "memory_slots",
	    (json_int_t)c->memory_slots, "default_bridges",
	    (json_int_t)c->default_bridges, "pcie_root_port",
	    (json_int_t)c->pcie_root_port, "accel", accels[c->accel]));
}

int
template_config_from_json(
    struct template_config *c, const json_t *json, struct err *e)
{
	struct decode *d = decode_new(NULL);
	int rc;

	template_config_init(c);
	rc = decode_object(d, json, rows, c, e);
	decode_free(d);
	return rc;
}
