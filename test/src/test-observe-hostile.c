/* What is observed of QEMUs and guests that are hostile. */
#include "observe.h"
#include "replies.h"

/* ---- one reader at a time ---- */

typedef void observe_fn(struct actual *a, const json_t *value);

static const struct {
	const char *name;
	observe_fn *observe;
} readers[] = {
	{ "memory backend", observe_memory_backend },
	{ "memdevs", observe_memdevs },
	{ "cpus", observe_cpus },
	{ "dimms", observe_dimms },
	{ "nodes", observe_nodes },
	{ "drives", observe_drives },
	{ "pci", observe_pci },
	{ "peripheral", observe_peripheral },
	{ "guest cpus", observe_guest_cpus },
	{ "guest blocks", observe_guest_blocks },
};

/* Nothing was believed, and it can still be shown. */
static void
check_nothing(const struct actual *a)
{
	json_auto_t *json = actual_json(a);

	assert_non_null(json);
	assert_int_equal(a->vcpus_present, 0);
	assert_false(a->memory_shared);
	assert_int_equal(a->dimms_n, 0);
	assert_int_equal(a->nodes_n, 0);
	assert_int_equal(a->devices_n, 0);
	assert_int_equal(MAX(a->guest.cpus_online, 0), 0);
	assert_int_equal(MAX(a->guest.blocks_online, 0), 0);
}

static void
believes_no_other_type(void **state)
{
	static const char *const values[] = { "null", "true", "1", "-1",
		"1e300", "'text'", "{}", "[]", "[null, 1, 'x', [], {}]",
		"[{'props': 1, 'type': 2, 'vcpus-count': 'x', 'name': 3,"
		" 'id': 4, 'data': 5, 'node-name': 6, 'qdev': 7, 'devices': 8,"
		" 'bus': 'x', 'logical-id': [], 'online': 'true'}]",
		"[{'type': 'dimm', 'data': null}, {'type': 'dimm', 'data': {}},"
		" {'type': 'dimm', 'data': {'id': 'd', 'size': '128M'}},"
		" {'type': 'dimm', 'data': {'id': 'd', 'size': -134217728}},"
		" {'type': 'virtio-mem', 'data': {'id': 'v', 'size': 1}}]" };
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(readers); i++)
		for (j = 0; j < ARRAY_SIZE(values); j++) {
			json_auto_t *value = json_of(values[j]);
			struct actual *a = actual_new();

			readers[i].observe(a, value);
			check_nothing(a);
			actual_free(a);
		}
}

static void
a_failed_query_tells_nothing(void **state)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(readers); i++) {
		struct actual *a = actual_new();

		readers[i].observe(a, NULL);
		check_nothing(a);
		actual_free(a);
	}
}

static void
a_hundred_thousand_entries_are_bounded(void **state)
{
	json_auto_t *entry = json_of(
	    "{'props': {}, 'type': 'dimm', 'qom-path': '/machine/peripheral/x',"
	    " 'vcpus-count': 1, 'node-name': 'n', 'name': 'x', 'bus': 0,"
	    " 'slot': 1, 'qdev_id': 'x', 'qdev': '/machine/peripheral/x',"
	    " 'devices': [{'bus': 0, 'slot': 1, 'qdev_id': 'x'}],"
	    " 'online': true, 'data': {'id': 'x', 'size': 1}}");
	json_auto_t *many = json_array();
	size_t i;

	for (i = 0; i < 100000; i++)
		json_array_append(many, entry);
	for (i = 0; i < ARRAY_SIZE(readers); i++) {
		struct actual *a = actual_new();

		readers[i].observe(a, many);
		assert_in_range(a->cpus_n, 0, 8192);
		assert_in_range(a->guest.cpus_n, 0, 8192);
		assert_in_range(a->dimms_n, 0, 16384);
		assert_in_range(a->nodes_n, 0, 16384);
		assert_in_range(a->devices_n, 0, 16384);
		assert_in_range(a->buses_n, 0, ACTUAL_BUSES_MAX);
		actual_free(a);
	}
}

