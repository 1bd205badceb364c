/* Devices of all kinds, against what QEMU and its guest say of them. */
#include "rig.h"

#define ON_BRIDGE "'bus': 'pci-bridge-0', "
#define HD "'driver': 'scsi-hd', 'bus': 'sc.0', "
#define PERIPHERAL "/machine/peripheral"

static void
add_node(const char *name)
{
	_free_ char *text =
	    xasprintf("'driver': 'null-co', 'node-name': '%s'", name);

	ok("blockdev-add", text);
}

static const char *
get(const char *id, const char *property)
{
	_free_ char *text = xasprintf(
	    "'path': '" PERIPHERAL "/%s', 'property': '%s'", id, property);

	return ask("qom-get", text);
}

/* ---- SCSI ---- */

static void
begin_scsi(void)
{
	begin(NULL);
	ok("device_add",
	    "'driver': 'virtio-scsi-pci', 'id': 'sc', " ON_BRIDGE
	    "'addr': '5'");
	add_node("d1");
	add_node("d2");
}

static const struct {
	const char *arguments, *why;
} scsi_refusals[] = {
	{ HD "'scsi-id': 1, 'lun': 1", "drive property not set" },
	{ HD "'drive': 'x'", "Property 'scsi-hd.drive' can't find value 'x'" },
	{ HD "'drive': 'd2', 'scsi-id': 1, 'lun': 0",
	    "lun already used by 'h1'" },
	{ HD "'drive': 'd2', 'scsi-id': 256", "bad scsi device id: 256" },
	{ HD "'drive': 'd2', 'lun': 20000", "bad scsi device lun: 20000" },
	{ HD "'drive': 'd2', 'channel': 1", "bad scsi channel id: 1" },
	{ HD "'drive': 'd1'",
	    "Permission conflict on node 'd1': permissions 'write' are both "
	    "required by block device 'h1' (uses node 'd1' as 'root' child) "
	    "and unshared by block device 'h2' (uses node 'd1' as 'root' "
	    "child)." },
	{ "'driver': 'scsi-hd', 'drive': 'd2', 'bus': 'x.0'",
	    "Bus 'x.0' not found" },
	{ "'driver': 'scsi-hd', 'drive': 'd2', 'bus': 'pci-bridge-0'",
	    "Device 'scsi-hd' can't go on PCI bus" },
	{ "'driver': 'scsi-hd', 'drive': 'd2', 'bus': 'rp0'",
	    "Device 'scsi-hd' can't go on PCIE bus" },
	{ "'driver': 'virtio-rng-pci', 'bus': 'sc.0'",
	    "Device 'virtio-rng-pci' can't go on SCSI bus" },
};

static void
scsi_disks_are_checked(void **state)
{
	_free_ char *before = NULL, *after = NULL;
	size_t i;

	begin_scsi();
	ok("device_add", HD "'id': 'h1', 'drive': 'd1', 'scsi-id': 1");
	pass(60);
	before = picture();
	for (i = 0; i < ARRAY_SIZE(scsi_refusals); i++) {
		_free_ char *text =
		    xasprintf("%s, 'id': 'h2'", scsi_refusals[i].arguments);

		no("device_add", text, scsi_refusals[i].why);
	}
	after = picture();
	assert_string_equal(before, after);
	end();
	begin(NULL);
	add_node("d");
	no("device_add", "'driver': 'scsi-hd', 'id': 'h', 'drive': 'd'",
	    "No 'SCSI' bus found for device 'scsi-hd'");
	end();
}

static void
a_scsi_disk_needs_no_leave_to_go(void **state)
{
	begin_scsi();
	ok("device_add",
	    HD "'id': 'h1', 'drive': 'd1', 'scsi-id': 3, 'lun': 2");
	ok("device_add", HD "'id': 'h2', 'drive': 'd2', 'scsi-id': 3");
	assert_string_equal(get("h2", "lun"), "0");
	pass(60);
	has(ask_agent("guest-get-disks", NULL),
	    "{'address':{'bus':0,'bus-type':'scsi','dev':'/dev/sda',"
	    "'pci-controller':{'bus':1,'domain':0,'function':0,'slot':5},"
	    "'target':0,'unit':2},'dependencies':[],'name':'/dev/sda',"
	    "'partition':false}");
	has(ask("query-block", NULL), "'qdev':'h1'");
	has_not(ask("query-pci", NULL), "'h1'");
	ok("device_del", "'id': 'h1'");
	events("");
	has_not(ask("qom-list", "'path': '" PERIPHERAL "'"), "'h1'");
	assert_string_equal(ask("device_del", "'id': 'h1'"),
	    "DeviceNotFound: Device 'h1' not found");
	pass(2);
	events("DEVICE_DELETED {'device':'h1','path':'" PERIPHERAL "/h1'}\n");
	ok("blockdev-del", "'node-name': 'd1'");
	has_not(ask_agent("guest-get-disks", NULL), "sda");
	end();
}

