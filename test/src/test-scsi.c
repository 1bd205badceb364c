/* Where SCSI disks go, and what they are on. */
#include "fitting.h"
#include "scratch.h"
#include "scsi-place.h"

/* ---- numbers ---- */

/* A disk on "ctl" that is there. */
static struct actual_device
disk_at(unsigned target, unsigned lun)
{
	return (struct actual_device){
		.id = (char *)(uintptr_t) "there",
		.driver = (char *)(uintptr_t) "scsi-hd",
		.properties = json_pack("{s:s, s:i, s:i}", "parent_bus",
		    "/machine/peripheral/ctl/virtio-backend/ctl.0", "scsi-id",
		    (int)target, "lun", (int)lun),
	};
}

/* Takes a place with n disks from number first on being there. */
static void
expect_place(unsigned first, unsigned n, const char *bus, const char *wanted)
{
	_free_ struct actual_device *disks = xcalloc(n, sizeof(*disks));
	struct actual a = { .devices = disks, .devices_n = n };
	struct placement placement = { .actual = &a };
	struct device d = { .type = &device_scsi, .bus = xstrdup(bus) };
	struct err e = { "" };
	_free_ char *got = NULL;
	unsigned i;

	for (i = 0; i < n; i++)
		disks[i] = disk_at((first + i) / 256, (first + i) % 256);
	if (scsi_take(&placement, &d, &e) == 0)
		got = xasprintf("%u:%u", d.target, d.lun);
	assert_string_equal(got ? got : e.text, wanted);
	for (i = 0; i < n; i++)
		json_decref(disks[i].properties);
	free(d.bus);
}

static void
luns_come_before_targets(void **state)
{
	expect_place(0, 0, "ctl.0", "0:0");
	expect_place(0, 1, "ctl.0", "0:1");
	expect_place(1, 3, "ctl.0", "0:0");
	expect_place(0, 255, "ctl.0", "0:255");
	expect_place(0, 256, "ctl.0", "1:0");
	expect_place(0, 513, "ctl.0", "2:1");
	/* Those of another controller are not in the way. */
	expect_place(0, 5, "other.0", "0:0");
}

static void
a_full_controller_says_so(void **state)
{
	expect_place(0, 65536, "ctl.0", "all 65536 places of ctl.0 are taken");
}

/* Some that are wanted have theirs already. */
static void
those_of_this_plan_count(void **state)
{
	struct actual a = { .devices_n = 0 };
	char *bus = xstrdup("ctl.0");
	struct device one = {
		.type = &device_scsi, .bus = bus, .on_scsi = true
	};
	struct device two = one;
	struct device *wanted[] = { &one, &two };
	struct placement placement = {
		.actual = &a, .wanted = wanted, .wanted_n = 2
	};
	struct err e;

	assert_ok(scsi_take(&placement, &two, &e), &e);
	assert_int_equal(two.lun, 1);
	two.lun = 0;
	one.lun = 1;
	assert_ok(scsi_take(&placement, &two, &e), &e);
	assert_int_equal(two.lun, 0);
	free(bus);
}

/* ---- controllers ---- */

/* A document of the size that is there, with these devices. */
static int
want(struct fitting *f, const char *json)
{
	json_auto_t *list = json_of(json);
	struct spec_device devices[8];
	struct spec spec = { .kind = SPEC_VM,
		.has_cpu = true,
		.has_memory = true,
		.millicpu = 1000,
		.memory = 256 * MIB,
		.devices = devices };
	struct request request = { .spec = &spec };
	size_t i;
	json_t *v;

	json_array_foreach (list, i, v) {
		const char *id = json_string_value(json_array_get(v, 0));
		const char *type = json_string_value(json_array_get(v, 1));
		json_t *params = json_array_get(v, 2);
		_free_ char *name = xasprintf("%s.img", id);

		if (str_eq(type, "scsi"))
			json_object_set_new(params, "image",
			    json_string(scratch_image(name, MIB)));
		devices[spec.devices_n++] =
		    (struct spec_device){ .id = (char *)(uintptr_t)id,
			    .type = (char *)(uintptr_t)type,
			    .params = params };
	}
	return fitting_fit(f, &request);
}

#define CONTROLLER(id)                       \
	"SCSI controller " id ": iothread\n" \
	"SCSI controller " id ": device\n"   \
	"SCSI controller " id ": guest\n"
#define DISK(id)                             \
	"SCSI disk " id ": protocol node\n"  \
	"SCSI disk " id ": format node\n"    \
	"SCSI disk " id ": throttle group\n" \
	"SCSI disk " id ": throttle node\n"  \
	"SCSI disk " id ": device\n"         \
	"SCSI disk " id ": guest\n"