static void
slots_that_no_bus_has_are_left_out(void **state)
{
	static const char *const slots[] = { "99", "32", "-1",
		"9223372036854775807" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(slots); i++) {
		struct actual *a = actual_new();
		_free_ char *text = xasprintf(
		    "[{'bus': 0, 'devices': [{'bus': 0, 'slot': %s,"
		    " 'function': 0, 'qdev_id': 'x', 'regions': []}]}]",
		    slots[i]);
		json_auto_t *value = json_of(text);

		observe_pci(a, value);
		assert_int_equal(a->buses_n, 1);
		assert_int_equal(a->buses[0].used, 0);
		assert_int_equal(a->devices_n, 0);
		actual_free(a);
	}
}

/* Bridges in bridges: no more buses than are allowed, and no end of stack. */
static void
bridges_in_bridges_are_bounded(void **state)
{
	json_t *devices = json_array();
	json_auto_t *value = NULL;
	struct actual *a = actual_new();
	size_t i;

	for (i = 0; i < 300; i++) {
		_free_ char *id = xasprintf("b%zu", i);

		devices = json_pack("[{s:i, s:i, s:s, s:{s:{s:i}, s:o}}]",
		    "bus", 0, "slot", 1, "qdev_id", id, "pci_bridge", "bus",
		    "secondary", 999, "devices", devices);
	}
	value = json_pack("[{s:i, s:o}]", "bus", 0, "devices", devices);
	observe_pci(a, value);
	assert_int_equal(a->buses_n, ACTUAL_BUSES_MAX);
	assert_int_equal(a->buses[1].number, 0);
	actual_free(a);
}

/* An expander's root bus has slots of its own. */
static void
other_root_buses_are_not_ours(void **state)
{
	json_auto_t *value =
	    json_of("[{'bus': 0, 'devices': []}, {'bus': 64, 'devices':"
		    " [{'bus': 64, 'slot': 3, 'qdev_id': 'x'}]}]");
	struct actual *a = actual_new();

	observe_pci(a, value);
	assert_int_equal(a->buses_n, 1);
	assert_int_equal(a->buses[0].used, 0);
	assert_int_equal(a->devices_n, 0);
	actual_free(a);
}

/* A vCPU entry of "8193 threads" or of fewer than one counts once. */
static void
a_place_stands_for_a_sane_number_of_vcpus(void **state)
{
	json_auto_t *value =
	    json_of("[{'type': 't', 'vcpus-count': 100000, 'props': {}},"
		    " {'type': 't', 'vcpus-count': -5, 'props': {},"
		    "  'qom-path': '/machine/unattached/device[0]'},"
		    " {'type': 't', 'vcpus-count': 2, 'props': {},"
		    "  'qom-path': '/machine/peripheral/x'}]");
	struct actual *a = actual_new();

	observe_cpus(a, value);
	assert_int_equal(a->vcpus_max, 4);
	assert_int_equal(a->vcpus_present, 3);
	assert_int_equal(a->vcpus_boot, 1);
	assert_null(a->cpus[1].id);
	assert_string_equal(a->cpus[2].id, "x");
	actual_free(a);
}

static void
reads_meminfo(void **state)
{
	static const struct {
		const char *text;
		uint64_t total_kib, available_kib;
	} rows[] = {
		{ "MemTotal:  200 kB\nMemFree: 1 kB\nMemAvailable:  100 kB\n",
		    200, 100 },
		{ "MemAvailable:\t7 kB", 0, 7 },
		{ "", 0, 0 },
		{ "MemTotal:", 0, 0 },
		{ "MemTotal: many kB\nMemAvailable: -1 kB\n", 0, 0 },
		{ "MemTotal: 99999999999999999999999 kB\n", 0, 0 },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct actual *a = actual_new();

		observe_meminfo(a, rows[i].text);
		assert_int_equal(a->guest.mem_total, rows[i].total_kib * KIB);
		assert_int_equal(
		    a->guest.mem_available, rows[i].available_kib * KIB);
		actual_free(a);
	}
}

/* ---- as a whole ---- */

/* Each answer in turn is of another type; what it would have told is not
 * there, and nothing else is hurt. */
