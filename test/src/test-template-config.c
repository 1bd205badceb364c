/* What a template file says: defaults, what the host makes of it, and each
 * mistake's own sentence. */
#include "host.h"
#include "scratch.h"
#include "template.h"
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
#define KNOWN "; known are: q35, pc, pc-q35-VERSION, pc-i440fx-VERSION"
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
		if (i < 2)
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
	};

	return cmocka_run_group_tests(tests, setup, scratch_teardown);
}