/* Whatever the order in the document is. */
static void
a_controller_comes_before_its_disks(void **state)
{
	struct fitting f;

	fitting_read(&f, "7.2/q35-boot");
	assert_ok(want(&f,
		      "[['a', 'scsi', {}], ['c', 'scsi-controller', {}],"
		      " ['b', 'scsi', {}]]"),
	    &f.e);
	expect_steps(&f, CONTROLLER("c") DISK("a") DISK("b"));
	fitting_free(&f);
}

static void
which_controller_has_to_be_clear(void **state)
{
	struct fitting f;

	fitting_read(&f, "7.2/q35-boot");
	expect_refused(&f, want(&f, "[['a', 'scsi', {}]]"),
	    "SCSI disk a: this VM has no scsi-controller: one is needed, added"
	    " before it or in the same document");
	expect_refused(&f,
	    want(&f,
		"[['c', 'scsi-controller', {}], ['a', 'scsi', {'controller':"
		" 'd'}]]"),
	    "SCSI disk a: controller: there is no scsi-controller \"d\"");
	expect_refused(&f,
	    want(&f,
		"[['c', 'scsi-controller', {}], ['d', 'scsi-controller', {}],"
		" ['a', 'scsi', {}]]"),
	    "SCSI disk a: controller: this VM has 2 (c, d): say which");
	assert_ok(want(&f,
		      "[['c', 'scsi-controller', {}], ['d', 'scsi-controller',"
		      " {}], ['a', 'scsi', {'controller': 'd'}]]"),
	    &f.e);
	fitting_free(&f);
}

/* ---- removing ---- */

/* A VM with a controller of ours and a disk on it. */
static void
read_scsi(struct fitting *f)
{
	fitting_read(f, "7.2/q35-boot");
	replies_set(&f->r, "qom-list-objects",
	    "[{'name': 'qmpd.C.c', 'type': 'child<iothread>'}]");
	replies_set(&f->r, "query-named-block-nodes",
	    "[{'node-name': 'qmpd.E.a', 'drv': 'file', 'file': 'a.img'},"
	    " {'node-name': 'qmpd.D.a', 'drv': 'raw', 'file': 'a.img'}]");
	replies_set(&f->r, "qom-list-machine-peripheral",
	    "[{'name': 'c', 'type': 'child<virtio-scsi-pci>'},"
	    " {'name': 'a', 'type': 'child<scsi-hd>'}]");
	replies_set(&f->r, "query-block",
	    "[{'device': '', 'qdev': 'a', 'inserted': {'node-name':"
	    " 'qmpd.D.a'}}]");
	replies_set(&f->r, "qom-get-machine-peripheral-a-parent_bus",
	    "'/machine/peripheral/c/virtio-backend/c.0'");
}

static void
a_controller_does_not_go_before_its_disks(void **state)
{
	struct request request = { .remove_id = "c" };
	struct fitting f;

	read_scsi(&f);
	expect_refused(&f, fitting_fit(&f, &request),
	    "c cannot go before what is plugged into it: a");
	expect_refused(&f, want(&f, "[['a', 'scsi', {}]]"),
	    "c cannot go: a is plugged into it and stays; name it in the"
	    " document, or leave a out too");
	assert_ok(want(&f, "[]"), &f.e);
	expect_steps(&f,
	    "SCSI disk a: begin (remove)\n"
	    "SCSI disk a: device (remove)\n"
	    "SCSI disk a: format node (remove)\n"
	    "SCSI disk a: protocol node (remove)\n"
	    "SCSI disk a: end (remove)\n"
	    "SCSI controller c: begin (remove)\n"
	    "SCSI controller c: device (remove)\n"
	    "SCSI controller c: iothread (remove)\n"
	    "SCSI controller c: end (remove)\n");
	fitting_free(&f);
}

/* QEMU dies when its nodes are changed. */
static void
one_that_came_without_a_throttle_node_has_no_limits(void **state)
{
	struct fitting f;
	_free_ char *image = xstrdup(scratch_path("a.img"));

	read_scsi(&f);
	give_image(&f, image);
	expect_refused(&f,
	    want(&f,
		"[['c', 'scsi-controller', {}], ['a', 'scsi', {'iops': 5}]]"),
	    "SCSI disk a: it came without limits, and an iothread serves it:"
	    " its nodes cannot be changed; remove it first");
	assert_ok(want(&f, "[['c', 'scsi-controller', {}], ['a', 'scsi', {}]]"),
	    &f.e);
	fitting_free(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(luns_come_before_targets),
		cmocka_unit_test(a_full_controller_says_so),
		cmocka_unit_test(those_of_this_plan_count),
		cmocka_unit_test(a_controller_comes_before_its_disks),
		cmocka_unit_test(which_controller_has_to_be_clear),
		cmocka_unit_test(a_controller_does_not_go_before_its_disks),
		cmocka_unit_test(
		    one_that_came_without_a_throttle_node_has_no_limits),
	};

	return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
