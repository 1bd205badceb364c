/* What a template file says: defaults, what the host makes of it, and each
 * mistake's own sentence. */
#include "host.h"
#include "scratch.h"
#include "template-config-internal.h"
#include <sys/stat.h>

#define KERNEL "kernel: vmlinuz\npath: ./qemu\naccel: tcg\n"

static int
read_config(struct template_config *c, const char *text, struct err *e)
{
	return template_config_read(c, scratch_file("t.yaml", text), e);
}

static void
what_is_not_said_has_a_default(void **state)
{
	struct template_config c;
	struct err e = { "" };

	assert_ok(read_config(&c, KERNEL, &e), &e);
	assert_string_equal(c.path, scratch_path("./qemu"));
	assert_string_equal(c.kernel, scratch_path("vmlinuz"));
	assert_string_equal(c.machine_type, "q35");
	assert_null(c.initrd);
	assert_null(c.kernel_params);
	assert_null(c.cpu_model);
	assert_int_equal(c.default_vcpus, 1);
	assert_int_equal(c.default_maxvcpus, host_cpus());
	assert_int_equal(c.default_memory, 256 * MIB);
	assert_int_equal(c.default_maxmemory, host_memory() / GIB * GIB);
	assert_int_equal(c.memory_slots, 10);
	assert_int_equal(c.default_bridges, 1);
	assert_int_equal(c.pcie_root_port, 0);
	assert_int_equal(c.accel, ACCEL_TCG);
	template_config_release(&c);
}

static void
everything_can_be_said(void **state)
{
	struct template_config c;
	struct err e = { "" };

	assert_ok(read_config(&c,
		      KERNEL "initrd: initrd\nkernel_params: console=ttyS0\n"
			     "machine_type: pc-q35-7.2\ncpu_model: Nehalem\n"
			     "default_vcpus: 1\ndefault_maxvcpus: 1\n"
			     "default_memory: 512\ndefault_maxmemory: 8Gi\n"
			     "memory_slots: 0\ndefault_bridges: 5\n"
			     "pcie_root_port: 16\n",
		      &e),
	    &e);
	assert_string_equal(c.initrd, scratch_path("initrd"));
	assert_string_equal(c.kernel_params, "console=ttyS0");
	assert_string_equal(c.machine_type, "pc-q35-7.2");
	assert_string_equal(c.cpu_model, "Nehalem");
	assert_int_equal(c.default_maxvcpus, 1);
	assert_int_equal(c.default_memory, 512 * MIB);
	assert_int_equal(c.default_maxmemory, 8 * GIB);
	assert_int_equal(c.memory_slots, 0);
	assert_int_equal(c.default_bridges, 5);
	assert_int_equal(c.pcie_root_port, 16);
	template_config_release(&c);
}

/* Kata's rule: none, less, or more than the host has is the host's. */
static void
the_hosts_cpus_are_the_most(void **state)
{
	const struct {
		int vcpus, said, resolved;
	} rows[] = {
		{ 1, 0, host_cpus() },
		{ 1, -1, host_cpus() },
		{ 1, -2147483647, host_cpus() },
		{ 1, host_cpus() + 1, host_cpus() },
		{ 1, 2147483647, host_cpus() },
		{ 1, 1, 1 },
		{ 1, host_cpus(), host_cpus() },
		/* What it boots with it can have. */
		{ host_cpus() + 1, 0, host_cpus() + 1 },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		_free_ char *text = xasprintf(KERNEL
		    "default_vcpus: %d\ndefault_maxvcpus: %d\n",
		    rows[i].vcpus, rows[i].said);
		struct template_config c;
		struct err e = { "" };

		assert_ok(read_config(&c, text, &e), &e);
		assert_int_equal(c.default_maxvcpus, rows[i].resolved);
		template_config_release(&c);
	}
}