static void
each_answer_may_be_nonsense(void **state)
{
	static const char *const nonsense[] = { "null", "[]", "{}", "-1", "'x'",
		"[{'data': {'size': -1}}]",
		"{'size': -1, 'slots': 100000, 'max-size': -1,"
		" 'base-memory': -1, 'plugged-memory': -1, 'enabled': 'yes',"
		" 'status': 1, 'version': 1, 'supported_commands':"
		" [1, {'name': 1}, {'name': 'guest-get-vcpus'}],"
		" 'buf-b64': '*', 'count': -1}" };
	struct replies r;
	const char *name;
	json_t *reply;
	size_t i;
	void *next;

	replies_read(&r, "7.2/q35");
	json_object_foreach_safe(r.given, next, name, reply)
	{
		json_t *kept = json_incref(reply);

		for (i = 0; i < ARRAY_SIZE(nonsense); i++) {
			const struct actual *a;
			json_auto_t *json = NULL;

			if (str_eq(name, "greeting"))
				continue;
			replies_set(&r, name, nonsense[i]);
			a = replies_observe(&r);
			assert_in_range(a->memory_boot, 0, 256 * MIB);
			assert_in_range(a->memory_plugged, 0, 128 * MIB);
			assert_in_range(a->memory_max, 0, 4 * GIB);
			json = actual_json(a);
			assert_non_null(json);
		}
		json_object_set_new(r.given, name, kept);
	}
	replies_free(&r);
}

static void
counts_below_zero_are_not_believed(void **state)
{
	struct replies r;
	const struct actual *a;

	replies_read(&r, "7.2/q35");
	replies_set(&r, "qom-get-machine-memory",
	    "{'size': 1, 'slots': -7, 'max-size': 4294967296}");
	a = replies_observe(&r);
	assert_int_equal(a->memory_slots, -1);
	assert_int_equal(a->memory_max, 4 * GIB);
	replies_free(&r);
}

/* Memory that the guest says is online: never less than nothing. */
static void
fewer_blocks_than_at_boot(void **state)
{
	struct replies r;
	const struct actual *a;
	uint64_t bytes = 0;

	replies_read(&r, "7.2/q35");
	replies_set(&r, "guest-get-memory-blocks", "[]");
	replies_set(
	    &r, "guest-get-memory-block-info", "{'size': 4611686018427387904}");
	a = replies_observe(&r);
	if (actual_memory_online(a, &bytes))
		assert_in_range(bytes, 0, 384 * MIB);
	replies_free(&r);
}

/* Linux counts memory in blocks of a power of two; a guest that says other
 * things must not decide how large DIMMs are. */
static void
block_sizes_are_powers_of_two(void **state)
{
	static const struct {
		const char *json;
		uint64_t size;
	} rows[] = {
		{ "{'size': 134217728}", 128 * MIB },
		{ "{'size': 2147483648}", 2 * GIB },
		{ "{'size': 0}", 0 },
		{ "{'size': -134217728}", 0 },
		{ "{'size': 1}", 0 },
		{ "{'size': 134217729}", 0 },
		{ "{'size': 4611686018427387904}", 0 },
	};
	struct replies r;
	size_t i;

	replies_read(&r, "7.2/q35");
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		replies_set(&r, "guest-get-memory-block-info", rows[i].json);
		assert_int_equal(
		    replies_observe(&r)->guest.block_size, rows[i].size);
	}
	replies_free(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(believes_no_other_type),
		cmocka_unit_test(a_failed_query_tells_nothing),
		cmocka_unit_test(a_hundred_thousand_entries_are_bounded),
		cmocka_unit_test(slots_that_no_bus_has_are_left_out),
		cmocka_unit_test(bridges_in_bridges_are_bounded),
		cmocka_unit_test(other_root_buses_are_not_ours),
		cmocka_unit_test(a_place_stands_for_a_sane_number_of_vcpus),
		cmocka_unit_test(reads_meminfo),
		cmocka_unit_test(each_answer_may_be_nonsense),
		cmocka_unit_test(counts_below_zero_are_not_believed),
		cmocka_unit_test(fewer_blocks_than_at_boot),
		cmocka_unit_test(block_sizes_are_powers_of_two),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
