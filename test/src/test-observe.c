/* What is observed of recorded QEMUs and guests. */
#include "observe.h"
#include "replies.h"

/* ---- recorded ---- */

static const struct recording {
	const char *name, *machine;
	int major, minor;
	const char *bus; /* the disk's */
	const char *path; /* of it in the guest */
	int online; /* vCPUs: QEMU 5.2's guest does not see the second */
	int max;
	bool is_silent; /* before 7.1 QEMU does not tell maxmem and slots */
} recordings[] = {
	{ "5.2/pc", "pc-i440fx-5.2", 5, 2, "pci-bridge-0", "02/01", 1, 4,
	    true },
	{ "7.2/q35", "pc-q35-7.2", 7, 2, "pci-bridge-0", "02/01", 2, 4 },
	{ "7.2/pc", "pc-i440fx-7.2", 7, 2, "pci-bridge-0", "02/01", 2, 4 },
	{ "10.0/q35", "pc-q35-10.0", 10, 0, "pci-bridge-0", "02/01", 2, 4 },
	{ "10.0/pc", "pc-i440fx-10.0", 10, 0, "pci-bridge-0", "02/01", 2, 4 },
	{ "11.1/q35", "pc-q35-11.1", 11, 1, "pci-bridge-0", "02/01", 2, 4 },
	{ "11.1/pc", "pc-i440fx-11.1", 11, 1, "pci-bridge-0", "02/01", 2, 4 },
	{ "11.1/q35-modules", "pc-q35-11.1", 11, 1, "pci-bridge-0", "02/01", 2,
	    8 },
};

static void
check_machine(const struct actual *a, const struct recording *was)
{
	assert_string_equal(a->machine, was->machine);
	assert_int_equal(a->major, was->major);
	assert_int_equal(a->minor, was->minor);
	assert_string_equal(a->status, "running");
	assert_string_equal(a->accel, "tcg");
	assert_true(actual_version_at_least(a, was->major, was->minor));
	assert_false(actual_version_at_least(a, was->major, was->minor + 1));
}

static void
check_sizes(const struct actual *a, const struct recording *was)
{
	uint64_t bytes = 0;

	assert_int_equal(a->vcpus_boot, 1);
	assert_int_equal(a->vcpus_present, 2);
	assert_int_equal(a->vcpus_max, was->max);
	assert_true(actual_cpu(a, "qmpd-vcpu-1")->present);
	assert_int_equal(actual_vcpus_online(a), was->online);
	assert_int_equal(a->memory_boot, 256 * MIB);
	assert_int_equal(a->memory_plugged, 128 * MIB);
	assert_int_equal(a->memory_max, was->is_silent ? 0 : 4 * GIB);
	assert_int_equal(a->memory_slots, was->is_silent ? -1 : 4);
	assert_string_equal(a->memory_backend, "ram0");
	assert_false(a->memory_shared);
	assert_int_equal(a->dimms_n, 1);
	assert_string_equal(
	    actual_dimm(a, "qmpd-dimm-0")->memdev, "qmpd-mem-0");
	assert_true(a->dimms[0].hotplugged);
	assert_true(actual_object(a, "qmpd-mem-0"));
	assert_true(actual_object(a, "ram0"));
	assert_false(actual_object(a, "type"));
	assert_true(actual_memory_online(a, &bytes));
	assert_int_equal(bytes, 384 * MIB);
}

static void
check_devices(const struct actual *a, const struct recording *was)
{
	const struct actual_device *disk = actual_device(a, "data");
	const struct actual_node *file = actual_node(a, "qmpd.f.data");

	assert_non_null(disk);
	assert_string_equal(disk->driver, "virtio-blk-pci");
	assert_string_equal(disk->bus, was->bus);
	assert_string_equal(disk->node, "qmpd.d.data");
	assert_string_equal(disk->guest_path, was->path);
	assert_int_equal(disk->function, 0);
	assert_true(disk->mapped);
	assert_string_equal(file->driver, "file");
	assert_string_equal(file->filename, "disk.img");
	assert_false(file->read_only);
	assert_string_equal(actual_node(a, "qmpd.d.data")->driver, "raw");
	assert_string_equal(
	    actual_device(a, "serial0")->driver, "virtio-serial-pci");
	/* What has no id is nobody's, and its slot is taken all the same. */
	assert_true(actual_bus(a, a->buses[0].id)->used & 1);
}