static void
each_bad_key_has_its_sentence(void **state)
{
	static const struct {
		const char *text, *sentence;
	} rows[] = {
		{ "", "t.yaml:" },
		{ "path: ./qemu\n", "t.yaml:1:1: \"kernel\" is missing" },
		{ "kernel: 1\n",
		    "t.yaml:1:9: kernel: a string is wanted, not a whole"
		    " number" },
		{ KERNEL "default_vcpu: 1\n",
		    "t.yaml:4:1: default_vcpu: unknown key; did you mean"
		    " \"default_vcpus\"?" },
		{ KERNEL "default_vcpus: 0\n",
		    "t.yaml:4:16: default_vcpus: must be between 1 and 4096,"
		    " not 0" },
		{ KERNEL "default_vcpus: many\n",
		    "t.yaml:4:16: default_vcpus: a whole number is wanted, not"
		    " a string" },
		{ KERNEL "default_maxvcpus: 1.5\n",
		    "t.yaml:4:19: default_maxvcpus: a whole number is wanted,"
		    " not a number with a fraction" },
		{ KERNEL "default_memory: lots\n", "t.yaml:4:17:" },
		{ KERNEL "default_memory: -1\n", "t.yaml:4:17:" },
		{ KERNEL "default_maxmemory: [1]\n", "t.yaml:4:20:" },
		{ KERNEL "memory_slots: 257\n",
		    "t.yaml:4:15: memory_slots: must be between 0 and 256, not"
		    " 257" },
		{ KERNEL "default_bridges: 6\n",
		    "t.yaml:4:18: default_bridges: must be between 0 and 5,"
		    " not 6" },
		{ KERNEL "pcie_root_port: 17\n",
		    "t.yaml:4:17: pcie_root_port: must be between 0 and 16,"
		    " not 17" },
		{ "kernel: k\naccel: hvf\n",
		    "t.yaml:2:8: accel: \"hvf\" is none of: auto, kvm, tcg" },
		{ KERNEL "kernel: again\n", "t.yaml:4:1:" },
		{ KERNEL "console: tty\n",
		    "t.yaml:4:10: console: \"tty\" is none of: file,"
		    " socket" },
		{ KERNEL "device_options: []\n",
		    "t.yaml:4:1: device_options: unknown key" },
		{ KERNEL "image_id: x\n",
		    "t.yaml:4:1: image_id: unknown key" },
		{ KERNEL "volumes: [{tag: a}]\n",
		    "t.yaml:4:11: volumes[0]: \"path\" is missing" },
		{ KERNEL "volumes: [{tag: 'a,b', path: /}]\n",
		    "t.yaml:4:11: volumes[0]: tag: a letter, then at most 30"
		    " letters, digits, _ and - are wanted" },
		{ KERNEL "volumes: [{tag: a, path: /}, {tag: a, path: /}]\n",
		    "t.yaml:4:30: volumes[1]: tag: a is there twice" },
		{ KERNEL "serial_ports: [a, ../b]\n",
		    "t.yaml:4:19: serial_ports[1]: a letter, a digit or _,"
		    " then at most 62 letters" },
		{ KERNEL "serial_ports: [a, a]\n",
		    "t.yaml:4:19: serial_ports[1]: a is there twice" },
		{ KERNEL "serial_ports: [org.qemu.guest_agent.0]\n",
		    "t.yaml:4:16: serial_ports[0]: this port is the guest"
		    " agent's" },
		{ KERNEL "devices: [{id: a}]\n",
		    "t.yaml:4:11: devices[0]: \"type\" is missing" },
		{ KERNEL "devices: [{id: a b, type: blk}]\n",
		    "t.yaml:4:11: devices[0]: device id \"a b\": a letter" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct template_config c;
		struct err e = { "" };
		_free_ char *text = NULL;

		assert_int_equal(read_config(&c, rows[i].text, &e), -1);
		text = scratch_strip(e.text);
		if (!str_starts(text, rows[i].sentence))
			fail_msg("wanted %s\ngot %s", rows[i].sentence, text);
	}
}

/* What only the host can tell: by file, and by the key that it is about. */
static void
each_impossible_value_has_its_sentence(void **state)
{
	static const struct {
		const char *text, *sentence;
	} rows[] = {
#define AT "t.yaml: "
		{ "path: ./qemu\naccel: tcg\nkernel: none\n",
		    AT "kernel: cannot read none: No such file or directory" },
		{ "path: ./qemu\naccel: tcg\nkernel: short\n",
		    AT "kernel: short is not a Linux bzImage: it is too"
		       " short" },
		{ "path: ./qemu\naccel: tcg\nkernel: text\n",
		    AT "kernel: text is not a Linux bzImage" },
		{ "path: ./none\naccel: tcg\nkernel: vmlinuz\n",
		    AT "path: cannot run ./none: No such file or directory" },
		{ "path: ./text\naccel: tcg\nkernel: vmlinuz\n",
		    AT "path: cannot run ./text: Permission denied" },
		{ "path: qemu-of-nobody\naccel: tcg\nkernel: vmlinuz\n",
		    AT "path: there is no program qemu-of-nobody in PATH" },
		{ KERNEL "initrd: none\n",
		    AT "initrd: cannot read none: No such file or directory" },
		{ KERNEL "initrd: empty\n",
		    AT "initrd: empty is not a file with something in it" },
		{ KERNEL "initrd: .\n",
		    AT "initrd: . is not a file with something in it" },
#define KNOWN                                                               \
	"; known are: q35, pc-q35-VERSION, pc, pc-i440fx-VERSION, virt, " \
	"virt-VERSION"
		{ KERNEL "machine_type: microvm\n",
		    AT
		    "machine_type: unrecognised machine type: microvm" KNOWN },
		{ KERNEL "machine_type: q35,accel=kvm\n",
		    AT "machine_type: unrecognised machine type: "
		       "q35,accel=kvm" KNOWN },
#undef KNOWN
		{ KERNEL "machine_type: pc\npcie_root_port: 1\n",
		    AT "pcie_root_port: machine type pc has no PCI Express;"
		       " q35 has" },
		{ KERNEL "image: none\n",
		    AT "image: cannot read none: No such file or directory" },
		{ KERNEL "image: initrd\n",
		    AT "image: initrd is not a raw image: a file of whole"
		       " sectors of 512 bytes is wanted" },
		{ KERNEL "volumes: [{tag: a, path: none}]\n",
		    AT "volumes: a: path: none: No such file or directory" },
		{ KERNEL "volumes: [{tag: a, path: text}]\n",
		    AT "volumes: a: path: text is not a folder" },
		{ KERNEL "machine_accelerators: \"x=y,accel=kvm\"\n",
		    AT "machine_accelerators: accel= is not for it: that is"
		       " the key accel" },
		{ KERNEL "port_mem_reserve: 1Ki\n",
		    AT "port_mem_reserve: whole MiB, at most 1Ti, are"
		       " wanted" },
#define VIRT "path: ./qemu\naccel: tcg\nmachine_type: virt\nkernel: Image\n"
		{ VIRT "memory_slots: 1\n",
		    AT "memory_slots: machine type virt takes no DIMMs"
		       " without firmware, and is booted without: 0 is"
		       " wanted" },
		{ VIRT "default_maxvcpus: 2\n",
		    AT "default_maxvcpus: machine type virt takes no vCPUs"
		       " while it runs: 1, as default_vcpus, or none, is"
		       " wanted" },
		{ "path: ./qemu\naccel: kvm\nmachine_type: virt\n"
		  "kernel: Image\n",
		    AT "accel: kvm runs machine type virt on a host of"
		       " aarch64 only; tcg or auto is wanted" },
		{ "path: ./qemu\naccel: tcg\nmachine_type: virt\n"
		  "kernel: vmlinuz\n",
		    AT "kernel: vmlinuz is not an arm64 Linux Image, plain or"
		       " compressed" },
		{ KERNEL
		    "devices: [{id: d, type: blk, image: ./text}]\n",
		    AT "devices: disk d: read-only: true is wanted: the disk"
		       " is that of the template and of all its clones, and"
		       " two writers destroy what is on it" },
		{ KERNEL "default_bridges: 0\n"
			 "devices: [{id: d, type: blk, image: /dev/null}]\n",
		    AT "devices[0]: disk d: image /dev/null: neither a file nor"
		       " a block device" },
		{ KERNEL "devices: [{id: d, type: blk, image: 1}]\n",
		    AT "devices[0]: disk d: image: a string is wanted, not a"
		       " whole number" },
		{ KERNEL "default_memory: 31\n",
		    AT "default_memory: 31Mi: whole MiB, at least 32Mi, are"
		       " wanted" },
		{ KERNEL "default_memory: 262145Ki\n",
		    AT "default_memory: 262145Ki: whole MiB, at least 32Mi,"
		       " are wanted" },
		{ KERNEL "default_memory: 512\ndefault_maxmemory: 256\n",
		    AT "default_maxmemory: less than default_memory (512Mi)" },
#undef AT
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct template_config c;
		struct err e = { "" };
		_free_ char *text = NULL;

		assert_int_equal(read_config(&c, rows[i].text, &e), -1);
		text = scratch_strip(e.text);
		assert_string_equal(text, rows[i].sentence);
	}
}

/* A comma would begin another option of QEMU's -machine. */
static void
no_option_hides_in_a_machine_type(void **state)
{
	static const char *const types[] = { "pc-q35-7.2,dump-guest-core=off",
		"pc-q35-,", "pc-i440fx-7.2,x=y" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		_free_ char *text =
		    xasprintf(KERNEL "machine_type: \"%s\"\n", types[i]);
		struct template_config c;
		struct err e = { "" };

		if (read_config(&c, text, &e) == 0)
			fail_msg("%s is believed", types[i]);
	}
}

static void
too_many_vcpus_for_the_host(void **state)
{
	_free_ char *text = xasprintf(
	    KERNEL "default_vcpus: %d\n", MIN(host_cpus() * 16 + 1, 4096));
	struct template_config c;
	struct err e = { "" };

	assert_int_equal(read_config(&c, text, &e), -1);
	assert_non_null(strstr(e.text, " is more than 16 times the "));
}

/* A clone is started from the record, its template from the file: what the
 * two say of the machine must be the same. */
static void
a_config_comes_back_from_its_record(void **state)
{
	static const char *const texts[] = {
		KERNEL,
		KERNEL
		"initrd: initrd\nkernel_params: a b\ncpu_model: Nehalem\n"
		"default_maxmemory: 4096\npcie_root_port: 2\n",
		KERNEL "default_maxmemory: 1000000Ki\n",
		KERNEL
		"image: disk.img\nenable_debug: true\nuse_systemd: true\n"
		"console: socket\nmachine_accelerators: a=b\n"
		"cpu_features: c=d\ndisable_nesting_checks: true\n"
		"bridge_mem_reserve: 8Mi\nbridge_pref64_reserve: 1Gi\n"
		"port_mem_reserve: 2\nport_pref64_reserve: 64Gi\n"
		"volumes: [{tag: a, path: ., read-only: true}, {tag: b, "
		"path: /}]\nserial_ports: [one, two.three]\n"
		"devices: [{id: d, type: blk, image: /dev/shm/../../proc/"
		"self/exe, read-only: true}]\n",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		struct template_config c, got;
		struct err e = { "" };
		json_auto_t *json = NULL, *again = NULL;

		/* A size that a record could not hold may be refused. */
		if (i == 2 && read_config(&c, texts[i], &e) < 0) {
			assert_non_null(strstr(e.text, "default_maxmemory"));
			continue;
		}
		if (i != 2)
			assert_ok(read_config(&c, texts[i], &e), &e);
		json = template_config_json(&c);
		assert_ok(template_config_from_json(&got, json, &e), &e);
		again = template_config_json(&got);
		assert_true(json_equal(json, again));
		assert_int_equal(got.default_memory, c.default_memory);
		assert_int_equal(got.default_maxmemory, c.default_maxmemory);
		assert_int_equal(got.accel, c.accel);
		template_config_release(&c);
		template_config_release(&got);
	}
}

/* What the host makes of it stands in the record, and not in what the file
 * says: a clone has it, and the same file says the same again. */
static void
only_the_record_has_what_came_of_it(void **state)
{
	struct template_config c;
	struct err e = { "" };
	json_auto_t *record = NULL, *said = NULL;
	_free_ char *text = xasprintf(KERNEL
	    "devices: [{id: d, type: blk, image: %s, read-only: true}]\n",
	    scratch_path("disk.img"));
	_free_ char *file =
	    xasprintf("file,node-name=qmpd.f.d,filename=%s,read-only=on",
		scratch_path("disk.img"));

	assert_ok(read_config(&c, text, &e), &e);
	assert_int_equal(c.device_options.n, 6);
	assert_string_equal(c.device_options.items[0], "-blockdev");
	assert_string_equal(c.device_options.items[1], file);
	assert_string_equal(c.device_options.items[4], "-device");
	assert_string_equal(c.device_options.items[5],
	    "virtio-blk-pci,id=d,bus=pci-bridge-0,addr=1,drive=qmpd.d.d");
	record = template_config_json(&c);
	said = template_config_said(&c);
	assert_non_null(json_object_get(record, "device_options"));
	assert_null(json_object_get(said, "device_options"));
	assert_null(json_object_get(said, "disable_modern"));
	assert_non_null(json_object_get(said, "devices"));
	template_config_release(&c);
}

/* What belongs to one VM is no part of all clones. */
static void
what_clones_cannot_share_is_refused(void **state)
{
	static const struct {
		const char *name, *arguments, *why; /* NULL: they can */
	} rows[] = {
		{ "blockdev-add", "{\"read-only\": true}", NULL },
		{ "blockdev-add", "{\"read-only\": false}",
		    "read-only: true is wanted" },
		{ "blockdev-add", "{}", "read-only: true is wanted" },
		{ "device_add", "{\"driver\": \"virtio-rng-pci\"}", NULL },
		{ "device_add", "{\"driver\": \"vfio-pci\"}",
		    "a device of the host belongs to one VM" },
		{ "device_add", "{\"driver\": \"vhost-vsock-pci\"}",
		    "its backend serves one VM" },
		{ "device_add", "{\"driver\": \"vhost-user-fs-pci\"}",
		    "its backend serves one VM" },
		{ "netdev_add", "{\"type\": \"user\"}", NULL },
		{ "netdev_add", "{\"type\": \"tap\"}",
		    "a tap belongs to one VM" },
		{ "netdev_add", "{\"type\": \"vhost-user\"}",
		    "its backend serves one VM" },
		{ "chardev-add", "{\"backend\": {\"type\": \"pty\"}}", NULL },
		{ "chardev-add", "{\"backend\": {\"type\": \"file\"}}",
		    "clones would write over each other's file" },
		{ "chardev-add", "{\"backend\": {\"type\": \"socket\"}}",
		    "who is behind a socket serves one VM" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		json_auto_t *command = must(json_pack("{s:s, s:o}", "execute",
		    rows[i].name, "arguments",
		    must(json_loads(rows[i].arguments, 0, NULL))));
		struct err e = { "" };
		int rc = template_check_shared(command, &e);

		assert_int_equal(rc, rows[i].why ? -1 : 0);
		if (rows[i].why && !str_starts(e.text, rows[i].why))
			fail_msg("wanted %s\ngot %s", rows[i].why, e.text);
	}
}

/* The same file on another machine: what differs is the machine's. */
static void
each_machine_has_its_defaults(void **state)
{
	struct template_config c;
	struct err e = { "" };

	assert_ok(read_config(&c,
		      "path: ./qemu\nmachine_type: virt-7.2\n"
		      "kernel: Image\n",
		      &e),
	    &e);
	assert_int_equal(c.default_maxvcpus, 1);
	assert_int_equal(c.memory_slots, 0);
	assert_int_equal(c.default_bridges, 0);
	assert_int_equal(c.pcie_root_port, 4);
	/* Its CPUs are not this host's. */
	assert_int_equal(c.accel, ACCEL_TCG);
	template_config_release(&c);
}

static int
setup(void **state)
{
	char kernel[0x400 + 1];

	if (scratch_setup(state) < 0)
		return -1;
	memset(kernel, 'k', sizeof(kernel) - 1);
	kernel[sizeof(kernel) - 1] = '\0';
	scratch_file("text", kernel);
	memcpy(kernel + 0x202, "HdrS", 4);
	scratch_file("vmlinuz", kernel);
	kernel[0x205] = '\0';
	scratch_file("short", kernel);
	scratch_file("initrd", "i");
	scratch_file("empty", "");
	memcpy(kernel + 0x38, "ARM\x64", 4);
	kernel[0x202] = 'k';
	scratch_file("Image", kernel);
	memset(kernel, 0, sizeof(kernel));
	memset(kernel, 'i', 512);
	scratch_file("disk.img", kernel);
	if (chmod(scratch_file("qemu", "#!/bin/sh\n"), 0700) < 0)
		return -1;
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_said_has_a_default),
		cmocka_unit_test(everything_can_be_said),
		cmocka_unit_test(the_hosts_cpus_are_the_most),
		cmocka_unit_test(each_bad_key_has_its_sentence),
		cmocka_unit_test(each_impossible_value_has_its_sentence),
		cmocka_unit_test(no_option_hides_in_a_machine_type),
		cmocka_unit_test(too_many_vcpus_for_the_host),
		cmocka_unit_test(a_config_comes_back_from_its_record),
		cmocka_unit_test(only_the_record_has_what_came_of_it),
		cmocka_unit_test(what_clones_cannot_share_is_refused),
		cmocka_unit_test(each_machine_has_its_defaults),
	};

	return cmocka_run_group_tests(tests, setup, scratch_teardown);
}
