/* The host's side of VFIO. */
#include "check.h"
#include "fake-sysfs.h"

#define NIC "0000:00:05.0"
#define NIC_FOLDER "/sys/bus/pci/devices/" NIC
#define MDEV "/sys/bus/mdev/devices/83b8f4f2-509f-382f-3c1e-e6bfe0fa1001"

static int
set_up(void **state)
{
	fake_sysfs_open();
	fake_sysfs_add(NIC, 5, "e1000e");
	return 0;
}

static int
tear_down(void **state)
{
	fake_sysfs_close();
	return 0;
}

/* What the host says of the card: "DRIVER OVERRIDE". */
static void
expect_nic(const char *wanted)
{
	json_auto_t *host = fake_sysfs_state();

	assert_string_equal(
	    json_string_value(json_object_get(host, NIC)), wanted);
}

static void
addresses_have_one_form(void **state)
{
	static const struct {
		const char *text, *address;
	} rows[] = {
		{ "0000:00:05.0", NIC },
		{ "00:05.0", NIC },
		{ "0:5.0", NIC },
		{ "00:1F.7", "0000:00:1f.7" },
		{ "10de:c1:00.3", "10de:c1:00.3" },
		{ "", NULL },
		{ "nic0", NULL },
		{ "0000:00:05", NULL },
		{ "0000:00:05.8", NULL },
		{ "00:20.0", NULL },
		{ "00:05.0.0", NULL },
		{ "00:05.0 ", NULL },
		{ " 00:05.0", NULL },
		{ "10000:00:05.0", NULL },
		{ "000:100:05.0", NULL },
		{ "../00:05.0", NULL },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		_free_ char *address = vfio_address(rows[i].text);

		if (!rows[i].address)
			assert_null(address);
		else
			assert_string_equal(address, rows[i].address);
	}
}

/* include/linux/ioport.h: 0x100 I/O, 0x200 memory, 0x2000 prefetchable,
 * 0x100000 64 bits. The seventh line is the ROM. */
static void
bars_are_sorted_by_the_window_that_they_need(void **state)
{
	struct vfio_bars bars;

	fake_sysfs_put(NIC_FOLDER "/resource",
	    "0xfd000000 0xfdffffff 0x40200\n"
	    "0x800000000 0x80fffffff 0x14220c\n"
	    "0x0 0x0 0x0\n"
	    "0xe0000000 0xe0ffffff 0x42208\n"
	    "0xc000 0xc07f 0x40101\n"
	    "0x0 0x0 0x0\n"
	    "0xc0000 0xdffff 0x4c200\n");
	bars = vfio_bars(NIC_FOLDER);
	assert_int_equal(bars.memory, 32 * MIB);
	assert_int_equal(bars.prefetchable, 256 * MIB);
	assert_false(bars.express);
	fake_sysfs_put(NIC_FOLDER "/max_link_speed", "8.0 GT/s PCIe\n");
	fake_sysfs_put(NIC_FOLDER "/resource", "nonsense\n");
	bars = vfio_bars(NIC_FOLDER);
	assert_int_equal(bars.memory + bars.prefetchable, 0);
	assert_true(bars.express);
}

/* ---- what is refused ---- */

static void
iommu_is_off(void)
{
	fake_sysfs_add("0000:00:06.0", -1, "e1000e");
}

static void
bridge(void)
{
	fake_sysfs_put(NIC_FOLDER "/class", "0x060400\n");
}

static void
neighbour_in_use(void)
{
	fake_sysfs_add("0000:00:05.1", 5, "nvme");
}

static void
neighbours_are_harmless(void)
{
	fake_sysfs_add("0000:00:05.1", 5, NULL);
	fake_sysfs_add("0000:00:05.2", 5, "pci-stub");
	fake_sysfs_add("0000:00:05.3", 5, "vfio-pci");
	fake_sysfs_add("0000:00:05.4", 5, "pcieport");
	fake_sysfs_put("/sys/bus/pci/devices/0000:00:05.4/class", "0x060400\n");
}

static void
in_another_vm(void)
{
	fake_sysfs_add(NIC, 5, "vfio-pci");
	fake_sysfs_hold(5);
}

static void
not_to_be_opened(void)
{
	fake_sysfs_put("/dev/vfio/5", NULL);
	fake_sysfs_folder("/dev/vfio/5");
}

static void
of_its_user(void)
{
	fake_sysfs_add(NIC, 5, "vfio-pci");
}

static void
of_a_variant(void)
{
	fake_sysfs_add(NIC, 5, "mlx5_vfio_pci");
}

static void
no_module(void)
{
	_free_ char *folder =
	    xasprintf("%s/sys/bus/pci/drivers/vfio-pci", vfio_host.root);

	assert_int_equal(rmdir(folder), 0);
}

static void
overridden(void)
{
	fake_sysfs_put(NIC_FOLDER "/driver_override", "pci-stub\n");
}

static void
unwritable(void)
{
	fake_sysfs_put(NIC_FOLDER "/driver_override", NULL);
}

static void
mdev(void)
{
	_free_ char *link = xasprintf("%s%s/iommu_group", vfio_host.root, MDEV);

	fake_sysfs_folder(MDEV);
	fake_sysfs_folder("/sys/kernel/iommu_groups/9/devices");
	assert_int_equal(symlink("../../iommu_groups/9", link), 0);
}

static void
mdev_in_use(void)
{
	mdev();
	fake_sysfs_hold(9);
}

