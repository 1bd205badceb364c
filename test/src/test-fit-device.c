/* The devices' part of fitting. */
#include "fitting.h"
#include "part.h"
#include "scratch.h"

#define LONG_ID "a123456789-123456789-123456789-123456789-123456789-12345678"

static char *image;

/* device add blk ID image=… */
static int
add_disk(struct fitting *f, const char *id)
{
	json_auto_t *params = json_pack("{s:s}", "image", image);
	struct request request = {
		.add_type = "blk", .add_id = id, .add_params = params
	};

	return fitting_fit(f, &request);
}

static int
remove_disk(struct fitting *f, const char *id)
{
	struct request request = { .remove_id = id };

	return fitting_fit(f, &request);
}

/* The recorded disk's, and one for each other. */
static const char *
image_of(const char *id)
{
	_free_ char *name = xasprintf("%s.img", id);

	return str_eq(id, "data") || str_eq(id, LONG_ID)
	    ? image
	    : scratch_image(name, MIB);
}

/* A document of the size that is there, with disks of these ids. */
static int
want_disks(struct fitting *f, const char *const *ids, size_t n)
{
	struct spec_device devices[8];
	struct spec spec = { .kind = SPEC_VM,
		.has_cpu = true,
		.has_memory = true,
		.millicpu = 2000,
		.memory = 384 * MIB,
		.devices = devices,
		.devices_n = n };
	struct request request = { .spec = &spec };
	_free_ char *type = xstrdup("blk");
	size_t i;
	int rc;

	assert_true(n <= ARRAY_SIZE(devices));
	for (i = 0; i < n; i++)
		devices[i] = (struct spec_device){ .id = xstrdup(ids[i]),
			.type = type,
			.params =
			    json_pack("{s:s}", "image", image_of(ids[i])) };
	rc = fitting_fit(f, &request);
	for (i = 0; i < n; i++) {
		free(devices[i].id);
		json_decref(devices[i].params);
	}
	return rc;
}

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

/* ---- where they go ---- */

static void
slots_are_taken_in_order(void **state)
{
	static const char *const ids[] = { "data", "b", "c" };
	struct fitting f;

	fitting_read(&f, "7.2/q35");
	give_image(&f, image);
	assert_ok(want_disks(&f, ids, 3), &f.e);
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
		assert_ok(add_disk(&f, "data"), &f.e);
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
	assert_ok(want_disks(&f, ids, 2), &f.e);
	expect_places(&f, "pci-bridge-0 1f\nroot-port-0 0\n");
	assert_int_equal(want_disks(&f, ids, 3), -1);
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
	expect_refused(&f, add_disk(&f, "data"),
	    "disk data: this VM has no bus that takes devices while it runs: it"
	    " needs a pci-bridge or a pcie-root-port (default_bridges,"
	    " pcie_root_port in its template)");
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

/* The root bus of a pc takes devices: after its bridges. */
static void
a_pcs_root_bus_comes_last(void **state)
{
	struct fitting f;

	fitting_read(&f, "7.2/pc");
	fill_bridge(&f, 31);
	assert_ok(add_disk(&f, "more"), &f.e);
	expect_places(&f, "pci.0 3\n");
	fitting_free(&f);
}

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
	expect_refused(&f, want_disks(&f, ids, 1),
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
		if (add_disk(&f, ids[i]) == 0)
			fail_msg("a disk \"%s\" is planned", ids[i]);
		fitting_free(&f);
	}
}

static void
an_id_that_is_taken_says_by_what(void **state)
{
	struct fitting f;

	fitting_read(&f, "7.2/q35");
	expect_refused(&f, add_disk(&f, "serial0"),
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
	give_image(&f, image);
	assert_ok(want_disks(&f, ids, 1), &f.e);
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
	give_image(&f, image);
	assert_ok(want_disks(&f, ids, 1), &f.e);
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
	assert_ok(want_disks(&f, NULL, 0), &f.e);
	expect_steps(&f, GONE);
	assert_ok(want_disks(&f, ids, 1), &f.e);
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
	assert_ok(want_disks(&f, NULL, 0), &f.e);
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
	assert_ok(remove_disk(&f, "data"), &f.e);
	expect_steps(&f, GONE);
	expect_refused(
	    &f, remove_disk(&f, "nothing"), "there is no device \"nothing\"");
	expect_refused(&f, remove_disk(&f, "serial0"),
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
	give_image(&f, image);
	assert_non_null(actual_device(replies_observe(&f.r), LONG_ID));
	assert_ok(fitting_resize(&f, 2, 0), &f.e);
	expect_steps(&f, "");
	assert_ok(want_disks(&f, ids, 1), &f.e);
	expect_steps(&f, "");
	fitting_free(&f);
}

static void
a_long_ids_device_goes_before_its_nodes(void **state)
{
	struct fitting f;

	fitting_read(&f, "7.2/q35");
	rename_disk(&f, LONG_ID);
	assert_ok(remove_disk(&f, LONG_ID), &f.e);
	expect_steps(&f,
	    "disk " LONG_ID ": begin (remove)\n"
	    "disk " LONG_ID ": device (remove)\n"
	    "disk " LONG_ID ": format node (remove)\n"
	    "disk " LONG_ID ": protocol node (remove)\n"
	    "disk " LONG_ID ": end (remove)\n");
	assert_ok(want_disks(&f, NULL, 0), &f.e);
	expect_steps(&f,
	    "disk " LONG_ID ": begin (remove)\n"
	    "disk " LONG_ID ": device (remove)\n"
	    "disk " LONG_ID ": format node (remove)\n"
	    "disk " LONG_ID ": protocol node (remove)\n"
	    "disk " LONG_ID ": end (remove)\n");
	fitting_free(&f);
}

static int
setup(void **state)
{
	if (scratch_setup(state) < 0)
		return -1;
	image = xstrdup(scratch_image("disk.img", MIB));
	return 0;
}

static int
teardown(void **state)
{
	free(image);
	return scratch_teardown(state);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slots_are_taken_in_order),
		cmocka_unit_test(addresses_are_hexadecimal),
		cmocka_unit_test(a_full_vm_says_what_it_needs),
		cmocka_unit_test(without_a_bus_nothing_is_added),
		cmocka_unit_test(an_rng_of_qemus_own_is_left_alone),
		cmocka_unit_test(a_pcs_root_bus_comes_last),
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

	return cmocka_run_group_tests(tests, setup, teardown);
}
