/* Devices of the host: what is refused, where they go, what is planned. */
#include "fake-sysfs.h"
#include "fitting.h"

#define NIC "0000:00:05.0"
#define NIC_FOLDER "/sys/bus/pci/devices/" NIC
#define UUID "83b8f4f2-509f-382f-3c1e-e6bfe0fa1001"
#define MDEV "/sys/bus/mdev/devices/" UUID

static struct fitting f;

static int
set_up(void **state)
{
	fake_sysfs_open();
	fake_sysfs_add(NIC, 5, "e1000e");
	fitting_read(&f, "7.2/q35");
	return 0;
}

static int
tear_down(void **state)
{
	fitting_free(&f);
	fake_sysfs_close();
	return 0;
}

static int
add(const char *id, const char *json)
{
	json_auto_t *params = json_of(json);
	struct request request = {
		.add_type = "vfio", .add_id = id, .add_params = params
	};

	return fitting_fit(&f, &request);
}

static int
remove_it(const char *id)
{
	struct request request = { .remove_id = id };

	return fitting_fit(&f, &request);
}

/* QEMU has this object. */
static void
give_object(const char *name, const char *type)
{
	json_array_append_new(replies_value(&f.r, "qom-list-objects"),
	    must(json_pack("{s:s, s:s}", "name", name, "type", type)));
}

static void
give_bars(const char *text)
{
	fake_sysfs_put(NIC_FOLDER "/resource", text);
}

/* ---- parameters ---- */

