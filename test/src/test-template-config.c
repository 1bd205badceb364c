/* What a template file says: defaults, what the host makes of it, and each
 * mistake's own sentence. */
#include "config-file.h"
#include "host.h"
#include "scratch.h"

static void
what_is_not_said_has_a_default(void **state)
{
	struct template_config c;
	struct err e = { "" };

	assert_ok(config_file_read(&c, KERNEL, &e), &e);
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
	assert_false(c.enable_virtio_mem);
	assert_false(c.reclaim_guest_freed_memory);
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

	assert_ok(config_file_read(&c,
		      KERNEL "initrd: initrd\nkernel_params: console=ttyS0\n"
			     "machine_type: pc-q35-7.2\ncpu_model: Nehalem\n"
			     "default_vcpus: 1\ndefault_maxvcpus: 1\n"
			     "default_memory: 512\ndefault_maxmemory: 8Gi\n"
			     "memory_slots: 0\ndefault_bridges: 5\n"
			     "enable_virtio_mem: true\n"
			     "reclaim_guest_freed_memory: true\n"
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
	assert_true(c.enable_virtio_mem);
	assert_true(c.reclaim_guest_freed_memory);
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

		assert_ok(config_file_read(&c, text, &e), &e);
		assert_int_equal(c.default_maxvcpus, rows[i].resolved);
		template_config_release(&c);
	}
}

/* A key or a value that is wrong by itself: by its place in the file. */
static const struct {
	const char *text, *sentence;
} bad_keys[] = {
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
	{ KERNEL "image_id: x\n", "t.yaml:4:1: image_id: unknown key" },
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

static void
each_bad_key_has_its_sentence(void **state)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad_keys); i++) {
		struct template_config c;
		struct err e = { "" };
		_free_ char *text = NULL;

		assert_int_equal(
		    config_file_read(&c, bad_keys[i].text, &e), -1);
		text = scratch_strip(e.text);
		if (!str_starts(text, bad_keys[i].sentence))
			fail_msg(
			    "wanted %s\ngot %s", bad_keys[i].sentence, text);
	}
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
		if (i == 2 && config_file_read(&c, texts[i], &e) < 0) {
			assert_non_null(strstr(e.text, "default_maxmemory"));
			continue;
		}
		if (i != 2)
			assert_ok(config_file_read(&c, texts[i], &e), &e);
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

	assert_ok(config_file_read(&c, text, &e), &e);
	assert_int_equal(c.device_options.n, 6);
	assert_string_equal(c.device_options.items[0], "-blockdev");
	assert_string_equal(c.device_options.items[1], file);
	assert_string_equal(c.device_options.items[4], "-device");
	assert_string_equal(c.device_options.items[5],
	    "virtio-blk-pci,id=d,bus=pci-bridge-0,addr=1,drive=qmpd.d.d,"
	    "num-queues=2");
	record = template_config_json(&c);
	said = template_config_said(&c);
	assert_non_null(json_object_get(record, "device_options"));
	assert_null(json_object_get(said, "device_options"));
	assert_null(json_object_get(said, "disable_modern"));
	assert_non_null(json_object_get(said, "devices"));
	template_config_release(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_said_has_a_default),
		cmocka_unit_test(everything_can_be_said),
		cmocka_unit_test(the_hosts_cpus_are_the_most),
		cmocka_unit_test(each_bad_key_has_its_sentence),
		cmocka_unit_test(a_config_comes_back_from_its_record),
		cmocka_unit_test(only_the_record_has_what_came_of_it),
	};

	return cmocka_run_group_tests(
	    tests, config_file_setup, scratch_teardown);
}