static void
reads_recorded_replies(void **state)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(recordings); i++) {
		struct replies r;
		const struct actual *a;

		replies_read(&r, recordings[i].name);
		a = replies_observe(&r);
		check_machine(a, &recordings[i]);
		check_sizes(a, &recordings[i]);
		check_devices(a, &recordings[i]);
		assert_true(a->guest.agent);
		assert_string_equal(a->guest.version, "7.2.22");
		assert_true(actual_agent_can(a, "guest-get-disks"));
		assert_int_equal(a->guest.block_size, 128 * MIB);
		assert_in_range(a->guest.mem_total, 250 * MIB, 384 * MIB);
		assert_in_range(
		    a->guest.mem_available, 128 * MIB, a->guest.mem_total);
		replies_free(&r);
	}
}

static void
check_bus(const struct actual *a, const char *id, enum bus_type type,
    bool hotplug, unsigned first, unsigned last)
{
	const struct actual_bus *bus = actual_bus(a, id);

	assert_non_null(bus);
	assert_int_equal(bus->type, type);
	assert_int_equal(bus->hotplug, hotplug);
	assert_int_equal(bus->first, first);
	assert_int_equal(bus->last, last);
}

static void
knows_the_kinds_of_buses(void **state)
{
	struct replies r;
	const struct actual *a;

	replies_read(&r, "7.2/q35");
	a = replies_observe(&r);
	assert_int_equal(a->buses_n, 3);
	check_bus(a, "pcie.0", BUS_ROOT, false, 1, 31);
	check_bus(a, "pci-bridge-0", BUS_BRIDGE, true, 1, 31);
	check_bus(a, "root-port-0", BUS_PORT, true, 0, 0);
	assert_int_equal(actual_bus(a, "pci-bridge-0")->used, 1 << 1);
	assert_int_equal(actual_bus(a, "root-port-0")->used, 0);
	assert_int_not_equal(actual_bus(a, "pci-bridge-0")->number, 0);
	replies_free(&r);

	replies_read(&r, "7.2/pc");
	a = replies_observe(&r);
	assert_int_equal(a->buses_n, 2);
	check_bus(a, "pci.0", BUS_ROOT, true, 1, 31);
	check_bus(a, "pci-bridge-0", BUS_BRIDGE, true, 1, 31);
	replies_free(&r);
}

/* Below a q35's bridges it is ACPI that plugs, since machine type 6.1: before,
 * QEMU says that the bridge "does not support hotplugging". */
static void
an_old_q35_has_no_bridge_for_us(void **state)
{
	struct replies r;
	const struct actual *a;

	replies_read(&r, "5.2/q35");
	a = replies_observe(&r);
	assert_string_equal(actual_device(a, "data")->bus, "root-port-0");
	check_bus(a, "root-port-0", BUS_PORT, true, 0, 0);
	assert_false(actual_bus(a, "pci-bridge-0")->hotplug);
	replies_free(&r);
}

/* It goes by the machine, not by QEMU's own version. */
static void
old_machines_of_a_new_qemu(void **state)
{
	static const struct {
		const char *type;
		bool hotplug;
	} rows[] = {
		{ "'pc-q35-2.9-machine'", false },
		{ "'pc-q35-6.0-machine'", false },
		{ "'pc-q35-6.1-machine'", true },
		{ "'pc-q35-10.0-machine'", true },
		{ "'pc-i440fx-5.2-machine'", true },
	};
	struct replies r;
	size_t i;

	replies_read(&r, "10.0/q35");
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		replies_set(&r, "qom-get-machine-type", rows[i].type);
		assert_int_equal(
		    actual_bus(replies_observe(&r), "pci-bridge-0")->hotplug,
		    rows[i].hotplug);
	}
	replies_free(&r);
}

