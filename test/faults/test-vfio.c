/* Devices of the host on the fake QEMU: what the host's drivers are in the end.
 */

#include "fake-sysfs.h"
#include "vfio-end.h"
#include "world.h"

#define NIC "0000:00:05.0"
#define GROUP 5

static struct world w;

static int
set_up(void **state)
{
	fake_sysfs_open();
	fake_sysfs_add(NIC, GROUP, "e1000e");
	world_open(&w, &(struct fake_options){ .major = 10 }, true);
	return 0;
}

static int
tear_down(void **state)
{
	world_close(&w);
	fake_sysfs_close();
	return 0;
}

static struct run_result
add(const char *id, const char *host)
{
	json_t *params = json_pack("{s:s}", "host", host);
	struct request request = {
		.add_type = "vfio", .add_id = id, .add_params = params
	};
	struct run_result r = world_apply(&w, &request);

	json_decref(params);
	return r;
}

static struct run_result
take_away(const char *id)
{
	return world_apply(&w, &(struct request){ .remove_id = id });
}

static void
expect_host(const char *address, const char *wanted)
{
	json_t *host = fake_sysfs_state();

	assert_string_equal(
	    json_string_value(json_object_get(host, address)), wanted);
	json_decref(host);
}

/* How many objects of ours QEMU has. */
static size_t
marks(void)
{
	json_t *model = fake_snapshot(w.fake), *type;
	const char *id;
	size_t n = 0;

	json_object_foreach (json_object_get(model, "objects"), id, type)
		n += str_starts(id, "qmpd.");
	json_decref(model);
	return n;
}

static void
what_its_user_gave_to_vfio_pci_stays_there(void **state)
{
	fake_sysfs_add(NIC, GROUP, "vfio-pci");
	assert_int_equal(add("nic", NIC).end, PLAN_DONE);
	assert_int_equal(marks(), 0);
	assert_int_equal(take_away("nic").end, PLAN_DONE);
	expect_host(NIC, "vfio-pci (null)");
}

/* QEMU has said that it is gone, and has not closed it yet. */
static void
nothing_is_given_back_while_it_is_open(void **state)
{
	struct run_result r;

	assert_int_equal(add("nic", NIC).end, PLAN_DONE);
	fake_sysfs_hold(GROUP);
	r = take_away("nic");
	assert_int_equal(r.end, PLAN_PENDING);
	assert_non_null(strstr(r.error, "its IOMMU group to be let go of"));
	expect_host(NIC, "vfio-pci vfio-pci");
	fake_sysfs_hold(-1);
	assert_int_equal(take_away("nic").end, PLAN_DONE);
	expect_host(NIC, "e1000e (null)");
	assert_int_equal(marks(), 0);
}

/* Two functions of one card: the group is open until both are gone. */
static void
a_group_is_given_back_with_its_last_device(void **state)
{
	fake_sysfs_add(NIC, GROUP, "e1000e");
	fake_sysfs_add("0000:00:05.1", GROUP, NULL);
	assert_int_equal(add("a", NIC).end, PLAN_DONE);
	fake_sysfs_hold(GROUP);
	assert_int_equal(add("b", "0000:00:05.1").end, PLAN_DONE);
	assert_int_equal(take_away("a").end, PLAN_PENDING);
	expect_host(NIC, "vfio-pci vfio-pci");
	fake_sysfs_hold(-1);
	assert_int_equal(take_away("b").end, PLAN_DONE);
	expect_host("0000:00:05.1", "none (null)");
	/* Whatever comes next finds what is left of the first. */
	assert_int_equal(
	    world_apply(&w, &(struct request){ .resize = { .vcpus = 1 } }).end,
	    PLAN_DONE);
	expect_host(NIC, "e1000e (null)");
	assert_int_equal(marks(), 0);
}

/* Nobody asks the guest when a VM is removed. */
static void
what_was_taken_is_given_back_when_qemu_ends(void **state)
{
	struct plan *plan = plan_new();

	fake_sysfs_add("0000:00:06.0", 6, "vfio-pci");
	assert_int_equal(add("nic", NIC).end, PLAN_DONE);
	assert_int_equal(add("of-its-user", "0000:00:06.0").end, PLAN_DONE);
	vfio_end_plan(plan, NULL);
	assert_int_equal(world_run(&w, plan).end, PLAN_DONE);
	expect_host(NIC, "e1000e (null)");
	expect_host("0000:00:06.0", "vfio-pci (null)");
}

static void
a_driver_that_cannot_be_had_is_no_change(void **state)
{
	struct run_result r;

	fake_sysfs_break("vfio-pci");
	r = add("nic", NIC);
	assert_int_equal(r.end, PLAN_FAILED);
	assert_non_null(strstr(r.error, "vfio-pci did not take it"));
	expect_host(NIC, "e1000e (null)");
	assert_int_equal(marks(), 0);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(what_its_user_gave_to_vfio_pci_stays_there),
		TEST(nothing_is_given_back_while_it_is_open),
		TEST(a_group_is_given_back_with_its_last_device),
		TEST(what_was_taken_is_given_back_when_qemu_ends),
		TEST(a_driver_that_cannot_be_had_is_no_change),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
