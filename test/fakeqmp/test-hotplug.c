/* Memory and vCPUs of the fake: QEMU's side and the guest's. */
#include "rig.h"

/* ---- memory ---- */

static void
a_dimm_comes_and_goes(void **state)
{
	_free_ char *before = NULL, *after = NULL;

	begin(NULL);
	before = picture();
	add_memory("dimm1", 256);
	events("");
	no("object-del", "'id': 'mem-dimm1'",
	    "object 'mem-dimm1' is in use, can not be deleted");
	assert_string_equal(ask("query-memory-devices", NULL),
	    "[{'data':{'addr':4294967296,'hotpluggable':true,'hotplugged':true,"
	    "'id':'dimm1','memdev':'/objects/mem-dimm1','node':0,'size':"
	    "268435456,'slot':0},'type':'dimm'}]");
	assert_string_equal(ask("query-memory-size-summary", NULL),
	    "{'base-memory':268435456,'plugged-memory':268435456}");
	pass(60);
	events("ACPI_DEVICE_OST {'info':{'device':'dimm1','slot':'0',"
	       "'slot-type':'DIMM','source':1,'status':0}}\n");
	has_picture("'blocks':{'32':true,'33':true}");
	ok("device_del", "'id': 'dimm1'");
	pass(100);
	events("ACPI_DEVICE_OST {'info':{'device':'dimm1','slot':'0',"
	       "'slot-type':'DIMM','source':3,'status':132}}\n"
	       "DEVICE_DELETED {'device':'dimm1','path':"
	       "'/machine/peripheral/dimm1'}\n"
	       "ACPI_DEVICE_OST {'info':{'slot':'0','slot-type':'DIMM',"
	       "'source':3,'status':0}}\n");
	ok("object-del", "'id': 'mem-dimm1'");
	after = picture();
	assert_string_equal(before, after);
	end();
}

static void
slots_and_addresses_are_given_once(void **state)
{
	begin(NULL);
	add_memory("a", 128);
	add_memory("b", 128);
	add_memory("c", 512);
	pass(60);
	ok("device_del", "'id': 'b'");
	pass(100);
	add_memory("d", 128);
	has(ask("query-memory-devices", NULL),
	    "{'addr':4429185024,'hotpluggable':true,'hotplugged':true,'id':'d',"
	    "'memdev':'/objects/mem-d','node':0,'size':134217728,'slot':1}");
	add_memory("e", 128);
	ok("object-add",
	    "'qom-type': 'memory-backend-ram', 'id': 'm', 'size': 134217728");
	no("device_add", "'driver': 'pc-dimm', 'id': 'f', 'memdev': 'm'",
	    "no free slots available");
	no("device_add",
	    "'driver': 'pc-dimm', 'id': 'f', 'memdev': 'm', 'slot': 2",
	    "slot 2 is busy");
	no("device_add",
	    "'driver': 'pc-dimm', 'id': 'f', 'memdev': 'm', 'slot': 9",
	    "invalid slot number 9, valid range is [0-3]");
	no("device_add", "'driver': 'pc-dimm', 'id': 'f', 'memdev': 'mem-a'",
	    "can't use already busy memdev: mem-a");
	no("device_add", "'driver': 'pc-dimm', 'id': 'f'",
	    "'memdev' property must be set");
	end();
}

static void
memory_has_a_maximum(void **state)
{
	const struct fake_options none = { .slots = 2,
		.max_memory = 512 * MIB };

	begin(&none);
	add_memory("a", 128);
	ok("object-add",
	    "'qom-type': 'memory-backend-ram', 'id': 'm', 'size': 268435456");
	no("device_add", "'driver': 'pc-dimm', 'id': 'b', 'memdev': 'm'",
	    "not enough space, currently 0x8000000 in use of total space for "
	    "memory devices 0x10000000");
	ok("object-add",
	    "'qom-type': 'memory-backend-ram', 'id': 'n', 'size': 4096");
	no("device_add", "'driver': 'pc-dimm', 'id': 'b', 'memdev': 'n'",
	    "backend memory size must be multiple of 0x200000");
	end();
}

static void
refuse_unplug(struct fake_guest *guest)
{
	guest->unplug = FAKE_REFUSES;
}

static void
object_to_unplug(struct fake_guest *guest)
{
	guest->unplug = FAKE_OBJECTS;
}

