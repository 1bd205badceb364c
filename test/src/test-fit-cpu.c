/* The vCPUs' part of fitting. */
#include "fitting.h"
#include "scratch.h"

#define KEPT "under TCG no QEMU survives vCPUs being unplugged and added again"

/* Place i of query-hotpluggable-cpus is taken by a vCPU at this path. */
static void
take_place(struct fitting *f, size_t i, const char *path)
{
	json_object_set_new(
	    json_array_get(replies_value(&f->r, "query-hotpluggable-cpus"), i),
	    "qom-path", json_string(path));
}

static void
give_guest_cpus(struct fitting *f, const char *json)
{
	replies_set(&f->r, "guest-get-vcpus", json);
}

#define CPU0 "{'logical-id': 0, 'online': true, 'can-offline': false}"
#define CPU1 "{'logical-id': 1, 'online': true, 'can-offline': true}"
#define CPU1_OFF "{'logical-id': 1, 'online': false, 'can-offline': true}"
#define CPU2 "{'logical-id': 2, 'online': true, 'can-offline': true}"
#define CPU2_OFF "{'logical-id': 2, 'online': false, 'can-offline': true}"

/* Under TCG offline by the agent is the only way down. */
static void
where_unplugging_kills_they_go_offline(void **state)
{
	struct fitting f;

	fitting_read(&f, "7.2/q35");
	assert_ok(fitting_resize(&f, 1, 0), &f.e);
	expect_rehearsal(&f,
	    "vCPUs: offline\n"
	    "  agent: guest-set-vcpus {'vcpus': [{'logical-id': 1, 'online':"
	    " false}]}\n"
	    "  waits for the guest to take them offline\n");
	/* They are offline already: nothing to do. */
	give_guest_cpus(&f, "[" CPU0 "," CPU1_OFF "]");
	assert_ok(fitting_resize(&f, 1, 0), &f.e);
	expect_steps(&f, "");
	/* And back: the one that is there comes online, none is added. */
	assert_ok(fitting_resize(&f, 2, 0), &f.e);
	expect_rehearsal(&f,
	    "vCPUs: online\n"
	    "  agent: guest-set-vcpus {'vcpus': [{'logical-id': 1, 'online':"
	    " true}]}\n"
	    "  waits for the guest to bring them online\n");
	/* One online, one more added. */
	assert_ok(fitting_resize(&f, 3, 0), &f.e);
	expect_steps(&f,
	    "vCPUs: online\n"
	    "vCPU qmpd-vcpu-2: device\n"
	    "vCPU qmpd-vcpu-2: guest\n"
	    "vCPU qmpd-vcpu-2: online\n");
	fitting_free(&f);
}

static void
without_an_agent_none_goes_offline(void **state)
{
	struct fitting f;

	fitting_read(&f, "7.2/q35");
	f.r.has_no_agent = true;
	expect_refused(&f, fitting_resize(&f, 1, 0),
	    "vCPUs: " KEPT "; they could only be taken offline by a guest"
	    " agent, and none answers");
	fitting_free(&f);
}

