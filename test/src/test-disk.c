/* Disks: what is wrong with them, what is known of an image before QEMU opens
 * it, and what changes of one that is there. */
#include "device.h"
#include "fitting.h"
#include "host.h"
#include "scratch.h"
#include <fcntl.h>

/* device add TYPE data image=…, and these. */
static int
add(struct fitting *f, const char *type, const char *json)
{
	json_auto_t *params = json_of(json);
	const char *name = json_string_value(json_object_get(params, "image"));
	struct request request = {
		.add_type = type, .add_id = "data", .add_params = params
	};

	json_object_set_new(params, "image",
	    json_string(name ? scratch_path(name) : fitting_image));
	return fitting_fit(f, &request);
}

/* ---- parameters ---- */

static void
each_wrong_parameter_has_its_sentence(void **state)
{
	static const struct {
		const char *json, *sentence;
	} rows[] = {
		{ "{'aio': 'fast'}",
		    "aio: \"fast\" is none of: threads, native, io_uring" },
		{ "{'aio': 'native'}",
		    "aio: native needs cache.direct=true; threads and io_uring"
		    " do not" },
		{ "{'cache.direct': 1}",
		    "[\"cache.direct\"]: true or false is wanted, not a whole"
		    " number" },
		{ "{'cache-direct': true}",
		    "cache-direct: unknown key; did you mean"
		    " \"cache.direct\"?" },
		{ "{'logical-block-size': 1000}",
		    "logical-block-size: a power of two from 512 to 2097152 is"
		    " wanted, not 1000" },
		{ "{'logical-block-size': 4194304}",
		    "logical-block-size: a power of two from 512 to 2097152 is"
		    " wanted, not 4194304" },
		{ "{'physical-block-size': 256}",
		    "physical-block-size: a power of two from 512 to 2097152"
		    " is wanted, not 256" },
		{ "{'logical-block-size': 4096, 'physical-block-size': 512}",
		    "physical-block-size: at least the logical one's 4096 is"
		    " wanted, not 512" },
		{ "{'iops': 10, 'iops-rd': 5}",
		    "iops limits reads and writes together: it does not go"
		    " with iops-rd or iops-wr" },
		{ "{'bps': '1Mi', 'bps-wr': 5}",
		    "bps limits reads and writes together: it does not go with"
		    " bps-rd or bps-wr" },
		{ "{'bps': '1Ei'}", "bps: at most 1000000000000000 is wanted" },
		{ "{'size': '1Mi', 'read-only': true}",
		    "size: a read-only image does not grow" },
		{ "{'size': 1000}",
		    "size: a multiple of 512 bytes is wanted, not 1000" },
		{ "{'queues': 0}",
		    "queues: must be between 1 and 1024, not 0" },
		{ "{'queues': 1025}",
		    "queues: must be between 1 and 1024, not 1025" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct fitting f;
		_free_ char *sentence =
		    xasprintf("disk data: %s", rows[i].sentence);

		fitting_read(&f, "7.2/q35-boot");
		expect_refused(&f, add(&f, "blk", rows[i].json), sentence);
		fitting_free(&f);
	}
}

/* ---- images ---- */

static void
each_wrong_image_has_its_sentence(void **state)
{
	static const struct {
		const char *json, *sentence;
	} rows[] = {
		{ "{'format': 'qcow2'}",
		    "image disk.img is not of format qcow2: it begins like"
		    " none; format=raw would be right" },
		{ "{'image': 'disk.qcow2'}",
		    "image disk.qcow2 begins like a qcow2: format=qcow2 would"
		    " be right, or format=raw if the guest is to see the file"
		    " as it is" },
		{ "{'image': 'disk.vmdk', 'format': 'qcow2'}",
		    "image disk.vmdk is not of format qcow2: it begins like"
		    " vmdk; format=vmdk would be right" },
		{ "{'image': 'half.img', 'logical-block-size': 4096}",
		    "image half.img has 512 bytes: a multiple of its logical"
		    " block size, 4096, is wanted" },
		{ "{'size': 524288}",
		    "size: image disk.img has 1Mi already; a disk only"
		    " grows" },
		{ "{'image': 'disk.qcow2', 'format': 'qcow2', 'size': '1Mi'}",
		    "size: image disk.qcow2 has 1Gi already; a disk only"
		    " grows" },
	};
	size_t i;

	scratch_qcow2("disk.qcow2", GIB);
	scratch_image("half.img", 512);
	scratch_file("disk.vmdk", "KDMV and so on");
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct fitting f;
		_free_ char *sentence =
		    xasprintf("disk data: %s", rows[i].sentence);

		fitting_read(&f, "7.2/q35-boot");
		expect_refused(&f, add(&f, "blk", rows[i].json), sentence);
		fitting_free(&f);
	}
}

