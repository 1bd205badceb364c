/* virtio-mem and the balloon of the fake: QEMU's side and the guest's. */
#include "rig.h"

#define SET(bytes)                                      \
	"'path': '/machine/peripheral/v', 'property': " \
	"'requested-size', 'value': " bytes
#define CHANGE(bytes)                                     \
	"MEMORY_DEVICE_SIZE_CHANGE {'id':'v','qom-path':" \
	"'/machine/peripheral/v','size':" bytes "}\n"

static void
add_virtio_mem(void)
{
	ok("object-add",
	    "'qom-type': 'memory-backend-ram', 'id': 'm', 'size': 1073741824, "
	    "'reserve': false");
	ok("device_add",
	    "'driver': 'virtio-mem-pci', 'id': 'v', 'memdev': 'm', 'bus': "
	    "'pci-bridge-0', 'addr': '1'");
	pass(60);
	events("");
}

static void
without_drivers(struct fake_guest *guest)
{
	guest->has_no_memory_drivers = true;
}

static void
keeping_100(struct fake_guest *guest)
{
	guest->keeps = 100 * MIB;
}

/* The guest plugs 64Mi at a time; without all of it gone there is no unplug. */
static void
virtio_mem_comes_and_goes(void **state)
{
	_free_ char *before = NULL, *after = NULL;

	begin(&(struct fake_options){ .major = 10 });
	before = picture();
	add_virtio_mem();
	ok("qom-set", SET("134217728"));
	pass(200);
	events(CHANGE("67108864") CHANGE("134217728"));
	assert_string_equal(ask("query-memory-devices", NULL),
	    "[{'data':{'block-size':2097152,'id':'v','max-size':1073741824,"
	    "'memaddr':4294967296,'memdev':'/objects/m','node':0,"
	    "'requested-size':134217728,'size':134217728},"
	    "'type':'virtio-mem'}]");
	has(ask("query-memory-size-summary", NULL),
	    "'plugged-memory':134217728");
	has(ask_agent("guest-get-memory-blocks", NULL), "'phys-index':32");
	no("device_del", "'id': 'v'",
	    "virtio-mem device cannot get unplugged while some of its memory "
	    "is still plugged");
	ok("qom-set", SET("0"));
	pass(200);
	events(CHANGE("67108864") CHANGE("0"));
	ok("device_del", "'id': 'v'");
	pass(200);
	has(ask("query-memory-devices", NULL), "[]");
	ok("object-del", "'id': 'm'");
	after = picture();
	assert_string_equal(before, after);
	end();
}

static void
sizes_are_checked(void **state)
{
	begin(NULL);
	add_virtio_mem();
	no("qom-set", SET("1048576"),
	    "'requested-size' has to be multiples of 'block-size' (0x200000)");
	no("qom-set", SET("2147483648"),
	    "'requested-size' cannot exceed the memory backend size"
	    "(0x40000000)");
	/* Its region is taken whatever is plugged of it: 1792Mi in all. */
	ok("object-add",
	    "'qom-type': 'memory-backend-ram', 'id': 'n', 'size': 1073741824");
	no("device_add", "'driver': 'pc-dimm', 'id': 'd', 'memdev': 'n'",
	    "not enough space, currently 0x40000000 in use of total space for "
	    "memory devices 0x70000000");
	no("device_del", "'id': 'v'",
	    "virtio based memory devices cannot be unplugged.");
	end();
}

static void
a_guest_without_drivers_does_nothing(void **state)
{
	begin(&(struct fake_options){ .has_balloon = true });
	set_guest(without_drivers);
	add_virtio_mem();
	ok("qom-set", SET("134217728"));
	ok("balloon", "'value': 134217728");
	pass(2000);
	events("");
	has(ask("query-balloon", NULL), "{'actual':268435456}");
	end();
}

static void
a_guest_keeps_what_it_uses(void **state)
{
	begin(&(struct fake_options){ .has_balloon = true });
	add_virtio_mem();
	ok("qom-set", SET("268435456"));
	pass(400);
	set_guest(keeping_100);
	ok("qom-set", SET("0"));
	ok("balloon", "'value': 1048576");
	pass(2000);
	has(ask("query-memory-devices", NULL), "'size':104857600");
	/* Of boot memory, which is all that it counts. */
	has(ask("query-balloon", NULL), "{'actual':104857600}");
	end();
}

static void
the_balloon_takes_and_gives(void **state)
{
	begin(&(struct fake_options){ .has_balloon = true });
	assert_string_equal(ask("query-balloon", NULL), "{'actual':268435456}");
	ok("balloon", "'value': 167772160");
	pass(300);
	events("BALLOON_CHANGE {'actual':201326592}\n"
	       "BALLOON_CHANGE {'actual':167772160}\n");
	add_memory("dimm1", 128);
	assert_string_equal(ask("query-balloon", NULL), "{'actual':301989888}");
	no("balloon", "'value': 0", "Parameter 'target' expects a size");
	end();
	begin(NULL);
	assert_string_equal(ask("query-balloon", NULL),
	    "DeviceNotActive: No balloon device has been activated");
	end();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(virtio_mem_comes_and_goes),
		cmocka_unit_test(sizes_are_checked),
		cmocka_unit_test(a_guest_without_drivers_does_nothing),
		cmocka_unit_test(a_guest_keeps_what_it_uses),
		cmocka_unit_test(the_balloon_takes_and_gives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