static void
only_kvm_unplugs(void **state)
{
	static const struct {
		const char *recording;
		bool kvm;
		const char *steps;
	} rows[] = {
		{ "5.2/pc", true, "vCPU qmpd-vcpu-1: device (remove)\n" },
		{ "7.2/q35", false, "vCPUs: offline\n" },
		{ "7.2/pc", false, "vCPUs: offline\n" },
		{ "7.2/q35", true, "vCPU qmpd-vcpu-1: device (remove)\n" },
		{ "10.0/q35", false, "vCPUs: offline\n" },
		{ "10.0/q35", true, "vCPU qmpd-vcpu-1: device (remove)\n" },
		{ "11.1/pc", false, "vCPUs: offline\n" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct fitting f;

		fitting_read(&f, rows[i].recording);
		if (rows[i].kvm)
			give_kvm(&f);
		assert_ok(fitting_resize(&f, 1, 0), &f.e);
		expect_steps(&f, rows[i].steps);
		fitting_free(&f);
	}
}

/* Only ACPI's word then; each in a step of its own all the same. */
static void
without_an_agent_acpi_confirms(void **state)
{
	struct fitting f;

	fitting_read(&f, "7.2/q35-boot");
	f.r.has_no_agent = true;
	assert_ok(fitting_resize(&f, 3, 0), &f.e);
	expect_rehearsal(&f,
	    "vCPU qmpd-vcpu-1: device\n"
	    "  device_add {'core-id': 0, 'driver': 'max-x86_64-cpu', 'id':"
	    " 'qmpd-vcpu-1', 'node-id': 0, 'socket-id': 1, 'thread-id': 0}\n"
	    "vCPU qmpd-vcpu-1: guest\n"
	    "  waits for the guest to take the vCPU\n"
	    "vCPU qmpd-vcpu-2: device\n"
	    "  device_add {'core-id': 0, 'driver': 'max-x86_64-cpu', 'id':"
	    " 'qmpd-vcpu-2', 'node-id': 0, 'socket-id': 2, 'thread-id': 0}\n"
	    "vCPU qmpd-vcpu-2: guest\n"
	    "  waits for the guest to take the vCPU\n");
	fitting_free(&f);
}

/* An agent that may not set vCPUs is no help in bringing them online. */
static void
an_agent_that_lists_no_vcpus_is_as_none(void **state)
{
	struct fitting f;

	fitting_read(&f, "7.2/q35-boot");
	replies_disable(&f.r, "guest-get-vcpus");
	assert_ok(fitting_resize(&f, 2, 0), &f.e);
	expect_steps(&f,
	    "vCPU qmpd-vcpu-1: device\n"
	    "vCPU qmpd-vcpu-1: guest\n");
	fitting_free(&f);
}

/* QEMU has it, the guest does not show it yet: it is waited for again. The
 * guest of this recording never did. */
static void
what_the_guest_does_not_show_is_waited_for(void **state)
{
	struct fitting f;

	fitting_read(&f, "5.2/pc");
	assert_ok(fitting_resize(&f, 2, 0), &f.e);
	expect_rehearsal(&f,
	    "vCPU qmpd-vcpu-1: guest\n"
	    "  waits for the guest to show the vCPU\n"
	    "vCPU qmpd-vcpu-1: online\n"
	    "  agent: guest-set-vcpus {'vcpus': [{'logical-id': 1, 'online':"
	    " true}]}\n"
	    "  waits for the guest to have it online\n");
	fitting_free(&f);
}

/* Whatever a place is described by goes back as it came: dies and modules
 * (QEMU 11.1), and members that no QEMU has yet. */
static void
a_places_description_is_given_back(void **state)
{
	struct fitting f;
	json_t *places, *place, *props, *arguments;
	json_auto_t *steps = NULL;

	fitting_read(&f, "11.1/q35-modules");
	places = replies_value(&f.r, "query-hotpluggable-cpus");
	place = json_array_get(places, json_array_size(places) - 3);
	assert_null(json_object_get(place, "qom-path"));
	props = json_object_get(place, "props");
	assert_non_null(json_object_get(props, "die-id"));
	assert_non_null(json_object_get(props, "module-id"));
	json_object_set_new(props, "drawer-id", json_string("a"));
	assert_ok(fitting_resize(&f, 3, 0), &f.e);
	steps = plan_rehearsal_json(f.plan);
	arguments = json_object_get(
	    json_object_get(
		json_array_get(
		    json_object_get(json_array_get(steps, 0), "does"), 0),
		"command"),
	    "arguments");
	assert_string_equal(
	    json_string_value(json_object_get(arguments, "driver")),
	    "max-x86_64-cpu");
	assert_string_equal(
	    json_string_value(json_object_get(arguments, "id")), "qmpd-vcpu-2");
	json_object_del(arguments, "driver");
	json_object_del(arguments, "id");
	assert_true(json_equal(arguments, props));
	fitting_free(&f);
}

static void
ids_that_are_free_are_used_again(void **state)
{
	struct fitting f;

	fitting_read(&f, "10.0/q35");
	take_place(&f, 2, "/machine/peripheral/qmpd-vcpu-2");
	assert_ok(fitting_resize(&f, 4, 0), &f.e);
	expect_steps(&f,
	    "vCPU qmpd-vcpu-1: device\n"
	    "vCPU qmpd-vcpu-1: guest\n"
	    "vCPU qmpd-vcpu-1: online\n"
	    "vCPU qmpd-vcpu-3: device\n"
	    "vCPU qmpd-vcpu-3: guest\n"
	    "vCPU qmpd-vcpu-3: online\n");
	fitting_free(&f);
}

static void
the_last_is_unplugged_first(void **state)
{
	struct fitting f;

	fitting_read(&f, "10.0/q35");
	give_kvm(&f);
	take_place(&f, 1, "/machine/peripheral/qmpd-vcpu-2");
	give_guest_cpus(&f, "[" CPU0 "," CPU1 "," CPU2 "]");
	assert_ok(fitting_resize(&f, 2, 0), &f.e);
	expect_steps(&f, "vCPU qmpd-vcpu-2: device (remove)\n");
	assert_ok(fitting_resize(&f, 1, 0), &f.e);
	expect_steps(&f,
	    "vCPU qmpd-vcpu-2: device (remove)\n"
	    "vCPU qmpd-vcpu-1: device (remove)\n");
	fitting_free(&f);
}

static void
boot_vcpus_go_offline(void **state)
{
	struct fitting f;

	fitting_read(&f, "10.0/q35");
	give_kvm(&f);
	take_place(&f, 2, "/machine/unattached/device[1]");
	take_place(&f, 1, "/machine/peripheral/qmpd-vcpu-1");
	give_guest_cpus(&f, "[" CPU0 "," CPU1 "," CPU2 "]");
	assert_ok(fitting_resize(&f, 1, 0), &f.e);
	expect_rehearsal(&f,
	    "vCPU qmpd-vcpu-1: device (remove)\n"
	    "  device_del {'id': 'qmpd-vcpu-1'}\n"
	    "  waits for the guest to give it up\n"
	    "vCPUs: offline\n"
	    "  agent: guest-set-vcpus {'vcpus': [{'logical-id': 1, 'online':"
	    " false}]}\n"
	    "  waits for the guest to take them offline\n");
	fitting_free(&f);
}

/* The one that the guest cannot take offline is not asked for. */
static void
vcpus_that_cannot_go_offline_stay(void **state)
{
	struct fitting f;

	fitting_read(&f, "7.2/q35");
	take_place(&f, 1, "/machine/peripheral/qmpd-vcpu-2");
	give_guest_cpus(&f,
	    "[" CPU0 "," CPU1
	    ", {'logical-id': 2, 'online': true, 'can-offline': false}]");
	assert_ok(fitting_resize(&f, 2, 0), &f.e);
	expect_rehearsal(&f,
	    "vCPUs: offline\n"
	    "  agent: guest-set-vcpus {'vcpus': [{'logical-id': 1, 'online':"
	    " false}]}\n"
	    "  waits for the guest to take them offline\n");
	fitting_free(&f);
}

/* No more come online than are wanted, the lowest first. */
static void
only_as_many_come_online_as_are_wanted(void **state)
{
	struct fitting f;

	fitting_read(&f, "7.2/q35");
	take_place(&f, 1, "/machine/peripheral/qmpd-vcpu-2");
	give_guest_cpus(&f, "[" CPU0 "," CPU1_OFF "," CPU2_OFF "]");
	assert_ok(fitting_resize(&f, 2, 0), &f.e);
	expect_rehearsal(&f,
	    "vCPUs: online\n"
	    "  agent: guest-set-vcpus {'vcpus': [{'logical-id': 1, 'online':"
	    " true}]}\n"
	    "  waits for the guest to bring them online\n");
	fitting_free(&f);
}

/* An undo may have unplugged some under TCG all the same: each left a mark,
 * and counts against what this QEMU can have in its life. */
static void
those_that_were_unplugged_count(void **state)
{
	json_t *mark = NULL;
	struct fitting f;

	fitting_read(&f, "10.0/q35");
	mark = json_of("{'name': 'qmpd-unplugged-17',"
		       " 'type': 'child<throttle-group>'}");
	json_array_append_new(replies_value(&f.r, "qom-list-objects"), mark);
	assert_ok(fitting_resize(&f, 3, 0), &f.e);
	expect_refused(&f, fitting_resize(&f, 4, 0),
	    "vCPUs: 1 were unplugged from this QEMU under TCG, and it aborts"
	    " when more than 4 are added in its life; a new VM is needed");
	assert_ok(fitting_resize(&f, 2, 0), &f.e);
	expect_steps(&f, "");
	fitting_free(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(where_unplugging_kills_they_go_offline),
		cmocka_unit_test(without_an_agent_none_goes_offline),
		cmocka_unit_test(only_kvm_unplugs),
		cmocka_unit_test(without_an_agent_acpi_confirms),
		cmocka_unit_test(an_agent_that_lists_no_vcpus_is_as_none),
		cmocka_unit_test(what_the_guest_does_not_show_is_waited_for),
		cmocka_unit_test(a_places_description_is_given_back),
		cmocka_unit_test(ids_that_are_free_are_used_again),
		cmocka_unit_test(the_last_is_unplugged_first),
		cmocka_unit_test(boot_vcpus_go_offline),
		cmocka_unit_test(vcpus_that_cannot_go_offline_stay),
		cmocka_unit_test(only_as_many_come_online_as_are_wanted),
		cmocka_unit_test(those_that_were_unplugged_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