static void
a_controller_takes_its_disks_along(void **state)
{
	_free_ char *before = NULL, *after = NULL;

	begin(NULL);
	before = picture();
	end();
	begin_scsi();
	ok("device_add", HD "'id': 'h1', 'drive': 'd1'");
	ok("device_add", HD "'id': 'h2', 'drive': 'd2'");
	pass(60);
	ok("device_del", "'id': 'sc'");
	pass(100);
	events("DEVICE_DELETED {'device':'h2','path':'" PERIPHERAL "/h2'}\n"
	       "DEVICE_DELETED {'device':'h1','path':'" PERIPHERAL "/h1'}\n"
	       "DEVICE_DELETED {'path':'" PERIPHERAL "/sc/virtio-backend'}\n"
	       "DEVICE_DELETED {'device':'sc','path':'" PERIPHERAL "/sc'}\n");
	ok("blockdev-del", "'node-name': 'd1'");
	ok("blockdev-del", "'node-name': 'd2'");
	after = picture();
	assert_string_equal(before, after);
	end();
}

/* ---- serial ports ---- */

#define AT_VS "'bus': 'vs.0', "

static void
ports_have_numbers_and_names(void **state)
{
	begin(NULL);
	ok("device_add",
	    "'driver': 'virtio-serial-pci', 'id': 'vs', " ON_BRIDGE
	    "'addr': '5'");
	add_null("c");
	ok("device_add",
	    "'driver': 'virtserialport', " AT_VS
	    "'id': 'p1', 'chardev': 'c', 'name': 'x'");
	assert_string_equal(get("p1", "nr"), "1");
	assert_string_equal(get("p1", "chardev"), "'c'");
	no("device_add",
	    "'driver': 'virtserialport', " AT_VS "'id': 'p2', 'chardev': 'c'",
	    "Property 'virtserialport.chardev' can't take value 'c': Device "
	    "'c' is in use");
	no("device_add",
	    "'driver': 'virtserialport', " AT_VS "'id': 'p2', 'name': 'x'",
	    "virtio-serial-bus: A port already exists by name x");
	no("device_add",
	    "'driver': 'virtserialport', " AT_VS "'id': 'p2', 'nr': 1",
	    "virtio-serial-bus: A port already exists at id 1");
	no("device_add",
	    "'driver': 'virtserialport', " AT_VS "'id': 'p2', 'nr': 99",
	    "virtio-serial-bus: Out-of-range port id specified, max. allowed: "
	    "30");
	no("device_add",
	    "'driver': 'virtserialport', " AT_VS "'id': 'p2', 'nr': 0",
	    "Port number 0 on virtio-serial devices reserved for virtconsole "
	    "devices for backward compatibility.");
	ok("device_add", "'driver': 'virtconsole', 'id': 'con'");
	assert_string_equal(get("con", "nr"), "0");
	no("chardev-remove", "'id': 'c'", "Chardev 'c' is busy");
	ok("device_del", "'id': 'p1'");
	pass(2);
	events("DEVICE_DELETED {'device':'p1','path':'" PERIPHERAL "/p1'}\n");
	ok("chardev-remove", "'id': 'c'");
	end();
}

/* ---- the rest of PCI ---- */

static void
a_serial_card_has_a_device_inside(void **state)
{
	begin(NULL);
	add_null("c");
	ok("device_add",
	    "'driver': 'pci-serial', 'id': 's', 'chardev': 'c', " ON_BRIDGE
	    "'addr': '6'");
	no("device_add",
	    "'driver': 'pci-serial', 'id': 't', 'chardev': 'x', " ON_BRIDGE
	    "'addr': '7'",
	    "Property 'serial.chardev' can't find value 'x'");
	pass(60);
	ok("device_del", "'id': 's'");
	pass(100);
	events("DEVICE_DELETED {'path':'" PERIPHERAL "/s/serial'}\n"
	       "DEVICE_DELETED {'device':'s','path':'" PERIPHERAL "/s'}\n");
	ok("chardev-remove", "'id': 'c'");
	end();
}