static void
shows_what_there_was(void **state)
{
	json_auto_t *json = NULL, *want = NULL, *vcpus = NULL;
	struct replies r;

	replies_read(&r, "7.2/q35");
	json = actual_json(replies_observe(&r));
	want = json_of("[{'id': 'data', 'type': 'blk', 'bus': 'pci-bridge-0',"
		       " 'slot': 1, 'state': 'present', 'guest_path': '02/01',"
		       " 'node': 'qmpd.d.data'}]");
	assert_true(json_equal(json_object_get(json, "devices"), want));
	vcpus = json_of("{'requested': 2, 'boot': 1, 'max': 4, 'actual': 2}");
	assert_true(json_equal(json_object_get(json, "vcpus"), vcpus));
	replies_free(&r);
}

/* ---- what cannot be asked ---- */

static void
without_an_agent_the_guest_is_unknown(void **state)
{
	struct replies r;
	const struct actual *a;
	json_auto_t *json = NULL;
	uint64_t bytes;

	replies_read(&r, "7.2/q35");
	r.has_no_agent = true;
	a = replies_observe(&r);
	assert_false(a->guest.agent);
	assert_int_equal(actual_vcpus_online(a), -1);
	assert_false(actual_memory_online(a, &bytes));
	json = actual_json(a);
	assert_true(json_is_null(
	    json_object_get(json_object_get(json, "vcpus"), "actual")));
	assert_true(json_is_null(
	    json_object_get(json_object_get(json, "memory"), "actual")));
	replies_free(&r);
}

static void
an_agent_is_asked_only_what_it_may_tell(void **state)
{
	struct replies r;
	const struct actual *a;

	replies_read(&r, "7.2/q35");
	replies_disable(&r, "guest-get-vcpus");
	replies_disable(&r, "guest-file-open");
	json_object_del(r.given, "guest-get-vcpus");
	json_object_del(r.given, "guest-file-read");
	a = replies_observe(&r);
	assert_true(a->guest.agent);
	assert_int_equal(a->guest.cpus_online, -1);
	assert_int_equal(a->guest.mem_available, 0);
	assert_int_equal(a->guest.blocks_online, 3);
	replies_free(&r);
}

static void
what_is_refused_stays_unknown(void **state)
{
	static const char *const names[] = { "query-kvm", "query-accelerators",
		"qom-get-machine-type", "qom-get-machine-memory",
		"qom-get-machine-memory-backend", "query-memdev",
		"query-memory-size-summary", "query-hotpluggable-cpus",
		"query-memory-devices", "qom-list-objects", "query-pci",
		"query-chardev", "human-monitor-command", "guest-get-vcpus",
		"guest-get-memory-blocks", "guest-get-memory-block-info",
		"guest-file-read" };
	struct replies r;
	const struct actual *a;
	size_t i;

	replies_read(&r, "7.2/q35");
	for (i = 0; i < ARRAY_SIZE(names); i++)
		replies_refuse(&r, names[i]);
	replies_set(&r, "query-cpus-fast", "[]");
	a = replies_observe(&r);
	assert_null(a->machine);
	assert_null(a->accel);
	assert_int_equal(a->vcpus_max, 0);
	assert_int_equal(a->memory_boot, 0);
	assert_null(a->memory_backend);
	assert_false(a->memory_shared);
	assert_int_equal(a->memory_max, 0);
	assert_int_equal(a->memory_slots, -1);
	assert_int_equal(a->buses_n + a->dimms_n, 0);
	/* Of the disk only the name is known. */
	assert_int_equal(a->devices_n, 1);
	assert_null(a->devices[0].bus);
	assert_int_equal(a->guest.cpus_online, -1);
	assert_int_equal(a->guest.blocks_online, -1);
	assert_int_equal(a->nodes_n, 2);
	replies_free(&r);
}

/* ---- memory that others can map ---- */

