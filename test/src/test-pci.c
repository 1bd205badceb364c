/* Where PCI devices go. */
#include "check.h"
#include "pci.h"

static struct actual_bus buses[] = {
	{ .id = (char[]){ "pcie.0" },
	    .type = BUS_ROOT,
	    .first = 1,
	    .last = 31 },
	{ .id = (char[]){ "port" }, .type = BUS_PORT, .hotplug = true },
	{ .id = (char[]){ "bridge" },
	    .type = BUS_BRIDGE,
	    .hotplug = true,
	    .first = 1,
	    .last = 31 },
};

static const char *
take(struct pci_places *places, const struct actual *a, struct err *e)
{
	static char text[64];
	struct pci_place at;

	if (pci_take(places, a, &at, e) < 0)
		return NULL;
	snprintf(text, sizeof(text), "%s %u", at.bus->id, at.slot);
	return text;
}

/* The bridge's 31, the port's one, and never the root bus of a q35. */
static void
bridges_then_ports_then_no_more(void **state)
{
	struct actual a = { .buses = buses, .buses_n = 3 };
	struct pci_places places;
	struct err e = { "" };
	unsigned i;

	pci_places_init(&places, &a);
	for (i = 1; i <= 31; i++) {
		_free_ char *place = xasprintf("bridge %u", i);

		assert_string_equal(take(&places, &a, &e), place);
	}
	assert_string_equal(take(&places, &a, &e), "port 0");
	assert_null(take(&places, &a, &e));
	assert_string_equal(e.text,
	    "no slot is free on its 2 buses: another pci-bridge or"
	    " pcie-root-port is needed (default_bridges, pcie_root_port in its"
	    " template), or a device must go");
	/* Taking is noted in places; what was observed stays as it was. */
	assert_int_equal(buses[2].used, 0);
	pci_places_init(&places, &a);
	assert_string_equal(take(&places, &a, &e), "bridge 1");
}

static void
occupied_slots_are_passed_over(void **state)
{
	static const struct {
		uint32_t used;
		const char *place;
	} rows[] = {
		{ 0, "bridge 1" },
		{ 1, "bridge 1" },
		{ 0x2, "bridge 2" },
		{ 0x7ffffffe, "bridge 31" },
		{ 0xfffffffe, "port 0" },
		{ 0xffffffff, "port 0" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct actual_bus mine[] = { buses[0], buses[1], buses[2] };
		struct actual a = { .buses = mine, .buses_n = 3 };
		struct pci_places places;
		struct err e = { "" };

		mine[2].used = rows[i].used;
		pci_places_init(&places, &a);
		assert_string_equal(take(&places, &a, &e), rows[i].place);
	}
}

static void
one_bus_is_not_several(void **state)
{
	struct actual_bus port = buses[1];
	struct actual a = { .buses = &port, .buses_n = 1 };
	struct pci_places places;
	struct err e = { "" };

	port.used = 1;
	pci_places_init(&places, &a);
	assert_null(take(&places, &a, &e));
	assert_true(str_starts(e.text, "no slot is free on its 1 bus: "));
}

static void
no_bus_takes_devices(void **state)
{
	struct actual a = { .buses = buses, .buses_n = 1 };
	struct pci_places places;
	struct err e = { "" };

	pci_places_init(&places, &a);
	assert_null(take(&places, &a, &e));
	assert_string_equal(e.text,
	    "this VM has no bus that takes devices while it runs: it needs a"
	    " pci-bridge or a pcie-root-port (default_bridges, pcie_root_port"
	    " in its template)");
}

static void
bridges_of_an_old_q35_take_none(void **state)
{
	struct actual_bus mine[] = { buses[0], buses[2] };
	struct actual a = { .buses = mine, .buses_n = 2 };
	struct pci_places places;
	struct err e = { "" };

	mine[1].hotplug = false;
	pci_places_init(&places, &a);
	assert_null(take(&places, &a, &e));
	assert_string_equal(e.text,
	    "a pci-bridge of this machine takes no devices while it runs (those"
	    " of pc-q35-6.1 do): it needs a pcie-root-port (pcie_root_port in"
	    " its template)");
}

/* ---- windows ---- */

static void
a_device_goes_where_its_regions_fit(void **state)
{
	static const struct {
		struct pci_need need;
		const char *place; /* NULL: nowhere */
	} rows[] = {
		{ { .memory = 4 * MIB }, "bridge 1" },
		{ { .memory = 4 * MIB, .port = true }, "bridge 1" },
		{ { .memory = 2 * MIB, .port = true }, "port 0" },
		{ { .memory = 5 * MIB }, NULL },
		/* A wide region may be in a narrow window, not the reverse. */
		{ { .prefetchable = 3 * MIB }, "bridge 1" },
		{ { .prefetchable = 8 * MIB }, "port 0" },
		{ { .memory = 2 * MIB, .prefetchable = 8 * MIB }, "port 0" },
		{ { .memory = 3 * MIB, .prefetchable = 8 * MIB }, NULL },
	};
	struct actual_bus mine[] = { buses[1], buses[2] };
	struct actual a = { .buses = mine, .buses_n = 2 };
	size_t i;

	mine[0].memory = 2 * MIB;
	mine[0].prefetchable = 8 * MIB;
	mine[1].memory = 4 * MIB;
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct pci_places places;
		struct pci_place at;
		struct err e = { "" };
		_free_ char *got = NULL;
		int rc;

		pci_places_init(&places, &a);
		rc = pci_take_for(&places, &a, &rows[i].need, &at, &e);
		assert_int_equal(rc, rows[i].place ? 0 : -1);
		if (rc < 0)
			continue;
		got = xasprintf("%s %u", at.bus->id, at.slot);
		assert_string_equal(got, rows[i].place);
	}
}

