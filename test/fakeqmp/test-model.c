/* What the fake holds, against what QEMU 7.2 says of the same. */
#include "rig.h"

/* ---- block nodes ---- */

static void
nodes_hold_each_other(void **state)
{
	_free_ char *before = NULL, *after = NULL;

	begin(NULL);
	before = picture();
	ok("blockdev-add",
	    "'driver': 'file', 'node-name': 'f1', 'filename': '/f'");
	ok("blockdev-add", "'driver': 'raw', 'node-name': 'd1', 'file': 'f1'");
	no("blockdev-add", "'driver': 'raw', 'node-name': 'd1', 'file': 'f1'",
	    "Duplicate nodes with node-name='d1'");
	no("blockdev-add", "'driver': 'raw', 'node-name': 'd2', 'file': 'x'",
	    "Cannot find device='x' nor node-name='x'");
	no("blockdev-add", "'driver': 'bogus', 'node-name': 'd2'",
	    "Parameter 'driver' does not accept value 'bogus'");
	no("blockdev-add", "'driver': 'null-co'",
	    "'node-name' must be specified for the root node");
	has(ask("query-named-block-nodes", NULL), "'file':'/f'");
	no("blockdev-del", "'node-name': 'f1'", "Block device f1 is in use");
	no("blockdev-del", "'node-name': 'x'",
	    "Failed to find node with node-name='x'");
	ok("blockdev-del", "'node-name': 'd1'");
	ok("blockdev-del", "'node-name': 'f1'");
	after = picture();
	assert_string_equal(before, after);
	end();
}

static void
a_node_inside_another_goes_with_it(void **state)
{
	begin(NULL);
	ok("blockdev-add",
	    "'driver': 'raw', 'node-name': 'd1', 'file': {'driver': 'file', "
	    "'node-name': 'f1', 'filename': '/f'}");
	no("blockdev-del", "'node-name': 'f1'",
	    "Node f1 is not owned by the monitor");
	no("blockdev-add",
	    "'driver': 'qcow2', 'node-name': 'd2', 'file': {'driver': 'file', "
	    "'node-name': 'f2', 'filename': '/f'}, 'backing': 'nope'",
	    "Cannot find device='nope' nor node-name='nope'");
	has_not(ask("query-named-block-nodes", NULL), "'f2'");
	ok("blockdev-del", "'node-name': 'd1'");
	assert_string_equal(ask("query-named-block-nodes", NULL), "[]");
	end();
}

/* ---- PCI ---- */

static void
a_disk_comes_and_goes(void **state)
{
	_free_ char *before = NULL, *after = NULL;

	begin(NULL);
	before = picture();
	add_disk();
	has(ask("query-pci", NULL), "'address':-1");
	has(ask("query-block", NULL),
	    "'qdev':'/machine/peripheral/disk1/virtio-backend'");
	has(ask("qom-list", "'path': '/machine/peripheral'"),
	    "{'name':'disk1','type':'child<virtio-blk-pci>'}");
	no("blockdev-del", "'node-name': 'd1'", "Node d1 is in use");
	pass(60);
	has_not(ask("query-pci", NULL), "'address':-1");
	ok("device_del", "'id': 'disk1'");
	ok("device_del", "'id': 'disk1'");
	events("");
	pass(100);
	events("DEVICE_DELETED {'path':'/machine/peripheral/disk1/"
	       "virtio-backend'}\n"
	       "DEVICE_DELETED {'device':'disk1','path':"
	       "'/machine/peripheral/disk1'}\n");
	ok("blockdev-del", "'node-name': 'd1'");
	after = picture();
	assert_string_equal(before, after);
	assert_string_equal(ask("device_del", "'id': 'disk1'"),
	    "DeviceNotFound: Device 'disk1' not found");
	end();
}