static void
shared_is_what_the_boot_memory_is(void **state)
{
	static const struct {
		const char *backend, *memdevs;
		bool shared;
	} rows[] = {
#define DEV(id, share) "{'id': '" id "', 'share': " share "}"
		{ "'/objects/ram0'", "[" DEV("ram0", "true") "]", true },
		{ "'ram0'", "[" DEV("ram0", "true") "]", true },
		{ "'/objects/ram0'", "[" DEV("ram0", "false") "]", false },
		/* What is plugged does not count. */
		{ "'/objects/ram0'",
		    "[" DEV("a", "false") ", " DEV("ram0", "true") "]", true },
		{ "'/objects/ram0'",
		    "[" DEV("a", "true") ", " DEV("ram0", "false") "]", false },
		{ "'/objects/ram0'", "[" DEV("a", "true") "]", false },
		/* With NUMA nodes the machine names none: all of them. */
		{ "''", "[" DEV("a", "true") ", " DEV("b", "true") "]", true },
		{ "''", "[" DEV("a", "true") ", " DEV("b", "false") "]",
		    false },
		{ "''", "[]", false },
		/* QEMU before 6.1. */
		{ "'ram0'", "[{'id': 'ram0'}]", false },
		{ "'ram0'", "[" DEV("ram0", "'true'") "]", false },
#undef DEV
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		json_auto_t *backend = json_of(rows[i].backend);
		json_auto_t *memdevs = json_of(rows[i].memdevs);
		struct actual *a = actual_new();

		observe_memory_backend(a, backend);
		observe_memdevs(a, memdevs);
		if (a->memory_shared != rows[i].shared)
			fail_msg("%s %s", rows[i].backend, rows[i].memdevs);
		actual_free(a);
	}
}

/* Its query-memdev does not tell. */
static void
before_6_1_the_backend_is_asked(void **state)
{
	static const struct {
		const char *recording, *share;
		bool shared;
	} rows[] = {
		{ "5.2/q35", "true", true },
		{ "5.2/q35", "false", false },
		/* This one has told. */
		{ "7.2/q35", "true", false },
	};
	struct replies r;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		replies_read(&r, rows[i].recording);
		replies_set(&r, "qom-get-objects-ram0-share", rows[i].share);
		assert_int_equal(
		    replies_observe(&r)->memory_shared, rows[i].shared);
		replies_free(&r);
	}
}

static void
without_query_kvm_the_accelerators_are_asked(void **state)
{
	struct replies r;

	replies_read(&r, "11.1/q35");
	replies_refuse(&r, "query-kvm");
	replies_set(&r, "query-accelerators",
	    "{'enabled': 'kvm', 'present': ['kvm', 'tcg']}");
	assert_string_equal(replies_observe(&r)->accel, "kvm");
	replies_free(&r);
}

/* As virt has it: what runs is what there is. */
static void
a_machine_that_takes_no_vcpus(void **state)
{
	struct replies r;
	const struct actual *a;

	replies_read(&r, "7.2/q35");
	replies_refuse(&r, "query-hotpluggable-cpus");
	replies_set(&r, "query-cpus-fast",
	    "[{'cpu-index': 0, 'thread-id': 1}, {'cpu-index': 1}]");
	a = replies_observe(&r);
	assert_int_equal(a->vcpus_boot, 2);
	assert_int_equal(a->vcpus_present, 2);
	assert_int_equal(a->vcpus_max, 2);
	assert_int_equal(a->cpus_n, 0);
	replies_free(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_recorded_replies),
		cmocka_unit_test(knows_the_kinds_of_buses),
		cmocka_unit_test(an_old_q35_has_no_bridge_for_us),
		cmocka_unit_test(old_machines_of_a_new_qemu),
		cmocka_unit_test(shows_what_there_was),
		cmocka_unit_test(without_an_agent_the_guest_is_unknown),
		cmocka_unit_test(an_agent_is_asked_only_what_it_may_tell),
		cmocka_unit_test(what_is_refused_stays_unknown),
		cmocka_unit_test(shared_is_what_the_boot_memory_is),
		cmocka_unit_test(before_6_1_the_backend_is_asked),
		cmocka_unit_test(without_query_kvm_the_accelerators_are_asked),
		cmocka_unit_test(a_machine_that_takes_no_vcpus),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
