/* What a template file says: Kata's words, by rows. */

#include "template-config-internal.h"

#define MEMBER(m) offsetof(struct template_config, m)
#define VCPUS_MAX 4096
#define SLOTS_MAX 256 /* QEMU: ACPI_MAX_RAM_SLOTS */
#define BRIDGES_MAX 5 /* as Kata: the root bus's slots are few */
#define PORTS_MAX 16

static const char *const accels[] = { "auto", "kvm", "tcg", NULL };
static const char *const consoles[] = { "file", "socket", NULL };

/* The first of them are only in records. */
#define RECORD_ONLY 3

static const struct decode_row record_rows[] = {
	{ "disable_modern", DECODE_BOOL, MEMBER(disable_modern) },
	{ "image_id", DECODE_STRING, MEMBER(image_id) },
	{ "device_options", DECODE_FN, MEMBER(device_options),
	    .fn = template_decode_list, .encode = template_encode_list },

	{ "path", DECODE_STRING, MEMBER(path),
	    .help = "QEMU's binary (qemu-system-x86_64; virt: "
		    "qemu-system-aarch64)" },
	{ "machine_type", DECODE_STRING, MEMBER(machine_type),
	    .help = "q35 (default), pc or virt, also with a version: "
		    "pc-q35-7.2" },
	{ "kernel", DECODE_STRING, MEMBER(kernel), .required = true,
	    .help = "the guest's kernel: a bzImage; virt: an arm64 Image" },
	{ "initrd", DECODE_STRING, MEMBER(initrd), .help = "its initramfs" },
	{ "kernel_params", DECODE_STRING, MEMBER(kernel_params),
	    .help = "its command line, after ours" },
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
	    .max = SLOTS_MAX, .help = "DIMMs that can be added (10; virt: 0)" },
	{ "enable_virtio_mem", DECODE_BOOL, MEMBER(enable_virtio_mem),
	    .help = "add memory by virtio-mem instead of DIMMs (false)" },
	{ "reclaim_guest_freed_memory", DECODE_BOOL,
	    MEMBER(reclaim_guest_freed_memory),
	    .help = "a balloon, by which the guest gives memory back (false); "
		    "its clones need --memory-sharing shared" },
	{ "default_bridges", DECODE_INT, MEMBER(default_bridges), .min = 0,
	    .max = BRIDGES_MAX,
	    .help = "pci-bridges, 31 devices each (1; virt: 0)" },
	{ "pcie_root_port", DECODE_INT, MEMBER(pcie_root_port), .min = 0,
	    .max = PORTS_MAX,
	    .help = "root ports, a device each (0; virt: 4)" },
	{ "accel", DECODE_ENUM, MEMBER(accel), .names = accels,
	    .help = "auto (default), kvm or tcg" },
	{ "machine_accelerators", DECODE_STRING, MEMBER(machine_accelerators),
	    .help = "more of QEMU's -machine: key=value,..." },
	{ "cpu_features", DECODE_STRING, MEMBER(cpu_features),
	    .help = "more of QEMU's -cpu: key=value,..." },
	{ "image", DECODE_STRING, MEMBER(image),
	    .help = "a raw image, the guest's first disk; read-only" },
	{ "enable_debug", DECODE_BOOL, MEMBER(enable_debug),
	    .help = "the guest's kernel, and systemd, say all (false)" },
	{ "use_systemd", DECODE_BOOL, MEMBER(use_systemd),
	    .help = "systemd is the guest's first process (false)" },
	{ "disable_nesting_checks", DECODE_BOOL, MEMBER(disable_nesting_checks),
	    .help = "in a VM, be as on a machine of its own (false)" },
	{ "console", DECODE_ENUM, MEMBER(console), .names = consoles,
	    .help = "file (default): console.log; socket: console.sock" },
	{ "bridge_mem_reserve", DECODE_MIB, MEMBER(bridge_mem_reserve),
	    .help = "address space of a bridge's devices (4Mi)" },
	{ "bridge_pref64_reserve", DECODE_MIB, MEMBER(bridge_pref64_reserve),
	    .help = "the same, prefetchable (0: the firmware's idea)" },
	{ "port_mem_reserve", DECODE_MIB, MEMBER(port_mem_reserve),
	    .help = "address space of a root port (0: the firmware's idea)" },
	{ "port_pref64_reserve", DECODE_MIB, MEMBER(port_pref64_reserve),
	    .help = "the same, prefetchable: for a GPU's memory" },
	{ "volumes", DECODE_FN, MEMBER(volumes), .fn = template_decode_volumes,
	    .encode = template_encode_volumes,
	    .help = "folders for 9P: tag, path, read-only, each" },
	{ "serial_ports", DECODE_FN, MEMBER(serial_ports),
	    .fn = template_decode_ports, .encode = template_encode_list,
	    .help = "names of virtio serial ports, each over a socket" },
	{ "devices", DECODE_FN, MEMBER(devices), .fn = template_decode_devices,
	    .encode = template_encode_devices,
	    .help = "id, type and the type's own keys, each" },
	{ NULL },
};

static const struct decode_row *const rows = record_rows + RECORD_ONLY;

void
template_config_init(struct template_config *c)
{
	*c = (struct template_config){
		.default_vcpus = 1,
		.default_memory = 256 * MIB,
		.memory_slots = 10,
		.default_bridges = 1,
		.bridge_mem_reserve = 4 * MIB,
	};
}

void
template_config_release(struct template_config *c)
{
	const struct decode_row *row;

	for (row = record_rows; row->key; row++)
		if (row->type == DECODE_STRING)
			free(*(char **)((char *)c + row->offset));
	template_volumes_release(&c->volumes);
	template_list_release(&c->serial_ports);
	template_list_release(&c->device_options);
	json_decref(c->devices);
	*c = (struct template_config){ 0 };
}

/* All that the file says; numbers that it does not say are the machine's. */
static int
read_file_rows(struct template_config *c, const char *path, struct err *e)
{
	struct document *doc = document_read(path, e);
	struct decode *d;
	int rc;

	if (!doc)
		return -1;
	c->memory_slots = c->default_bridges = TEMPLATE_UNSAID;
	c->pcie_root_port = TEMPLATE_UNSAID;
	d = decode_new(doc);
	rc = decode_object(d, document_root(doc), rows, c, e);
	decode_free(d);
	document_free(doc);
	return rc;
}

int
template_config_read(struct template_config *c, const char *path, struct err *e)
{
	int rc;

	template_config_init(c);
	rc = read_file_rows(c, path, e);
	if (rc == 0 &&
	    (template_config_resolve(c, path, e) < 0 ||
		template_config_check(c, e) < 0 ||
		template_plug_devices(c, e) < 0))
		rc = err_wrap(e, "%s", path);
	if (rc < 0)
		template_config_release(c);
	return rc;
}

json_t *
template_config_json(const struct template_config *c)
{
	return encode_object(record_rows, c);
}

json_t *
template_config_said(const struct template_config *c)
{
	return encode_object(rows, c);
}

int
template_config_from_json(
    struct template_config *c, const json_t *json, struct err *e)
{
	struct decode *d = decode_new(NULL);
	int rc;

	template_config_init(c);
	rc = decode_object(d, json, record_rows, c, e);
	decode_free(d);
	return rc;
}

int
template_config_copy(struct template_config *c,
    const struct template_config *from, struct err *e)
{
	json_auto_t *json = template_config_json(from);

	return template_config_from_json(c, json, e);
}
