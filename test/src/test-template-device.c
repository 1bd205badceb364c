/* Which devices a template may have, and the files behind them. */
#include "scratch.h"
#include "template-config-internal.h"

/* What belongs to one VM is no part of all clones. */
static void
what_clones_cannot_share_is_refused(void **state)
{
	static const struct {
		const char *name, *arguments, *why; /* NULL: they can */
	} rows[] = {
		{ "blockdev-add", "{\"read-only\": true}", NULL },
		{ "blockdev-add", "{\"read-only\": false}",
		    "read-only: true is wanted" },
		{ "blockdev-add", "{}", "read-only: true is wanted" },
		{ "object-add",
		    "{\"qom-type\": \"memory-backend-file\", \"share\": true}",
		    "private: true is wanted" },
		{ "object-add",
		    "{\"qom-type\": \"memory-backend-file\", \"share\": "
		    "false}",
		    NULL },
		{ "object-add", "{\"qom-type\": \"rng-builtin\"}", NULL },
		{ "device_add", "{\"driver\": \"virtio-rng-pci\"}", NULL },
		{ "device_add", "{\"driver\": \"vfio-pci\"}",
		    "a device of the host belongs to one VM" },
		{ "device_add", "{\"driver\": \"vhost-vsock-pci\"}",
		    "its backend serves one VM" },
		{ "device_add", "{\"driver\": \"vhost-user-fs-pci\"}",
		    "its backend serves one VM" },
		{ "netdev_add", "{\"type\": \"user\"}", NULL },
		{ "getfd", "{\"fdname\": \"qmpd.t.eth.0\"}",
		    "a tap belongs to one VM" },
		{ "netdev_add", "{\"type\": \"tap\"}",
		    "a tap belongs to one VM" },
		{ "netdev_add", "{\"type\": \"vhost-user\"}",
		    "its backend serves one VM" },
		{ "chardev-add", "{\"backend\": {\"type\": \"pty\"}}", NULL },
		{ "chardev-add", "{\"backend\": {\"type\": \"file\"}}",
		    "clones would write over each other's file" },
		{ "chardev-add", "{\"backend\": {\"type\": \"socket\"}}",
		    "who is behind a socket serves one VM" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		json_auto_t *command = must(json_pack("{s:s, s:o}", "execute",
		    rows[i].name, "arguments",
		    must(json_loads(rows[i].arguments, 0, NULL))));
		struct err e = { "" };
		int rc = template_check_shared(command, &e);

		assert_int_equal(rc, rows[i].why ? -1 : 0);
		if (rows[i].why && !str_starts(e.text, rows[i].why))
			fail_msg("wanted %s\ngot %s", rows[i].why, e.text);
	}
}

/* The last option that a source of randomness becomes. */
static void
expect_option(int bridges, int ports, bool legacy, const char *wanted)
{
	struct template_config c;
	struct err e = { "" };

	template_config_init(&c);
	c.path = xstrdup("/nonexistent");
	c.machine_type = xstrdup("q35");
	c.default_bridges = bridges;
	c.pcie_root_port = ports;
	c.disable_modern = legacy;
	c.kernel = xstrdup("/nonexistent");
	c.default_maxvcpus = 1;
	c.default_maxmemory = c.default_memory;
	c.devices = must(json_pack("[{s:s, s:s}]", "id", "r", "type", "rng"));
	assert_ok(template_plug_devices(&c, &e), &e);
	assert_int_equal(c.device_options.n, 4);
	assert_string_equal(c.device_options.items[0], "-object");
	assert_string_equal(c.device_options.items[3], wanted);
	template_config_release(&c);
}

/* Inside a VM they are legacy devices, but for those on a root port, where
 * there are none. */
static void
devices_are_legacy_where_they_can(void **state)
{
	expect_option(1, 1, false,
	    "virtio-rng-pci,id=r,bus=pci-bridge-0,addr=1,rng=qmpd.r.r");
	expect_option(1, 1, true,
	    "virtio-rng-pci,id=r,bus=pci-bridge-0,addr=1,rng=qmpd.r.r,"
	    "disable-modern=on");
	expect_option(0, 1, true,
	    "virtio-rng-pci,id=r,bus=root-port-0,addr=0,rng=qmpd.r.r");
}

/* Files that options name, whatever stands around them. */
static void
files_behind_devices_are_found(void **state)
{
	char *comma = xstrdup(scratch_file("a,b", "one"));
	_free_ char *escaped = xasprintf(
	    "qcow2,node-name=n,file.driver=file,file.filename=%s/a,,b,x=y",
	    scratch());
	_free_ char *memory = xasprintf("memory-backend-file,id=m,mem-path=%s",
	    scratch_file("memory", "two"));
	char *items[] = { (char[]){ "-blockdev" }, escaped,
		(char[]){ "-object" }, memory, (char[]){ "-object" },
		(char[]){ "rng-random,id=r,filename=/dev/null" },
		(char[]){ "-device" },
		(char[]){ "x,myfilename=/none,filename.y=/none,z" } };
	const struct template_list options = { items, ARRAY_SIZE(items) };
	struct template_files files = { 0 };
	struct err e = { "" };

	assert_ok(template_files_read(&files, &options, &e), &e);
	assert_int_equal(files.n, 2);
	assert_string_equal(files.items[0].path, comma);
	assert_int_equal(files.items[0].size, 3);
	assert_string_equal(files.items[1].path, scratch_path("memory"));
	template_files_release(&files);
	unlink(comma);
	free(comma);
	assert_int_equal(template_files_read(&files, &options, &e), -1);
	assert_non_null(strstr(e.text, "a,b"));
	template_files_release(&files);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_clones_cannot_share_is_refused),
		cmocka_unit_test(devices_are_legacy_where_they_can),
		cmocka_unit_test(files_behind_devices_are_found),
	};

	return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
