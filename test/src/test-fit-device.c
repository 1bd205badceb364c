/* The devices' part of fitting. */
#include "fitting.h"
#include "part.h"
#include "scratch.h"

/* ---- what is there already ---- */

static void
parameters_reach_qemu(void **state)
{
	const char *qcow2 = scratch_qcow2("disk.qcow2", GIB);
	json_auto_t *params = json_pack("{s:s, s:s, s:s, s:s}", "image", qcow2,
	    "format", "qcow2", "read-only", "true", "serial", "S1");
	struct request request = {
		.add_type = "blk", .add_id = "data", .add_params = params
	};
	struct fitting f;

	fitting_read(&f, "7.2/q35-boot");
	replies_disable(&f.r, "guest-get-disks");
	assert_ok(fitting_fit(&f, &request), &f.e);
	expect_rehearsal(&f,
	    "disk data: protocol node\n"
	    "  blockdev-add {'driver': 'file', 'filename': 'disk.qcow2',"
	    " 'node-name': 'qmpd.f.data', 'read-only': true}\n"
	    "disk data: format node\n"
	    "  blockdev-add {'driver': 'qcow2', 'file': 'qmpd.f.data',"
	    " 'node-name': 'qmpd.d.data', 'read-only': true}\n"
	    "disk data: device\n"
	    "  device_add {'addr': '1', 'bus': 'pci-bridge-0', 'drive':"
	    " 'qmpd.d.data', 'driver': 'virtio-blk-pci', 'id': 'data',"
	    " 'num-queues': 4, 'serial': 'S1'}\n"
	    /* QEMU's word, where the agent may not list disks. */
	    "disk data: guest\n"
	    "  waits for the guest to set it up\n");
	fitting_free(&f);
}

static void
another_image_is_refused(void **state)
{
	static const char *const ids[] = { "data" };
	struct fitting f;

	fitting_read(&f, "7.2/q35");
	give_image(&f, "other.img");
	expect_refused(&f, fitting_want_disks(&f, ids, 1),
	    "disk data: it is there with image other.img, not disk.img;"
	    " remove it first");
	fitting_free(&f);
}

/* Ids are one name space for all of QEMU's devices: what has one of these
 * would be refused by it in the middle of the plan. */
static void
an_id_that_is_taken_is_refused(void **state)
{
	static const char *const ids[] = { "serial0", "pci-bridge-0",
		"root-port-0", "qmpd-dimm-0", "qmpd-vcpu-1" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ids); i++) {
		struct fitting f;

		fitting_read(&f, "7.2/q35");
		if (fitting_add_disk(&f, ids[i]) == 0)
			fail_msg("a disk \"%s\" is planned", ids[i]);
		fitting_free(&f);
	}
}

static void
an_id_that_is_taken_says_by_what(void **state)
{
	struct fitting f;

	fitting_read(&f, "7.2/q35");
	expect_refused(&f, fitting_add_disk(&f, "serial0"),
	    "disk serial0: the id is taken by a virtio-serial-pci");
	fitting_free(&f);
}

/* A creation that was cut short goes on where it ended. */
static void
what_is_there_of_it_is_not_made_again(void **state)
{
	static const char *const ids[] = { "data" };
	struct fitting f;

	fitting_read(&f, "7.2/q35");
	replies_set(&f.r, "query-pci",
	    "[{'bus': 0, 'devices': [{'bus': 0,"
	    " 'slot': 2, 'function': 0, 'qdev_id': 'pci-bridge-0', 'regions':"
	    " [], 'pci_bridge': {'bus': {'secondary': 1}}}]}]");
	replies_set(&f.r, "qom-list-machine-peripheral",
	    "[{'name': 'pci-bridge-0', 'type': 'child<pci-bridge>'}]");
	give_image(&f, fitting_image);
	assert_ok(fitting_want_disks(&f, ids, 1), &f.e);
	expect_steps(&f,
	    "disk data: device\n"
	    "disk data: guest\n");
	fitting_free(&f);
}