static void
a_guest_may_refuse(void **state)
{
	begin(NULL);
	add_memory("a", 128);
	pass(60);
	events("ACPI_DEVICE_OST {'info':{'device':'a','slot':'0','slot-type':"
	       "'DIMM','source':1,'status':0}}\n");
	set_guest(refuse_unplug);
	ok("device_del", "'id': 'a'");
	pass(100);
	events("ACPI_DEVICE_OST {'info':{'device':'a','slot':'0','slot-type':"
	       "'DIMM','source':3,'status':132}}\n"
	       "ACPI_DEVICE_OST {'info':{'device':'a','slot':'0','slot-type':"
	       "'DIMM','source':3,'status':130}}\n");
	has(ask("query-acpi-ospm-status", NULL),
	    "{'device':'a','slot':'0','slot-type':'DIMM','source':3,"
	    "'status':130}");
	set_guest(object_to_unplug);
	ok("device_del", "'id': 'a'");
	pass(100);
	events("DEVICE_UNPLUG_GUEST_ERROR {'device':'a','path':"
	       "'/machine/peripheral/a'}\n");
	has(ask("query-memory-devices", NULL), "'id':'a'");
	end();
}

/* ---- vCPUs ---- */

static void
a_vcpu_comes_and_goes(void **state)
{
	_free_ char *before = NULL, *after = NULL;

	begin(NULL);
	before = picture();
	has(ask("query-hotpluggable-cpus", NULL),
	    "[{'props':{'core-id':0,'node-id':0,'socket-id':3,'thread-id':0},"
	    "'type':'max-x86_64-cpu','vcpus-count':1},");
	ok("device_add", CPU "'id': 'cpu-2', 'socket-id': 2");
	has(ask("query-hotpluggable-cpus", NULL),
	    "'qom-path':'/machine/peripheral/cpu-2'");
	has(ask("query-cpus-fast", NULL), "'cpu-index':2");
	assert_string_equal(ask_agent("guest-get-vcpus", NULL),
	    "[{'can-offline':false,'logical-id':0,'online':true}]");
	pass(60);
	events("ACPI_DEVICE_OST {'info':{'device':'cpu-2','slot':'2',"
	       "'slot-type':'CPU','source':1,'status':0}}\n");
	has(ask_agent("guest-get-vcpus", NULL),
	    "{'can-offline':true,'logical-id':1,'online':false}");
	assert_string_equal(ask_agent("guest-set-vcpus",
				"'vcpus': [{'logical-id': 1, 'online': true}]"),
	    "1");
	has_picture("'vcpus':{'0':true,'1':true}");
	ok("device_del", "'id': 'cpu-2'");
	pass(100);
	events("ACPI_DEVICE_OST {'info':{'device':'cpu-2','slot':'2',"
	       "'slot-type':'CPU','source':3,'status':132}}\n"
	       "DEVICE_DELETED {'path':'/machine/peripheral/cpu-2/lapic'}\n"
	       "ACPI_DEVICE_OST {'info':{'slot':'2','slot-type':'CPU',"
	       "'source':3,'status':0}}\n");
	after = picture();
	assert_string_equal(before, after);
	end();
}

static void
vcpus_are_checked(void **state)
{
	begin(NULL);
	no("device_add", CPU "'id': 'c', 'socket-id': 0",
	    "CPU[0] with APIC ID 0 exists");
	no("device_add", CPU "'id': 'c', 'socket-id': 4",
	    "Invalid CPU socket-id: 4 must be in range 0:3");
	no("device_add", CPU "'id': 'c'", "CPU socket-id is not set");
	no("device_add",
	    "'driver': 'qemu64-x86_64-cpu', 'id': 'c', 'socket-id': 1",
	    "Invalid CPU type, expected cpu type: 'max-x86_64-cpu'");
	has(ask_agent("guest-set-vcpus",
		"'vcpus': [{'logical-id': 7, 'online': true}]"),
	    "/sys/devices/system/cpu/cpu7/");
	has(ask_agent("guest-set-vcpus",
		"'vcpus': [{'logical-id': 0, 'online': false}]"),
	    "GenericError");
	end();
}

static void
ignore_vcpus(struct fake_guest *guest)
{
	guest->ignores_vcpus = true;
}

static void
a_guest_may_ignore_its_vcpus(void **state)
{
	begin(NULL);
	set_guest(ignore_vcpus);
	ok("device_add", CPU "'id': 'c', 'socket-id': 1");
	pass(10000);
	events("ACPI_DEVICE_OST {'info':{'device':'c','slot':'1','slot-type':"
	       "'CPU','source':1,'status':0}}\n");
	has_not(ask_agent("guest-get-vcpus", NULL), "'logical-id':1");
	end();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_dimm_comes_and_goes),
		cmocka_unit_test(slots_and_addresses_are_given_once),
		cmocka_unit_test(memory_has_a_maximum),
		cmocka_unit_test(a_guest_may_refuse),
		cmocka_unit_test(a_vcpu_comes_and_goes),
		cmocka_unit_test(vcpus_are_checked),
		cmocka_unit_test(a_guest_may_ignore_its_vcpus),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