static void
what_can_be_known_before_is_said_before(void **state)
{
	static const struct {
		void (*make)(void);
		const char *folder;
		unsigned known;
		const char *sentence; /* NULL: fine */
	} rows[] = {
		{ NULL, NIC_FOLDER, 0, NULL },
		{ NULL, "/sys/bus/pci/devices/0000:00:07.0", 0,
		    "there is no /sys/bus/pci/devices/0000:00:07.0 on this "
		    "host" },
		{ bridge, NIC_FOLDER, 0, "a bridge cannot be handed to a VM" },
		{ iommu_is_off, "/sys/bus/pci/devices/0000:00:06.0", 0,
		    "it has no IOMMU group: the host's IOMMU is off "
		    "(intel_iommu=on or amd_iommu=on turn it on) or not "
		    "there" },
		{ neighbours_are_harmless, NIC_FOLDER, 0, NULL },
		{ neighbour_in_use, NIC_FOLDER, 0,
		    "its IOMMU group 5 also has 0000:00:05.1, which the host's "
		    "driver nvme uses: a group goes to a VM as a whole; give "
		    "that one to vfio-pci too" },
		{ of_its_user, NIC_FOLDER, 0, NULL },
		{ of_a_variant, NIC_FOLDER, 0, NULL },
		{ in_another_vm, NIC_FOLDER, 0,
		    "its IOMMU group 5 is in use: another VM or program has "
		    "/dev/vfio/5 open" },
		{ in_another_vm, NIC_FOLDER, VFIO_GROUP_OURS, NULL },
		{ not_to_be_opened, NIC_FOLDER, 0,
		    "cannot open /dev/vfio/5: Is a directory" },
		{ no_module, NIC_FOLDER, 0,
		    "the host's kernel has no driver vfio-pci: load the module "
		    "vfio-pci" },
		{ overridden, NIC_FOLDER, 0,
		    "its driver_override is \"pci-stub\" and its driver "
		    "e1000e: somebody is about to give it to another driver" },
		{ overridden, NIC_FOLDER, VFIO_BIND_BEGAN, NULL },
		{ unwritable, NIC_FOLDER, 0,
		    "cannot give it to vfio-pci (as root one can): " NIC_FOLDER
		    "/driver_override: No such file or directory" },
		{ mdev, MDEV, 0, NULL },
		{ mdev_in_use, MDEV, 0,
		    "its IOMMU group 9 is in use: another VM or program has "
		    "/dev/vfio/9 open" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct err e = { "" };
		int rc;

		tear_down(NULL);
		set_up(NULL);
		if (rows[i].make)
			rows[i].make();
		rc = vfio_check(rows[i].folder, rows[i].known, &e);
		assert_string_equal(
		    e.text, rows[i].sentence ? rows[i].sentence : "");
		assert_int_equal(rc, rows[i].sentence ? -1 : 0);
	}
}

/* ---- there and back ---- */

static void
a_card_goes_to_vfio_pci_and_back(void **state)
{
	struct err e = { "" };

	assert_ok(vfio_bind(NIC, &e), &e);
	expect_nic("vfio-pci vfio-pci");
	assert_false(vfio_is_held(NIC_FOLDER));
	fake_sysfs_hold(5);
	assert_true(vfio_is_held(NIC_FOLDER));
	assert_ok(vfio_give_back(NIC, true, &e), &e);
	expect_nic("e1000e (null)");
}

/* The kernel has a driver for it, and its user took it away from that one. */
static void
a_card_without_a_driver_has_none_afterwards(void **state)
{
	_free_ char *unbind =
	    xasprintf("%s" NIC_FOLDER "/driver/unbind", vfio_host.root);
	struct err e = { "" };

	assert_int_equal(vfio_host.write(unbind, NIC), 0);
	expect_nic("none (null)");
	assert_ok(vfio_bind(NIC, &e), &e);
	expect_nic("vfio-pci vfio-pci");
	assert_ok(vfio_give_back(NIC, false, &e), &e);
	expect_nic("none (null)");
}

static void
what_fails_on_the_way_leaves_the_driver(void **state)
{
	static const struct {
		const char *broken, *sentence;
	} rows[] = {
		{ "driver_override",
		    "cannot write to " NIC_FOLDER
		    "/driver_override: Input/output error" },
		{ "unbind",
		    "cannot write to " NIC_FOLDER
		    "/driver/unbind: Input/output error" },
		{ "vfio-pci", "vfio-pci did not take it" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct err e = { "" };

		fake_sysfs_break(rows[i].broken);
		assert_int_equal(vfio_bind(NIC, &e), -1);
		assert_string_equal(e.text, rows[i].sentence);
		expect_nic("e1000e (null)");
	}
}

/* Somebody was faster, or the card was taken out of the host. */
static void
what_is_back_already_stays(void **state)
{
	struct err e = { "" };

	assert_ok(vfio_give_back(NIC, true, &e), &e);
	expect_nic("e1000e (null)");
	assert_ok(vfio_give_back("0000:00:09.0", true, &e), &e);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_have_one_form),
		TEST(bars_are_sorted_by_the_window_that_they_need),
		TEST(what_can_be_known_before_is_said_before),
		TEST(a_card_goes_to_vfio_pci_and_back),
		TEST(a_card_without_a_driver_has_none_afterwards),
		TEST(what_fails_on_the_way_leaves_the_driver),
		TEST(what_is_back_already_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