static void
a_disk_that_the_guest_did_not_take_is_waited_for(void **state)
{
	static const char *const ids[] = { "data" };
	struct fitting f;

	fitting_read(&f, "7.2/q35");
	replies_set(&f.r, "query-pci",
	    "[{'bus': 0, 'devices': [{'bus': 0,"
	    " 'slot': 2, 'function': 0, 'qdev_id': 'pci-bridge-0', 'regions':"
	    " [], 'pci_bridge': {'bus': {'secondary': 1}, 'devices': [{'bus':"
	    " 1, 'slot': 1, 'function': 0, 'qdev_id': 'data', 'regions':"
	    " [{'address': -1}]}]}}]}]");
	give_image(&f, fitting_image);
	assert_ok(fitting_want_disks(&f, ids, 1), &f.e);
	expect_steps(&f, "disk data: guest\n");
	fitting_free(&f);
}

/* ---- what goes ---- */

#define GONE                                  \
	"disk data: begin (remove)\n"         \
	"disk data: device (remove)\n"        \
	"disk data: format node (remove)\n"   \
	"disk data: protocol node (remove)\n" \
	"disk data: end (remove)\n"

static void
what_a_document_does_not_name_goes(void **state)
{
	static const char *const ids[] = { "other" };
	struct fitting f;

	fitting_read(&f, "7.2/q35");
	assert_ok(fitting_want_disks(&f, NULL, 0), &f.e);
	expect_steps(&f, GONE);
	assert_ok(fitting_want_disks(&f, ids, 1), &f.e);
	expect_steps(&f,
	    GONE "disk other: protocol node\n"
		 "disk other: format node\n"
		 "disk other: device\n"
		 "disk other: guest\n");
	fitting_free(&f);
}

/* Other people's disks are none of ours. */
static void
disks_of_others_stay(void **state)
{
	struct fitting f;
	json_t *nodes, *v;
	size_t i;

	fitting_read(&f, "7.2/q35");
	nodes = replies_value(&f.r, "query-named-block-nodes");
	json_array_foreach (nodes, i, v)
		json_object_set_new(
		    v, "node-name", json_sprintf("libvirt-%zu-x", i));
	assert_ok(fitting_want_disks(&f, NULL, 0), &f.e);
	expect_steps(&f, "");
	fitting_free(&f);
}

/* Nodes without a device: whatever the request is, they go. */
static void
what_a_crash_left_is_removed(void **state)
{
	struct request nothing = { .resize = { 2, 0 } };
	struct fitting f;

	fitting_read(&f, "7.2/q35-boot");
	replies_set(&f.r, "query-named-block-nodes",
	    "[{'node-name': 'qmpd.f.old', 'drv': 'file', 'file': 'x'},"
	    " {'node-name': 'qmpd.d.old', 'drv': 'raw', 'file': 'x'},"
	    " {'node-name': 'qmpd.f.older', 'drv': 'file', 'file': 'y'},"
	    " {'node-name': '#block123', 'drv': 'file', 'file': 'z'}]");
	nothing.resize.vcpus = 1;
	assert_ok(fitting_fit(&f, &nothing), &f.e);
	expect_rehearsal(&f,
	    "disk old: format node (remove)\n"
	    "  blockdev-del {'node-name': 'qmpd.d.old'}\n"
	    "disk old: protocol node (remove)\n"
	    "  blockdev-del {'node-name': 'qmpd.f.old'}\n"
	    "disk older: protocol node (remove)\n"
	    "  blockdev-del {'node-name': 'qmpd.f.older'}\n");
	fitting_free(&f);
}

static void
removes_the_one_that_is_named(void **state)
{
	struct fitting f;

	fitting_read(&f, "7.2/q35");
	assert_ok(fitting_remove_disk(&f, "data"), &f.e);
	expect_steps(&f, GONE);
	expect_refused(&f, fitting_remove_disk(&f, "nothing"),
	    "there is no device \"nothing\"");
	expect_refused(&f, fitting_remove_disk(&f, "serial0"),
	    "serial0 is a virtio-serial-pci: not a device that qmpd manages");
	fitting_free(&f);
}

/* ---- ids that do not fit into a node's name ---- */