/* What one device of a plan takes, the next one does not have. */
static void
windows_are_used_up(void **state)
{
	static const struct pci_need need = { .memory = 3 * MIB };
	struct actual_bus bridge = buses[2];
	struct actual a = { .buses = &bridge, .buses_n = 1 };
	struct pci_places places;
	struct pci_place at;
	struct err e = { "" };

	bridge.memory = 4 * MIB;
	pci_places_init(&places, &a);
	assert_ok(pci_take_for(&places, &a, &need, &at, &e), &e);
	assert_int_equal(pci_take_for(&places, &a, &need, &at, &e), -1);
	assert_string_equal(e.text,
	    "no free slot of its 1 bus has windows for it: 3 MiB of memory and "
	    "0 MiB of 64-bit prefetchable memory are needed (mem-reserve and "
	    "pref64-reserve of a pcie-root-port)");
	assert_ok(pci_take(&places, &a, &at, &e), &e);
}

static void
windows_are_what_query_pci_says(void **state)
{
	json_auto_t *info = must(json_pack("{s:{s:I, s:I}, s:{s:I, s:I}}",
	    "memory_range", "base", (json_int_t)0xfe000000, "limit",
	    (json_int_t)0xfe3fffff, "prefetchable_range", "base",
	    (json_int_t)0xfff00000, "limit", (json_int_t)0xfffff));
	json_auto_t *function =
	    must(json_pack("{s:[{s:s, s:I}, {s:s, s:I, s:b, s:b}, {s:s, s:I}]}",
		"regions", "type", "memory", "size", (json_int_t)MIB, "type",
		"memory", "size", (json_int_t)MIB, "prefetch", 1, "mem_type_64",
		1, "type", "io", "size", (json_int_t)64));
	struct actual_bus bus = { .id = NULL };

	pci_read_windows(&bus, info);
	assert_int_equal(bus.memory, 4 * MIB);
	assert_int_equal(bus.prefetchable, 0);
	pci_take_regions(&bus, function);
	assert_int_equal(bus.memory, 2 * MIB);
	json_object_clear(info);
	pci_read_windows(&bus, info);
	pci_take_regions(&bus, function);
	assert_true(bus.memory == UINT64_MAX);
}

/* SeaBIOS gives an empty bridge no memory unless it is told to reserve some. */
static void
a_bridge_without_memory_is_named(void **state)
{
	struct actual_bus bridge = buses[2];
	struct actual a = { .buses = &bridge, .buses_n = 1 };
	struct pci_places places;
	struct err e = { "" };

	bridge.no_window = true;
	bridge.hotplug = false;
	pci_places_init(&places, &a);
	assert_null(take(&places, &a, &e));
	assert_string_equal(e.text,
	    "the guest's firmware gave no memory window to its bridge (a"
	    " pci-bridge with shpc=off needs mem-reserve): what is put there"
	    " would never be seen");
}

static void
mapped_when_a_region_has_an_address(void **state)
{
	static const struct {
		const char *json;
		bool mapped;
	} rows[] = {
		{ "{}", false },
		{ "{\"regions\": []}", false },
		{ "{\"regions\": [{\"address\": -1}]}", false },
		{ "{\"regions\": [{\"address\": 0}]}", false },
		{ "{\"regions\": [{\"address\": -1}, {\"address\": 4096}]}",
		    true },
		/* Beyond int64, as jansson was told to read it. */
		{ "{\"regions\": [{\"address\": 1.8446744073709552e19}]}",
		    true },
		{ "{\"regions\": [{\"address\": \"4096\"}]}", false },
		{ "{\"regions\": 1}", false },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		json_auto_t *v = json_loads(rows[i].json, 0, NULL);

		assert_non_null(v);
		assert_int_equal(pci_is_mapped(v), rows[i].mapped);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bridges_then_ports_then_no_more),
		cmocka_unit_test(occupied_slots_are_passed_over),
		cmocka_unit_test(one_bus_is_not_several),
		cmocka_unit_test(no_bus_takes_devices),
		cmocka_unit_test(bridges_of_an_old_q35_take_none),
		cmocka_unit_test(a_device_goes_where_its_regions_fit),
		cmocka_unit_test(windows_are_used_up),
		cmocka_unit_test(windows_are_what_query_pci_says),
		cmocka_unit_test(a_bridge_without_memory_is_named),
		cmocka_unit_test(mapped_when_a_region_has_an_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
