/* A template file against its machine and this host: each mistake has its own
 * sentence. */
#include "config-file.h"
#include "host.h"
#include "scratch.h"

/* What only the host can tell: by file, and by the key that it is about. */
static const struct {
	const char *text, *sentence;
} impossible[] = {
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
#define KNOWN                                                             \
	"; known are: q35, pc-q35-VERSION, pc, pc-i440fx-VERSION, virt, " \
	"virt-VERSION"
	{ KERNEL "machine_type: microvm\n",
	    AT "machine_type: unrecognised machine type: microvm" KNOWN },
	{ KERNEL "machine_type: q35,accel=kvm\n",
	    AT "machine_type: unrecognised machine type: "
	       "q35,accel=kvm" KNOWN },
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
	{ KERNEL "devices: [{id: d, type: blk, image: ./text}]\n",
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
};

static void
each_impossible_value_has_its_sentence(void **state)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(impossible); i++) {
		struct template_config c;
		struct err e = { "" };
		_free_ char *text = NULL;

		assert_int_equal(
		    config_file_read(&c, impossible[i].text, &e), -1);
		text = scratch_strip(e.text);
		assert_string_equal(text, impossible[i].sentence);
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

		if (config_file_read(&c, text, &e) == 0)
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

	assert_int_equal(config_file_read(&c, text, &e), -1);
	assert_non_null(strstr(e.text, " is more than 16 times the "));
}

/* The same file on another machine: what differs is the machine's. */
static void
each_machine_has_its_defaults(void **state)
{
	struct template_config c;
	struct err e = { "" };

	assert_ok(config_file_read(&c,
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_impossible_value_has_its_sentence),
		cmocka_unit_test(no_option_hides_in_a_machine_type),
		cmocka_unit_test(too_many_vcpus_for_the_host),
		cmocka_unit_test(each_machine_has_its_defaults),
	};

	return cmocka_run_group_tests(
	    tests, config_file_setup, scratch_teardown);
}