/* Each from in text becomes to. */
static char *
replace(char *text, const char *from, const char *to)
{
	size_t done = 0;
	char *at;

	while ((at = strstr(text + done, from))) {
		char *longer = xasprintf(
		    "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));

		done = (size_t)(at - text) + strlen(to);
		free(text);
		text = longer;
	}
	return text;
}

/* The recorded disk under this id. */
static void
rename_disk(struct fitting *f, const char *id)
{
	_free_ char *file = part_name('f', id);
	_free_ char *format = part_name('d', id);
	_free_ char *path = xasprintf("/machine/peripheral/%s", id);
	_free_ char *qdev = xasprintf("\"qdev_id\": \"%s\"", id);
	_free_ char *name = xasprintf("\"name\": \"%s\"", id);
	const char *const pairs[][2] = {
		{ "qmpd.f.data", file },
		{ "qmpd.d.data", format },
		{ "/machine/peripheral/data", path },
		{ "\"qdev_id\": \"data\"", qdev },
		{ "\"name\": \"data\"", name },
	};
	char *text = json_dumps(f->r.given, 0);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(pairs); i++)
		text = replace(text, pairs[i][0], pairs[i][1]);
	json_decref(f->r.given);
	f->r.given = json_loads(text, 0, NULL);
	free(text);
	assert_non_null(f->r.given);
}

/* A digest stands for the id in the nodes' names: they are still its own. */
static void
a_long_ids_nodes_are_not_taken_for_leftovers(void **state)
{
	static const char *const ids[] = { LONG_ID };
	struct fitting f;

	fitting_read(&f, "7.2/q35");
	rename_disk(&f, LONG_ID);
	give_image(&f, fitting_image);
	assert_non_null(actual_device(replies_observe(&f.r), LONG_ID));
	assert_ok(fitting_resize(&f, 2, 0), &f.e);
	expect_steps(&f, "");
	assert_ok(fitting_want_disks(&f, ids, 1), &f.e);
	expect_steps(&f, "");
	fitting_free(&f);
}

static void
a_long_ids_device_goes_before_its_nodes(void **state)
{
	struct fitting f;

	fitting_read(&f, "7.2/q35");
	rename_disk(&f, LONG_ID);
	assert_ok(fitting_remove_disk(&f, LONG_ID), &f.e);
	expect_steps(&f,
	    "disk " LONG_ID ": begin (remove)\n"
	    "disk " LONG_ID ": device (remove)\n"
	    "disk " LONG_ID ": format node (remove)\n"
	    "disk " LONG_ID ": protocol node (remove)\n"
	    "disk " LONG_ID ": end (remove)\n");
	assert_ok(fitting_want_disks(&f, NULL, 0), &f.e);
	expect_steps(&f,
	    "disk " LONG_ID ": begin (remove)\n"
	    "disk " LONG_ID ": device (remove)\n"
	    "disk " LONG_ID ": format node (remove)\n"
	    "disk " LONG_ID ": protocol node (remove)\n"
	    "disk " LONG_ID ": end (remove)\n");
	fitting_free(&f);
}

/* Its backend has no file's name: there is nothing that differs. */
static void
an_rng_of_qemus_own_is_left_alone(void **state)
{
	json_auto_t *params = json_object();
	struct request request = {
		.add_type = "rng", .add_id = "data", .add_params = params
	};
	struct fitting f;

	fitting_read(&f, "7.2/q35");
	replies_set(&f.r, "qom-list-machine-peripheral",
	    "[{'name': 'data', 'type': 'child<virtio-rng-pci>'}]");
	replies_set(&f.r, "qom-list-objects",
	    "[{'name': 'qmpd.r.data', 'type': 'child<rng-builtin>'}]");
	assert_ok(fitting_fit(&f, &request), &f.e);
	expect_steps(&f, "");
	json_object_set_new(params, "source", json_string("/dev/urandom"));
	expect_refused(&f, fitting_fit(&f, &request),
	    "rng data: it is there with source of QEMU's own, not /dev/urandom;"
	    " remove it first");
	fitting_free(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_rng_of_qemus_own_is_left_alone),
		cmocka_unit_test(parameters_reach_qemu),
		cmocka_unit_test(another_image_is_refused),
		cmocka_unit_test(an_id_that_is_taken_is_refused),
		cmocka_unit_test(an_id_that_is_taken_says_by_what),
		cmocka_unit_test(what_is_there_of_it_is_not_made_again),
		cmocka_unit_test(
		    a_disk_that_the_guest_did_not_take_is_waited_for),
		cmocka_unit_test(what_a_document_does_not_name_goes),
		cmocka_unit_test(disks_of_others_stay),
		cmocka_unit_test(what_a_crash_left_is_removed),
		cmocka_unit_test(removes_the_one_that_is_named),
		cmocka_unit_test(a_long_ids_nodes_are_not_taken_for_leftovers),
		cmocka_unit_test(a_long_ids_device_goes_before_its_nodes),
	};

	return cmocka_run_group_tests(tests, fitting_setup, scratch_teardown);
}
