/* Objects, and block nodes that lean on them, against what QEMU says. */
#include "rig.h"

#define FILE_NODE "'driver': 'file', 'filename': '/f', "

/* ---- objects ---- */

static void
objects_are_checked(void **state)
{
	begin(NULL);
	no("object-add", "'qom-type': 'bogus', 'id': 'o'",
	    "Parameter 'qom-type' does not accept value 'bogus'");
	no("object-add", "'qom-type': 'iothread', 'id': '9'",
	    "Parameter 'id' expects an identifier");
	no("object-add", "'qom-type': 'iothread', 'id': 'o', 'x': 1",
	    "Parameter 'x' is unexpected");
	no("object-add", "'qom-type': 'memory-backend-ram', 'id': 'o'",
	    "Parameter 'size' is missing");
	no("object-add",
	    "'qom-type': 'memory-backend-ram', 'id': 'o', 'size': 0",
	    "property 'size' of memory-backend-ram doesn't take value '0'");
	no("object-add", "'qom-type': 'secret', 'id': 'o'",
	    "Either 'file' or 'data' must be provided");
	no("object-add", "'qom-type': 'iommufd', 'id': 'o'",
	    "Parameter 'qom-type' does not accept value 'iommufd'");
	ok("object-add", "'qom-type': 'iothread', 'id': 'o'");
	no("object-add", "'qom-type': 'iothread', 'id': 'o'",
	    "attempt to add duplicate property 'o' to object (type "
	    "'container')");
	has(ask("query-iothreads", NULL), "'id':'o'");
	ok("object-del", "'id': 'o'");
	no("object-del", "'id': 'o'", "object 'o' not found");
	no("object-del", "'id': 'ram0'",
	    "object 'ram0' is in use, can not be deleted");
	end();
}

static void
a_generator_holds_its_chardev(void **state)
{
	begin(NULL);
	assert_string_equal(
	    ask("object-add",
		"'qom-type': 'rng-egd', 'id': 'r', 'chardev': 'c'"),
	    "DeviceNotFound: Device 'c' not found");
	add_socket("c");
	ok("object-add", "'qom-type': 'rng-egd', 'id': 'r', 'chardev': 'c'");
	no("object-add", "'qom-type': 'rng-egd', 'id': 's', 'chardev': 'c'",
	    "Device 'c' is in use");
	no("chardev-remove", "'id': 'c'", "Chardev 'c' is busy");
	ok("object-del", "'id': 'r'");
	ok("chardev-remove", "'id': 'c'");
	end();
}

#define RNG "'driver': 'virtio-rng-pci', 'bus': 'pci-bridge-0', "
#define PATH "'path': '/machine/peripheral/d', "

/* QEMU lets its name go while a device has it; the link is empty then. */
static void
a_link_does_not_hold(void **state)
{
	begin(NULL);
	ok("object-add", "'qom-type': 'rng-builtin', 'id': 'r'");
	ok("object-add", "'qom-type': 'iothread', 'id': 'io'");
	assert_string_equal(
	    ask("device_add", RNG "'id': 'd', 'addr': '1', 'rng': 'x'"),
	    "DeviceNotFound: Device 'x' not found");
	no("device_add", RNG "'id': 'd', 'addr': '1', 'rng': 'io'",
	    "Invalid parameter type for 'rng', expected: rng-backend");
	ok("device_add", RNG "'id': 'd', 'addr': '1', 'rng': 'r'");
	ok("device_add", RNG "'id': 'e', 'addr': '2', 'rng': 'r'");
	assert_string_equal(
	    ask("qom-get", PATH "'property': 'rng'"), "'/objects/r'");
	ok("object-del", "'id': 'r'");
	assert_string_equal(ask("qom-get", PATH "'property': 'rng'"), "''");
	end();
}

/* ---- throttle groups ---- */

#define GROUP "'qom-type': 'throttle-group', 'id': 'g'"
#define LIMITS "'path': '/objects/g', 'property': 'limits'"

