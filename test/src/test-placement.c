/* Where new devices go. */
#include "fitting.h"
#include "scratch.h"

/* "bus addr" of the plan's first device_add of a disk, a line each. */
static void
expect_places(const struct fitting *f, const char *wanted)
{
	json_auto_t *steps = plan_rehearsal_json(f->plan);
	_free_ char *got = xstrdup("");
	size_t i, j;
	json_t *step, *does;

	json_array_foreach (steps, i, step)
		json_array_foreach (json_object_get(step, "does"), j, does) {
			const char *bus = NULL, *addr = NULL, *execute = NULL;
			char *longer;

			if (json_unpack(does, "{s:{s:s, s:{s:s, s:s}}}",
				"command", "execute", &execute, "arguments",
				"bus", &bus, "addr", &addr) < 0)
				continue;
			longer = xasprintf("%s%s %s\n", got, bus, addr);
			free(got);
			got = longer;
		}
	assert_string_equal(got, wanted);
}

static void
slots_are_taken_in_order(void **state)
{
	static const char *const ids[] = { "data", "b", "c" };
	struct fitting f;

	fitting_read(&f, "7.2/q35");
	give_image(&f, fitting_image);
	assert_ok(fitting_want_disks(&f, ids, 3), &f.e);
	expect_places(&f, "pci-bridge-0 2\npci-bridge-0 3\n");
	fitting_free(&f);
}

static void
addresses_are_hexadecimal(void **state)
{
	static const struct {
		unsigned used;
		const char *place;
	} rows[] = {
		{ 0, "pci-bridge-0 1\n" }, /* slot 0 is the bridge's own */
		{ 8, "pci-bridge-0 9\n" },
		{ 9, "pci-bridge-0 a\n" },
		{ 15, "pci-bridge-0 10\n" },
		{ 30, "pci-bridge-0 1f\n" },
		{ 31, "root-port-0 0\n" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct fitting f;

		fitting_read(&f, "7.2/q35-boot");
		fill_bridge(&f, rows[i].used);
		assert_ok(fitting_add_disk(&f, "data"), &f.e);
		expect_places(&f, rows[i].place);
		fitting_free(&f);
	}
}

/* 31 on the bridge, the 32nd on the root port, and there is no more. */
static void
a_full_vm_says_what_it_needs(void **state)
{
	static const char *const ids[] = { "a", "b", "c" };
	struct fitting f;

	fitting_read(&f, "7.2/q35-boot");
	fill_bridge(&f, 30);
	assert_ok(fitting_want_disks(&f, ids, 2), &f.e);
	expect_places(&f, "pci-bridge-0 1f\nroot-port-0 0\n");
	assert_int_equal(fitting_want_disks(&f, ids, 3), -1);
	assert_string_equal(f.e.text,
	    "disk c: no slot is free on its 2 buses: another pci-bridge or"
	    " pcie-root-port is needed (default_bridges, pcie_root_port in its"
	    " template), or a device must go");
	fitting_free(&f);
}

static void
without_a_bus_nothing_is_added(void **state)
{
	struct fitting f;

	fitting_read(&f, "7.2/q35-boot");
	replies_set(&f.r, "qom-list-machine-peripheral", "[]");
	expect_refused(&f, fitting_add_disk(&f, "data"),
	    "disk data: this VM has no bus that takes devices while it runs: it"
	    " needs a pci-bridge or a pcie-root-port (default_bridges,"
	    " pcie_root_port in its template)");
	fitting_free(&f);
}

/* The root bus of a pc takes devices: after its bridges. */
static void
a_pcs_root_bus_comes_last(void **state)
{
	struct fitting f;

	fitting_read(&f, "7.2/pc");
	fill_bridge(&f, 31);
	assert_ok(fitting_add_disk(&f, "more"), &f.e);
	expect_places(&f, "pci.0 3\n");
	fitting_free(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slots_are_taken_in_order),
		cmocka_unit_test(addresses_are_hexadecimal),
		cmocka_unit_test(a_full_vm_says_what_it_needs),
		cmocka_unit_test(without_a_bus_nothing_is_added),
		cmocka_unit_test(a_pcs_root_bus_comes_last),
	};

	return cmocka_run_group_tests(tests, fitting_setup, scratch_teardown);
}