static void
a_bridge_is_a_bus(void **state)
{
	_free_ char *before = NULL, *after = NULL;

	begin(NULL);
	before = picture();
	no("device_add",
	    "'driver': 'pci-bridge', 'id': 'br', " ON_BRIDGE "'addr': '14'",
	    "Bridge chassis not specified. Each bridge is required to be "
	    "assigned a unique chassis id > 0.");
	ok("device_add",
	    "'driver': 'pci-bridge', 'id': 'br', 'chassis_nr': 9, " ON_BRIDGE
	    "'addr': '14'");
	ok("device_add",
	    "'driver': 'virtio-rng-pci', 'id': 'r', 'bus': 'br', 'addr': '1'");
	assert_string_equal(get("r", "addr"), "8");
	pass(60);
	has(ask("query-pci", NULL),
	    "'pci_bridge':{'bus':{'number':1,'secondary':4,'subordinate':4},"
	    "'devices':[{'bus':4,");
	ok("device_del", "'id': 'br'");
	pass(100);
	events("DEVICE_DELETED {'path':'" PERIPHERAL "/r/virtio-backend'}\n"
	       "DEVICE_DELETED {'device':'r','path':'" PERIPHERAL "/r'}\n"
	       "DEVICE_DELETED {'device':'br','path':'" PERIPHERAL "/br'}\n");
	after = picture();
	assert_string_equal(before, after);
	end();
}

static const struct {
	const char *arguments, *why;
} refusals[] = {
	{ "'driver': 'vhost-vsock-pci', 'guest-cid': 2",
	    "guest-cid property must be greater than 2" },
	{ "'driver': 'vhost-vsock-pci', 'guest-cid': 3",
	    "vhost-vsock: unable to set guest cid: Address already in use" },
	{ "'driver': 'vfio-pci'", "No provided host device" },
	{ "'driver': 'vfio-pci', 'host': '0000:00:99.0'",
	    "Property 'vfio-pci.host' doesn't take value '0000:00:99.0'" },
	{ "'driver': 'vfio-pci', 'host': '0000:01:00.0'",
	    "vfio 0000:01:00.0: device is already attached" },
	{ "'driver': 'vfio-pci', 'host': '0000:01:00.1', 'iommufd': 'i'",
	    "Property 'vfio-pci.iommufd' not found" },
	{ "'driver': 'vhost-user-blk-pci'", "chardev is mandatory" },
	{ "'driver': 'vhost-user-blk-pci', 'chardev': 'x'",
	    "Property 'vhost-user-blk.chardev' can't find value 'x'" },
	{ "'driver': 'vhost-user-scsi-pci'",
	    "vhost-user-scsi: missing chardev" },
	{ "'driver': 'vhost-user-fs-pci', 'chardev': 'c'",
	    "missing tag property" },
	{ "'driver': 'vhost-user-fs-pci', 'chardev': 'c', 'tag': ''",
	    "tag property cannot be empty" },
};

static void
models_are_particular(void **state)
{
	_free_ char *before = NULL, *after = NULL;
	size_t i;

	begin(NULL);
	add_socket("c");
	ok("device_add",
	    "'driver': 'vhost-vsock-pci', 'id': 'v', 'guest-cid': 3, " ON_BRIDGE
	    "'addr': '1'");
	ok("device_add",
	    "'driver': 'vfio-pci', 'id': 'f', 'host': '0000:01:00.0', "
	    "'bus': 'rp0', 'addr': '0'");
	assert_string_equal(get("v", "guest-cid"), "3");
	assert_string_equal(get("f", "host"), "'0000:01:00.0'");
	pass(60);
	before = picture();
	for (i = 0; i < ARRAY_SIZE(refusals); i++) {
		_free_ char *text =
		    xasprintf("%s, 'id': 'x', " ON_BRIDGE "'addr': '2'",
			refusals[i].arguments);

		no("device_add", text, refusals[i].why);
	}
	after = picture();
	assert_string_equal(before, after);
	end();
}

static void
an_iommufd_notices_its_user(void **state)
{
	const struct fake_options ten = { .major = 10 };

	begin(&ten);
	ok("object-add", "'qom-type': 'iommufd', 'id': 'i'");
	ok("device_add",
	    "'driver': 'vfio-pci', 'id': 'f', 'host': '0000:01:00.0', "
	    "'iommufd': 'i', 'bus': 'rp0', 'addr': '0'");
	assert_string_equal(get("f", "iommufd"), "'/objects/i'");
	no("object-del", "'id': 'i'",
	    "object 'i' is in use, can not be deleted");
	pass(60);
	ok("device_del", "'id': 'f'");
	pass(100);
	events("DEVICE_DELETED {'device':'f','path':'" PERIPHERAL "/f'}\n");
	ok("object-del", "'id': 'i'");
	end();
}