static const struct {
	const char *arguments, *why;
} refusals[] = {
	{ "'driver': 'nope', 'id': 'x'",
	    "'nope' is not a valid device model name" },
	{ "'driver': 'virtio-rng-pci', 'id': 'a b'",
	    "Parameter 'id' expects an identifier" },
	{ "'driver': 'virtio-rng-pci', 'id': 'disk1'",
	    "Duplicate device ID 'disk1'" },
	{ "'driver': 'virtio-rng-pci', 'id': 'x', 'bus': 'nope'",
	    "Bus 'nope' not found" },
	{ "'driver': 'virtio-rng-pci', 'id': 'x', 'bus': 'pcie.0', "
	  "'addr': '0x9'",
	    "Bus 'pcie.0' does not support hotplugging" },
	{ "'driver': 'virtio-rng-pci', 'id': 'x'",
	    "Bus 'pcie.0' does not support hotplugging" },
	{ "'driver': 'virtio-rng-pci', 'id': 'x', "
	  "'bus': 'pci-bridge-0', 'addr': '0x25'",
	    "Property 'virtio-rng-pci.addr' doesn't take value "
	    "'0x25'" },
	{ "'driver': 'virtio-rng-pci', 'id': 'x', "
	  "'bus': 'pci-bridge-0', 'addr': 20",
	    "Property 'virtio-rng-pci.addr' doesn't take value '20'" },
	{ "'driver': 'virtio-rng-pci', 'id': 'x', "
	  "'bus': 'pci-bridge-0', 'addr': 'zz'",
	    "Property 'virtio-rng-pci.addr' doesn't take value 'zz'" },
	{ "'driver': 'virtio-rng-pci', 'id': 'x', "
	  "'bus': 'pci-bridge-0', 'addr': '0x1'",
	    "PCI: slot 1 function 0 not available for virtio-rng-pci, "
	    "in use by virtio-blk-pci,id=disk1" },
	{ "'driver': 'virtio-blk-pci', 'id': 'x', "
	  "'bus': 'pci-bridge-0', 'addr': '0x2'",
	    "drive property not set" },
	{ "'driver': 'virtio-blk-pci', 'id': 'x', 'drive': 'nope', "
	  "'bus': 'pci-bridge-0', 'addr': '0x2'",
	    "Property 'virtio-blk-device.drive' can't find value "
	    "'nope'" },
	{ "'driver': 'virtio-net-pci', 'id': 'x', 'netdev': 'nope', "
	  "'bus': 'pci-bridge-0', 'addr': '0x2'",
	    "Property 'virtio-net-device.netdev' can't find value "
	    "'nope'" },
	{ "'driver': 'vhost-user-fs-pci', 'id': 'x', "
	  "'bus': 'pci-bridge-0', 'addr': '0x2'",
	    "missing chardev" },
	{ "'driver': 'virtio-blk-pci', 'id': 'x', 'colour': 1, "
	  "'bus': 'pci-bridge-0', 'addr': '0x2'",
	    "Property 'virtio-blk-pci.colour' not found" },
};

static void
device_add_is_checked(void **state)
{
	_free_ char *before = NULL, *after = NULL;
	size_t i;

	begin(NULL);
	add_disk();
	pass(60);
	before = picture();
	for (i = 0; i < ARRAY_SIZE(refusals); i++)
		no("device_add", refusals[i].arguments, refusals[i].why);
	has(ask("device_add",
		"'driver': 'virtio-blk-pci', 'id': 'x', 'drive': 'd1', "
		"'bus': 'pci-bridge-0', 'addr': '0x2'"),
	    "Permission conflict on node 'd1'");
	after = picture();
	assert_string_equal(before, after);
	end();
}

/* 7.2 takes it, and no guest ever sees it. */
static void
an_occupied_root_port(void **state)
{
	const struct fake_options ten = { .major = 10 };

	begin(NULL);
	ok("device_add", "'driver': 'virtio-rng-pci', 'id': 'a', 'bus': 'rp0'");
	ok("device_add", "'driver': 'virtio-rng-pci', 'id': 'b', 'bus': 'rp0'");
	pass(1000);
	has_picture("'pci':{'a':'02:00'}");
	end();

	begin(&ten);
	ok("device_add", "'driver': 'virtio-rng-pci', 'id': 'a', 'bus': 'rp0'");
	has(ask("device_add",
		"'driver': 'virtio-rng-pci', 'id': 'b', 'bus': 'rp0'"),
	    "no slot/function available");
	no("device_add",
	    "'driver': 'virtio-rng-pci', 'id': 'b', 'bus': 'pci-bridge-0', "
	    "'addr': 2",
	    "Invalid parameter type for 'addr', expected: string");
	end();
}

static void
buses_stand_as_query_pci_prints_them(void **state)
{
	begin(NULL);
	ok("device_add",
	    "'driver': 'virtio-rng-pci', 'id': 'r', 'bus': 'rp1', "
	    "'addr': '0x0'");
	has(ask("query-pci", NULL),
	    "'pci_bridge':{'bus':{'number':0,'secondary':1,'subordinate':1},"
	    "'devices':[]},'qdev_id':'pci-bridge-0','regions':[],'slot':2");
	has(rig.reply,
	    "'qdev_id':'r','regions':[{'address':-1,'bar':4,"
	    "'mem_type_64':true,'prefetch':true,'size':16384,'type':'memory'}],"
	    "'slot':0}]},'qdev_id':'rp1','regions':[],'slot':4");
	end();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nodes_hold_each_other),
		cmocka_unit_test(a_node_inside_another_goes_with_it),
		cmocka_unit_test(a_disk_comes_and_goes),
		cmocka_unit_test(device_add_is_checked),
		cmocka_unit_test(an_occupied_root_port),
		cmocka_unit_test(buses_stand_as_query_pci_prints_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
