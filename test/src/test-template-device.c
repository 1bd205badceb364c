/* Which devices a template may have: those that all its clones can have at
 * the same time. */
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_clones_cannot_share_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