/* ---- persistent memory ---- */

static void
an_nvdimm_stays(void **state)
{
	const struct fake_options none = { .no_nvdimm = true };
	const char *nvdimm = "'driver': 'nvdimm', 'id': 'nv', 'memdev': 'm'";
	const char *memory =
	    "'qom-type': 'memory-backend-file', 'id': 'm', 'size': 134217728, "
	    "'mem-path': '/m'";

	begin(NULL);
	ok("object-add", memory);
	ok("device_add", nvdimm);
	has(ask("query-memory-devices", NULL), "'slot':0},'type':'nvdimm'}");
	assert_string_equal(get("nv", "memdev"), "'/objects/m'");
	pass(60);
	events("");
	has_picture("'blocks':{}");
	no("device_del", "'id': 'nv'",
	    "nvdimm device hot unplug is not supported yet.");
	no("object-del", "'id': 'm'",
	    "object 'm' is in use, can not be deleted");
	no("device_add",
	    "'driver': 'nvdimm', 'id': 'nw', 'memdev': 'm', 'label-size': 1",
	    "Property 'nvdimm.label-size' (0x1) is required at least 0x20000");
	end();
	begin(&none);
	ok("object-add", memory);
	no("device_add", nvdimm,
	    "nvdimm is not enabled: missing 'nvdimm' in '-M'");
	end();
}

/* ---- what QEMU says of itself ---- */

static void
models_have_properties(void **state)
{
	begin(NULL);
	has(ask("device-list-properties", "'typename': 'vhost-user-fs-pci'"),
	    "{'name':'tag','type':'str'}");
	has_not(
	    ask("device-list-properties", "'typename': 'vfio-pci'"), "iommufd");
	assert_string_equal(
	    ask("device-list-properties", "'typename': 'nothing'"),
	    "DeviceNotFound: Device 'nothing' not found");
	has(ask("qom-list-types", NULL), "'name':'vhost-vsock-pci'");
	has(ask("query-qmp-schema", NULL),
	    "{'arg-type':'1','meta-type':'command','name':'chardev-add',"
	    "'ret-type':'0'}");
	has(rig.reply, "{'default':null,'name':'reconnect','type':'int'}");
	has_not(rig.reply, "reconnect-ms");
	has_not(rig.reply, "iommufd");
	end();
}

/* Every type that the schema refers to is in it, once. */
static void
the_schema_is_whole(void **state)
{
	const struct fake_options eleven = { .major = 11, .minor = 1 };
	json_t *names = must(json_object()), *all, *entry, *member;
	size_t i, k;

	begin(&eleven);
	all = json_of(ask("query-qmp-schema", NULL));
	json_array_foreach (all, i, entry) {
		json_t *name = json_object_get(entry, "name");

		assert_null(json_object_get(names, json_string_value(name)));
		json_object_set(names, json_string_value(name), entry);
	}
	json_array_foreach (all, i, entry) {
		const char *keys[] = { "members", "variants" };
		size_t n;

		for (n = 0; n < ARRAY_SIZE(keys); n++)
			json_array_foreach (
			    json_object_get(entry, keys[n]), k, member) {
				const char *type = json_string_value(
				    json_object_get(member, "type"));

				if (type)
					assert_non_null(
					    json_object_get(names, type));
			}
	}
	json_decref(all);
	json_decref(names);
	has(rig.reply, "'reconnect-ms'");
	has_not(rig.reply, "'reconnect'");
	has(rig.reply, "'iommufd'");
	end();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scsi_disks_are_checked),
		cmocka_unit_test(a_scsi_disk_needs_no_leave_to_go),
		cmocka_unit_test(a_controller_takes_its_disks_along),
		cmocka_unit_test(ports_have_numbers_and_names),
		cmocka_unit_test(a_serial_card_has_a_device_inside),
		cmocka_unit_test(a_bridge_is_a_bus),
		cmocka_unit_test(models_are_particular),
		cmocka_unit_test(an_iommufd_notices_its_user),
		cmocka_unit_test(an_nvdimm_stays),
		cmocka_unit_test(models_have_properties),
		cmocka_unit_test(the_schema_is_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