static void
parameters_that_are_wrong(void **state)
{
	static const struct {
		const char *json, *sentence;
	} rows[] = {
		{ "{}",
		    "host device nic: one of host (a PCI address) and sysfsdev "
		    "(a mediated device's folder) is wanted" },
		{ "{'host': '00:05.0', 'sysfsdev': '" MDEV "'}",
		    "host device nic: one of host (a PCI address) and sysfsdev "
		    "(a mediated device's folder) is wanted, not both" },
		{ "{'host': '00:05'}",
		    "host device nic: host: a PCI address like 0000:00:05.0 is "
		    "wanted, not \"00:05\"" },
		{ "{'sysfsdev': '" NIC_FOLDER "'}",
		    "host device nic: sysfsdev: /sys/bus/mdev/devices/UUID is "
		    "wanted, not " NIC_FOLDER "; for a PCI device use host" },
		{ "{'host': '00:05.0', 'iommufd': 'yes'}",
		    "host device nic: iommufd: \"yes\" is none of: auto, on, "
		    "off" },
		{ "{'host': '00:07.0'}",
		    "host device nic: 0000:00:07.0: there is no "
		    "/sys/bus/pci/devices/0000:00:07.0 on this host" },
		{ "{'sysfsdev': '" MDEV "'}",
		    "host device nic: " MDEV ": there is no " MDEV
		    " on this host" },
		{ "{'host': '00:05.0', 'iommufd': 'on'}",
		    "host device nic: iommufd: this QEMU is older than 9.0 and "
		    "has none" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		expect_refused(&f, add("nic", rows[i].json), rows[i].sentence);
}

static void
iommufd_needs_a_host_that_has_it(void **state)
{
	fitting_free(&f);
	fitting_read(&f, "10.0/q35");
	expect_refused(&f, add("nic", "{'host': '00:05.0', 'iommufd': 'on'}"),
	    "host device nic: iommufd: this host has no /dev/iommu");
	assert_ok(add("nic", "{'host': '00:05.0'}"), &f.e);
	expect_steps(&f,
	    "host device nic: mark\n"
	    "host device nic: host driver\n"
	    "host device nic: device\n"
	    "host device nic: guest\n");
	fake_sysfs_put("/dev/iommu", "");
	assert_ok(add("nic", "{'host': '00:05.0'}"), &f.e);
	expect_steps(&f,
	    "host device nic: mark\n"
	    "host device nic: host driver\n"
	    "host device nic: IOMMU\n"
	    "host device nic: device\n"
	    "host device nic: guest\n");
	assert_ok(add("nic", "{'host': '00:05.0', 'iommufd': 'off'}"), &f.e);
	expect_steps(&f,
	    "host device nic: mark\n"
	    "host device nic: host driver\n"
	    "host device nic: device\n"
	    "host device nic: guest\n");
}

/* ---- plans ---- */

static void
what_is_taken_is_marked_first(void **state)
{
	assert_ok(add("nic", "{'host': '00:05.0'}"), &f.e);
	expect_rehearsal(&f,
	    "host device nic: mark\n"
	    "  object-add {'id': 'qmpd.v.nic.0000_00_05_0.e1000e', "
	    "'qom-type': 'throttle-group'}\n"
	    "host device nic: host driver\n"
	    "host device nic: device\n"
	    "  device_add {'addr': '2', 'bus': 'pci-bridge-0', 'driver': "
	    "'vfio-pci', 'host': '0000:00:05.0', 'id': 'nic'}\n"
	    "host device nic: guest\n"
	    "  waits for the guest to show it\n");
}

static void
what_its_user_gave_to_vfio_pci_is_left_there(void **state)
{
	fake_sysfs_add(NIC, 5, "vfio-pci");
	assert_ok(add("nic", "{'host': '00:05.0'}"), &f.e);
	expect_steps(&f, "host device nic: device\nhost device nic: guest\n");
}

static void
a_mediated_device_needs_no_driver(void **state)
{
	_free_ char *link = xasprintf("%s%s/iommu_group", vfio_host.root, MDEV);

	fake_sysfs_folder(MDEV);
	fake_sysfs_folder("/sys/kernel/iommu_groups/9/devices");
	assert_int_equal(symlink("../../iommu_groups/9", link), 0);
	assert_ok(add("gpu", "{'sysfsdev': '" MDEV "'}"), &f.e);
	expect_rehearsal(&f,
	    "host device gpu: device\n"
	    "  device_add {'addr': '0', 'bus': 'root-port-0', 'driver': "
	    "'vfio-pci', 'id': 'gpu', 'sysfsdev': '" MDEV "'}\n"
	    "host device gpu: guest\n"
	    "  waits for the guest to show it\n");
}

/* Marked and taken, and then nobody was there any more. */
static void
what_a_crash_left_is_finished_or_given_back(void **state)
{
	struct err e;

	assert_ok(vfio_bind(NIC, &e), &e);
	give_object("qmpd.v.nic.0000_00_05_0.e1000e", "child<throttle-group>");
	assert_ok(add("nic", "{'host': '00:05.0'}"), &f.e);
	expect_steps(&f, "host device nic: device\nhost device nic: guest\n");
	expect_refused(&f, add("nic", "{'host': '00:06.0'}"),
	    "host device nic: 0000:00:06.0: 0000:00:05.0 is still to be given "
	    "back to its driver; remove nic first");
	assert_ok(remove_it("nic"), &f.e);
	expect_rehearsal(&f,
	    "host device nic: host driver (remove)\n"
	    "  waits for its IOMMU group to be let go of\n"
	    "host device nic: mark (remove)\n"
	    "  object-del {'id': 'qmpd.v.nic.0000_00_05_0.e1000e'}\n");
}

/* Between the writes into sysfs. */
static void
what_is_half_taken_is_taken(void **state)
{
	fake_sysfs_put(NIC_FOLDER "/driver_override", "vfio-pci\n");
	give_object("qmpd.v.nic.0000_00_05_0.e1000e", "child<throttle-group>");
	assert_ok(add("nic", "{'host': '00:05.0'}"), &f.e);
	expect_steps(&f,
	    "host device nic: host driver\n"
	    "host device nic: device\n"
	    "host device nic: guest\n");
}

/* ---- places ---- */

static void
wide_bars_go_where_they_fit(void **state)
{
	/* The recorded bridge has a window of 4 MiB, the port 2 MiB of each
	 * kind. */
	static const struct {
		const char *resource;
		bool express;
		const char *place; /* NULL: nowhere */
	} rows[] = {
		{ "0xfe000000 0xfe01ffff 0x40200\n", true, "pci-bridge-0" },
		{ "0xfe000000 0xfe2fffff 0x40200\n", true, "pci-bridge-0" },
		{ "0xfe000000 0xfe3fffff 0x40200\n", true, NULL },
		{ "0xfe000000 0xfe0fffff 0x14220c\n", true, "root-port-0" },
		{ "0xfe000000 0xfe0fffff 0x14220c\n", false, "pci-bridge-0" },
		{ "0xfe000000 0xfe2fffff 0x14220c\n", true, "pci-bridge-0" },
		{ "0x0 0xfffffff 0x14220c\n", true, NULL },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		json_auto_t *steps = NULL;
		_free_ char *text = NULL;
		int rc;

		give_bars(rows[i].resource);
		fake_sysfs_put(NIC_FOLDER "/max_link_speed",
		    rows[i].express ? "8.0 GT/s PCIe\n" : NULL);
		rc = add("nic", "{'host': '00:05.0'}");
		assert_int_equal(rc, rows[i].place ? 0 : -1);
		steps = plan_rehearsal_json(f.plan);
		text = json_dumps(steps, 0);
		if (rows[i].place)
			assert_non_null(strstr(text, rows[i].place));
	}
	assert_string_equal(f.e.text,
	    "host device nic: no free slot of its 2 buses has windows for it: "
	    "0 MiB of memory and 256 MiB of 64-bit prefetchable memory are "
	    "needed (mem-reserve and pref64-reserve of a pcie-root-port)");
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(parameters_that_are_wrong),
		TEST(iommufd_needs_a_host_that_has_it),
		TEST(what_is_taken_is_marked_first),
		TEST(what_its_user_gave_to_vfio_pci_is_left_there),
		TEST(a_mediated_device_needs_no_driver),
		TEST(what_a_crash_left_is_finished_or_given_back),
		TEST(what_is_half_taken_is_taken),
		TEST(wide_bars_go_where_they_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