static void
a_group_has_limits(void **state)
{
	begin(NULL);
	no("object-add", GROUP ", 'limits': {'bps-x': 1}",
	    "Parameter 'limits.bps-x' is unexpected");
	no("object-add", GROUP ", 'limits': {'bps-total': -1}",
	    "bps/iops/max values must be within [0, 1000000000000000]");
	ok("object-add", GROUP ", 'limits': {'bps-total': 1000}");
	ok("qom-set", LIMITS ", 'value': {'iops-total': 100}");
	has(ask("qom-get", LIMITS), "'bps-total':1000,");
	has(rig.reply, "'iops-total':100,");
	has(rig.reply, "'iops-read':0,");
	has_picture("'bps-total':1000");
	no("qom-set", LIMITS ", 'value': {'iops-read': 5}",
	    "bps/iops/max total values and read/write values cannot be used "
	    "at the same time");
	no("qom-set", LIMITS ", 'value': 'x'",
	    "Invalid parameter type for 'limits', expected: object");
	no("qom-set", "'path': '/objects/g', 'property': 'x', 'value': 1",
	    "Property 'throttle-group.x' not found");
	assert_string_equal(
	    ask("qom-set",
		"'path': '/objects/x', 'property': 'limits', 'value': {}"),
	    "DeviceNotFound: Device '/objects/x' not found");
	end();
}

static void
a_filter_holds_its_group(void **state)
{
	_free_ char *before = NULL, *after = NULL;

	begin(NULL);
	before = picture();
	ok("blockdev-add", FILE_NODE "'node-name': 'f'");
	no("blockdev-add",
	    "'driver': 'throttle', 'node-name': 't', "
	    "'throttle-group': 'g', 'file': 'f'",
	    "Throttle group 'g' does not exist");
	ok("object-add", GROUP);
	no("blockdev-add",
	    "'driver': 'throttle', 'node-name': 't', 'file': 'f'",
	    "Parameter 'throttle-group' is missing");
	ok("blockdev-add",
	    "'driver': 'throttle', 'node-name': 't', "
	    "'throttle-group': 'g', 'file': 'f'");
	no("object-del", "'id': 'g'",
	    "object 'g' is in use, can not be deleted");
	ok("blockdev-del", "'node-name': 't'");
	ok("object-del", "'id': 'g'");
	ok("blockdev-del", "'node-name': 'f'");
	after = picture();
	assert_string_equal(before, after);
	end();
}

/* ---- block nodes ---- */

static void
a_nodes_members_are_checked(void **state)
{
	begin(NULL);
	no("blockdev-add", FILE_NODE "'node-name': 'f', 'x': 1",
	    "Parameter 'x' is unexpected");
	no("blockdev-add", FILE_NODE "'node-name': 'f', 'aio': 'x'",
	    "Parameter 'aio' does not accept value 'x'");
	no("blockdev-add", FILE_NODE "'node-name': 'f', 'aio': 'native'",
	    "aio=native was specified, but it requires cache.direct=on, which "
	    "was not specified.");
	ok("blockdev-add",
	    FILE_NODE "'node-name': 'f', 'aio': 'native', 'discard': 'unmap', "
		      "'detect-zeroes': 'unmap', 'cache': {'direct': true, "
		      "'no-flush': true}");
	has(ask("query-named-block-nodes", NULL),
	    "'cache':{'direct':true,'no-flush':true,'writeback':true},"
	    "'detect_zeroes':'unmap'");
	end();
}

static void
a_disk_grows(void **state)
{
	begin(NULL);
	add_disk();
	pass(60);
	no("block_resize", "'node-name': 'x', 'size': 1",
	    "Cannot find device='' nor node-name='x'");
	no("block_resize", "'node-name': 'd1', 'size': -1",
	    "Parameter 'size' expects a >0 size");
	ok("block_resize", "'node-name': 'd1', 'size': 16777216");
	has(ask("query-named-block-nodes", NULL), "'virtual-size':16777216");
	assert_string_equal(
	    ask_agent("guest-file-open", "'path': '/sys/block/vda/size'"), "1");
	has(ask_agent("guest-file-read", "'handle': 1"),
	    "'buf-b64':'MzI3NjgK'");
	ok("blockdev-add", "'driver': 'null-co', 'node-name': 'n'");
	no("block_resize", "'node-name': 'n', 'size': 1",
	    "Image format driver does not support resize");
	end();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(objects_are_checked),
		cmocka_unit_test(a_generator_holds_its_chardev),
		cmocka_unit_test(a_link_does_not_hold),
		cmocka_unit_test(a_group_has_limits),
		cmocka_unit_test(a_filter_holds_its_group),
		cmocka_unit_test(a_nodes_members_are_checked),
		cmocka_unit_test(a_disk_grows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