/* A guest may have written anything to its raw disk. */
static void
who_says_raw_is_believed(void **state)
{
	struct fitting f;

	scratch_qcow2("disk.qcow2", GIB);
	fitting_read(&f, "7.2/q35-boot");
	assert_ok(
	    add(&f, "blk", "{'image': 'disk.qcow2', 'format': 'raw'}"), &f.e);
	fitting_free(&f);
}

/* As QEMU does: a shared lock on one byte. */
static int
lock_byte(off_t byte)
{
	struct flock lock = {
		.l_type = F_RDLCK,
		.l_whence = SEEK_SET,
		.l_start = byte,
		.l_len = 1,
	};
	int fd = open(fitting_image, O_RDWR | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_OFD_SETLK, &lock), 0);
	return fd;
}

static void
who_else_has_the_image(void **state)
{
	static const struct {
		off_t byte;
		const char *json, *sentence; /* NULL: none */
	} rows[] = {
		{ 100, "{}", NULL }, /* somebody reads it */
		{ 100, "{'read-only': true}", NULL },
		{ 101, "{}",
		    "disk data: image disk.img is being written to by another"
		    " QEMU" },
		{ 101, "{'read-only': true}",
		    "disk data: image disk.img is being written to by another"
		    " QEMU" },
		{ 201, "{}",
		    "disk data: image disk.img is being read by another QEMU:"
		    " read-only=true would share it" },
		{ 201, "{'read-only': true}", NULL },
		{ 200, "{'read-only': true}",
		    "disk data: image disk.img is held by another QEMU for"
		    " itself" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		_close_ int fd = lock_byte(rows[i].byte);
		struct fitting f;

		assert_true(fd >= 0); /* it holds the lock */
		fitting_read(&f, "7.2/q35-boot");
		if (rows[i].sentence)
			expect_refused(
			    &f, add(&f, "blk", rows[i].json), rows[i].sentence);
		else
			assert_ok(add(&f, "blk", rows[i].json), &f.e);
		fitting_free(&f);
	}
}

/* What is in the way may be going: QEMU will say. */
static void
our_own_lock_is_not_in_the_way(void **state)
{
	_close_ int fd = lock_byte(101);
	struct fitting f;

	assert_true(fd >= 0);
	fitting_read(&f, "7.2/q35-boot");
	replies_set(&f.r, "query-named-block-nodes",
	    "[{'node-name': '#block1', 'drv': 'file', 'file': ''}]");
	give_image(&f, fitting_image);
	assert_ok(add(&f, "blk", "{}"), &f.e);
	fitting_free(&f);
}

/* ---- what reaches QEMU ---- */

static void
all_parameters_reach_qemu(void **state)
{
	struct fitting f;

	fitting_read(&f, "7.2/q35-boot");
	replies_disable(&f.r, "guest-get-disks");
	assert_ok(add(&f, "blk",
		      "{'aio': 'native', 'cache.direct': true,"
		      " 'cache.no-flush': true, 'discard': 'unmap',"
		      " 'iothread': true, 'queues': 2, 'size': '2Mi',"
		      " 'logical-block-size': 4096, 'iops-rd': 7,"
		      " 'bps': '1Ki'}"),
	    &f.e);
	expect_rehearsal(&f,
	    "disk data: iothread\n"
	    "  object-add {'id': 'qmpd.H.data', 'qom-type': 'iothread'}\n"
	    "disk data: options\n"
	    "  object-add {'id': 'qmpd.O.data.native-unmap', 'qom-type':"
	    " 'throttle-group'}\n"
	    "disk data: protocol node\n"
	    "  blockdev-add {'aio': 'native', 'cache': {'direct': true,"
	    " 'no-flush': true}, 'discard': 'unmap', 'driver': 'file',"
	    " 'filename': 'disk.img', 'node-name': 'qmpd.f.data',"
	    " 'read-only': false}\n"
	    "disk data: format node\n"
	    "  blockdev-add {'cache': {'direct': true, 'no-flush': true},"
	    " 'discard': 'unmap', 'driver': 'raw', 'file': 'qmpd.f.data',"
	    " 'node-name': 'qmpd.d.data', 'read-only': false}\n"
	    "disk data: throttle group\n"
	    "  object-add {'id': 'qmpd.G.data', 'limits': {'bps-read': 0,"
	    " 'bps-total': 1024, 'bps-write': 0, 'iops-read': 7,"
	    " 'iops-total': 0, 'iops-write': 0}, 'qom-type':"
	    " 'throttle-group'}\n"
	    "disk data: throttle node\n"
	    "  blockdev-add {'cache': {'direct': true, 'no-flush': true},"
	    " 'discard': 'unmap', 'driver': 'throttle', 'file':"
	    " 'qmpd.d.data', 'node-name': 'qmpd.L.data', 'read-only': false,"
	    " 'throttle-group': 'qmpd.G.data'}\n"
	    "disk data: device\n"
	    "  device_add {'addr': '1', 'bus': 'pci-bridge-0', 'drive':"
	    " 'qmpd.L.data', 'driver': 'virtio-blk-pci', 'id': 'data',"
	    " 'iothread': 'qmpd.H.data', 'logical_block_size': 4096,"
	    " 'num-queues': 2, 'physical_block_size': 4096}\n"
	    "disk data: guest\n"
	    "  waits for the guest to set it up\n"
	    "disk data: size\n"
	    "  block_resize {'node-name': 'qmpd.L.data', 'size': 2097152}\n"
	    "disk data: guest's size\n");
	fitting_free(&f);
}

/* ---- one that is there ---- */

/* The recorded disk, with this property of its device. */
static void
read_disk(struct fitting *f, const char *property, const char *json)
{
	_free_ char *name =
	    xasprintf("qom-get-machine-peripheral-data-%s", property);

	fitting_read(f, "7.2/q35");
	give_image(f, fitting_image);
	replies_set(&f->r, name, json);
}

static void
what_differs_is_named(void **state)
{
	static const struct {
		const char *property, *value, *json, *sentence;
	} rows[] = {
		{ "serial", "'A'", "{'serial': 'B'}",
		    "it is there with serial A, not B; remove it first" },
		{ "serial", "''", "{'serial': 'B'}",
		    "it is there with serial none, not B; remove it first" },
		{ "num-queues", "4", "{'queues': 2}",
		    "it is there with queues 4, not 2; remove it first" },
		{ "serial", "'A'", "{'read-only': true}",
		    "it is there with read-only false, not true; remove it"
		    " first" },
		{ "serial", "'A'", "{'iothread': true}",
		    "it is there with iothread false, not true; remove it"
		    " first" },
		{ "serial", "'A'", "{'discard': 'unmap'}",
		    "it is there with discard ignore, not unmap; remove it"
		    " first" },
		{ "serial", "'A'", "{'format': 'qcow2'}",
		    "it is there with format raw, not qcow2; remove it"
		    " first" },
		{ "logical_block_size", "512", "{'logical-block-size': 4096}",
		    "it is there with logical-block-size 512, not 4096; remove"
		    " it first" },
		{ "serial", "'A'", "{'size': '512Ki'}",
		    "size: it has 1Mi, and 512Ki would cut off what the guest"
		    " may have there; a disk only grows" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct fitting f;
		_free_ char *sentence =
		    xasprintf("disk data: %s", rows[i].sentence);

		read_disk(&f, rows[i].property, rows[i].value);
		expect_refused(&f, add(&f, "blk", rows[i].json), sentence);
		fitting_free(&f);
	}
}

static void
what_is_not_stated_may_be_as_it_is(void **state)
{
	struct fitting f;

	read_disk(&f, "serial", "'A'");
	assert_ok(add(&f, "blk", "{}"), &f.e);
	expect_steps(&f, "");
	fitting_free(&f);
}

static void
a_first_limit_puts_a_node_below_the_device(void **state)
{
	struct fitting f;

	read_disk(&f, "serial", "''");
	assert_ok(add(&f, "blk", "{'iops': 5}"), &f.e);
	expect_rehearsal(&f,
	    "disk data: throttle group\n"
	    "  object-add {'id': 'qmpd.G.data', 'limits': {'bps-read': 0,"
	    " 'bps-total': 0, 'bps-write': 0, 'iops-read': 0, 'iops-total':"
	    " 5, 'iops-write': 0}, 'qom-type': 'throttle-group'}\n"
	    "disk data: throttle node\n"
	    "  blockdev-add {'driver': 'throttle', 'file': 'qmpd.d.data',"
	    " 'node-name': 'qmpd.L.data', 'read-only': false,"
	    " 'throttle-group': 'qmpd.G.data'}\n"
	    "disk data: throttle\n"
	    "  qom-set {'path': '/machine/peripheral/data', 'property':"
	    " 'drive', 'value': 'qmpd.L.data'}\n");
	fitting_free(&f);
}

/* The recorded disk with a throttle group of five requests a second. */
static void
read_limited(struct fitting *f)
{
	json_t *nodes, *drives, *inserted;

	read_disk(f, "serial", "''");
	replies_set(&f->r, "qom-list-objects",
	    "[{'name': 'qmpd.G.data', 'type': 'child<throttle-group>'}]");
	replies_set(&f->r, "qom-get-objects-qmpd.G.data-limits",
	    "{'iops-total': 5, 'iops-size': 0}");
	nodes = replies_value(&f->r, "query-named-block-nodes");
	json_array_append_new(nodes,
	    json_of("{'node-name': 'qmpd.L.data', 'drv': 'throttle', 'file':"
		    " ''}"));
	drives = replies_value(&f->r, "query-block");
	inserted = json_object_get(json_array_get(drives, 0), "inserted");
	json_object_set_new(inserted, "node-name", json_string("qmpd.L.data"));
}

/* QEMU 5.2 in place of the recorded one. */
static void
give_old_qemu(struct fitting *f)
{
	json_object_set_new(f->r.given, "greeting",
	    json_of("{'QMP': {'version': {'qemu': {'major': 5, 'minor': 2,"
		    " 'micro': 0}, 'package': ''}, 'capabilities': []}}"));
}

static void
an_old_qemu_changes_no_nodes(void **state)
{
	struct fitting f;

	read_disk(&f, "serial", "''");
	give_old_qemu(&f);
	expect_refused(&f, add(&f, "blk", "{'iops': 5}"),
	    "disk data: it came without limits, and this QEMU cannot give it"
	    " any while it is there (6.0 can); remove it first");
	fitting_free(&f);
	read_limited(&f);
	give_old_qemu(&f);
	assert_ok(add(&f, "blk", "{'iops': 7}"), &f.e);
	expect_steps(&f, "disk data: limits\n");
	fitting_free(&f);
}

/* It hangs when it grows one that has an iothread. */
static void
an_old_qemu_grows_only_what_has_no_iothread(void **state)
{
	struct fitting f;

	read_limited(&f);
	give_old_qemu(&f);
	replies_set(&f.r, "qom-list-objects",
	    "[{'name': 'qmpd.G.data', 'type': 'child<throttle-group>'},"
	    " {'name': 'qmpd.H.data', 'type': 'child<iothread>'}]");
	expect_refused(&f,
	    add(&f, "blk", "{'iops': 5, 'iothread': true, 'size': '128Mi'}"),
	    "disk data: an iothread serves it, and this QEMU hangs when such a"
	    " disk grows (6.0 does not); remove it first");
	fitting_free(&f);
}

static void
limits_change_by_their_group(void **state)
{
	struct fitting f;

	read_limited(&f);
	assert_ok(add(&f, "blk", "{'iops': 5}"), &f.e);
	expect_steps(&f, "");
	assert_ok(add(&f, "blk", "{'bps-wr': '1Ki'}"), &f.e);
	expect_rehearsal(&f,
	    "disk data: limits\n"
	    "  qom-set {'path': '/objects/qmpd.G.data', 'property': 'limits',"
	    " 'value': {'bps-read': 0, 'bps-total': 0, 'bps-write': 1024,"
	    " 'iops-read': 0, 'iops-total': 0, 'iops-write': 0}}\n");
	assert_ok(add(&f, "blk", "{}"), &f.e);
	expect_steps(&f, "disk data: limits\n");
	fitting_free(&f);
}

/* QEMU tells the guest of it only by its uppermost node. */
static void
it_grows_by_the_node_that_its_device_is_on(void **state)
{
	struct fitting f;

	read_limited(&f);
	replies_disable(&f.r, "guest-get-disks");
	assert_ok(add(&f, "blk", "{'iops': 5, 'size': '128Mi'}"), &f.e);
	expect_rehearsal(&f,
	    "disk data: size\n"
	    "  block_resize {'node-name': 'qmpd.L.data', 'size': 134217728}\n"
	    "disk data: guest's size\n");
	fitting_free(&f);
	read_disk(&f, "serial", "''");
	assert_ok(add(&f, "blk", "{'size': '128Mi'}"), &f.e);
	expect_steps(&f, "disk data: size\ndisk data: guest's size\n");
	fitting_free(&f);
}

/* What a removal takes away its undo would make again as it was. */
static void
a_removal_knows_all_of_its_parts(void **state)
{
	struct request request = { .remove_id = "data" };
	struct fitting f;

	read_limited(&f);
	replies_set(&f.r, "qom-list-objects",
	    "[{'name': 'qmpd.G.data', 'type': 'child<throttle-group>'},"
	    " {'name': 'qmpd.H.data', 'type': 'child<iothread>'},"
	    " {'name': 'qmpd.O.data.io_uring-ignore', 'type':"
	    " 'child<throttle-group>'}]");
	assert_ok(fitting_fit(&f, &request), &f.e);
	expect_rehearsal(&f,
	    "disk data: begin (remove)\n"
	    "  object-add {'id': 'qmpd.x.data', 'qom-type':"
	    " 'throttle-group'}\n"
	    "disk data: device (remove)\n"
	    "  device_del {'id': 'data'}\n"
	    "  waits for the guest to give it up\n"
	    "disk data: throttle node (remove)\n"
	    "  blockdev-del {'node-name': 'qmpd.L.data'}\n"
	    "disk data: throttle group (remove)\n"
	    "  object-del {'id': 'qmpd.G.data'}\n"
	    "disk data: format node (remove)\n"
	    "  blockdev-del {'node-name': 'qmpd.d.data'}\n"
	    "disk data: protocol node (remove)\n"
	    "  blockdev-del {'node-name': 'qmpd.f.data'}\n"
	    "disk data: options (remove)\n"
	    "  object-del {'id': 'qmpd.O.data.io_uring-ignore'}\n"
	    "disk data: iothread (remove)\n"
	    "  object-del {'id': 'qmpd.H.data'}\n"
	    "disk data: end (remove)\n"
	    "  object-del {'id': 'qmpd.x.data'}\n");
	fitting_free(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_wrong_parameter_has_its_sentence),
		cmocka_unit_test(who_says_raw_is_believed),
		cmocka_unit_test(who_else_has_the_image),
		cmocka_unit_test(our_own_lock_is_not_in_the_way),
		cmocka_unit_test(all_parameters_reach_qemu),
		cmocka_unit_test(what_differs_is_named),
		cmocka_unit_test(what_is_not_stated_may_be_as_it_is),
		cmocka_unit_test(a_first_limit_puts_a_node_below_the_device),
		cmocka_unit_test(limits_change_by_their_group),
		cmocka_unit_test(an_old_qemu_changes_no_nodes),
		cmocka_unit_test(an_old_qemu_grows_only_what_has_no_iothread),
		cmocka_unit_test(it_grows_by_the_node_that_its_device_is_on),
		cmocka_unit_test(a_removal_knows_all_of_its_parts),
		cmocka_unit_test(each_wrong_image_has_its_sentence),
	};

	return cmocka_run_group_tests(tests, fitting_setup, scratch_teardown);
}
