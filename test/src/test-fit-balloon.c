/* The balloon's part of fitting the memory. */
#include "base64.h"
#include "fitting.h"

/* A balloon that took so many MiB of the 256 and the DIMMs' all. */
static void
give_balloon(struct fitting *f, unsigned all, unsigned taken)
{
	json_t *root = json_array_get(replies_value(&f->r, "query-pci"), 0);

	json_array_append_new(json_object_get(root, "devices"),
	    json_pack("{s:i, s:i, s:i, s:s, s:[]}", "bus", 0, "slot", 9,
		"function", 0, "qdev_id", "balloon0", "regions"));
	json_array_append_new(
	    replies_value(&f->r, "qom-list-machine-peripheral"),
	    json_of("{'name': 'balloon0', 'type':"
		    " 'child<virtio-balloon-pci>'}"));
	replies_set(&f->r, "query-balloon", "{'actual': 0}");
	json_object_set_new(replies_value(&f->r, "query-balloon"), "actual",
	    json_integer((json_int_t)((all - taken) * MIB)));
	replies_set(&f->r, "qom-get-machine-peripheral-balloon0-guest-stats",
	    "{'stats': {'stat-free-memory': 1, 'stat-oom-kills':"
	    " 18446744073709551615.0, 'stat-swap-in': -1},"
	    " 'last-update': 1}");
	replies_set(&f->r, "qom-get-machine-memory-backend", "'/objects/ram0'");
	replies_set(&f->r, "qom-get-objects-ram0-share", "false");
}

static void
give_available(struct fitting *f, unsigned mib)
{
	_free_ char *text = xasprintf("MemAvailable: %u kB\n", mib * 1024);
	_free_ char *base64 = base64_encode(text, strlen(text));

	json_object_set_new(replies_value(&f->r, "guest-file-read"), "buf-b64",
	    json_string(base64));
}

/* ram0 is a file that its mapping is private of, or another thing. */
static void
give_backend(struct fitting *f, const char *type)
{
	json_array_append_new(replies_value(&f->r, "qom-list-objects"),
	    json_pack("{s:s, s:s}", "name", "ram0", "type", type));
}

#define SIZE(bytes)                                    \
	"memory balloon0: size\n"                      \
	"  balloon {'value': " bytes "}\n"             \
	"  waits for the balloon to be of that size\n" \
	"  waits for the guest to answer meanwhile\n"

/* Below what the VM was started with: whole MiB. */
static void
it_takes_boot_memory(void **state)
{
	struct fitting f;

	fitting_read(&f, "7.2/q35-boot");
	give_balloon(&f, 256, 0);
	assert_ok(fitting_resize(&f, 0, 200 * MIB - 1), &f.e);
	expect_rehearsal(&f, SIZE("209715200"));
	assert_int_equal(f.fitted.desired.memory, 200 * MIB);
	fitting_free(&f);
}

/* It gives back before anything is plugged. */
static void
it_gives_back_first(void **state)
{
	struct fitting f;

	fitting_read(&f, "7.2/q35-boot");
	give_balloon(&f, 256, 56);
	assert_ok(fitting_resize(&f, 0, 220 * MIB), &f.e);
	expect_rehearsal(&f, SIZE("230686720"));
	assert_ok(fitting_resize(&f, 0, 384 * MIB), &f.e);
	expect_steps(&f,
	    "memory balloon0: size\n"
	    "memory qmpd-dimm-0: backend\n"
	    "memory qmpd-dimm-0: device\n"
	    "memory qmpd-dimm-0: guest\n"
	    "memory qmpd-dimm-0: online\n");
	fitting_free(&f);
}

/* DIMMs go as a whole, and it takes the rest; when all of one can go, what it
 * took of that comes back first. */
static void
it_takes_what_dimms_cannot_give(void **state)
{
	static const unsigned mib[] = { 512, 128 };
	struct fitting f;

	fitting_read(&f, "7.2/q35");
	give_dimms(&f, mib, ARRAY_SIZE(mib));
	give_balloon(&f, 896, 0);
	assert_ok(fitting_resize(&f, 0, 512 * MIB), &f.e);
	expect_steps(&f,
	    "memory qmpd-dimm-1: device (remove)\n"
	    "memory qmpd-dimm-1: backend (remove)\n"
	    "memory balloon0: size\n");
	assert_int_equal(f.fitted.desired.memory, 512 * MIB);
	fitting_free(&f);
	fitting_read(&f, "7.2/q35");
	give_dimms(&f, mib, 1);
	give_balloon(&f, 768, 256);
	assert_ok(fitting_resize(&f, 0, 256 * MIB), &f.e);
	expect_rehearsal(&f,
	    SIZE("805306368") "memory qmpd-dimm-0: device (remove)\n"
			      "  device_del {'id': 'qmpd-dimm-0'}\n"
			      "  waits for the guest to give it up\n"
			      "memory qmpd-dimm-0: backend (remove)\n"
			      "  object-del {'id': 'qmpd-mem-0'}\n");
	fitting_free(&f);
}

static void
a_guest_is_asked_for_what_it_can_spare(void **state)
{
	struct fitting f;

	fitting_read(&f, "7.2/q35-boot");
	give_balloon(&f, 256, 0);
	give_available(&f, 72);
	/* 32 of 72Mi are the guest's own. */
	assert_ok(fitting_resize(&f, 0, 128 * MIB), &f.e);
	expect_rehearsal(&f, SIZE("226492416"));
	assert_int_equal(f.fitted.desired.memory, 128 * MIB);
	fitting_free(&f);
}

/* Out of a file that is mapped privately QEMU would punch it. */
static void
it_does_not_harm_a_file(void **state)
{
	static const struct {
		const char *type, *memdevs, *steps;
	} rows[] = {
		{ "child<memory-backend-file>",
		    "[{'id': 'ram0', 'share': false}]", "" },
		{ "child<memory-backend-file>",
		    "[{'id': 'ram0', 'share': true}]",
		    "memory balloon0: size\n" },
		{ "child<memory-backend-memfd>",
		    "[{'id': 'ram0', 'share': false}]",
		    "memory balloon0: size\n" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct fitting f;

		fitting_read(&f, "7.2/q35-boot");
		give_balloon(&f, 256, 0);
		give_backend(&f, rows[i].type);
		replies_set(&f.r, "query-memdev", rows[i].memdevs);
		assert_ok(fitting_resize(&f, 0, 200 * MIB), &f.e);
		expect_steps(&f, rows[i].steps);
		fitting_free(&f);
	}
}

/* QEMU 5.2 tells of all memory but whether it is shared. */
static void
an_old_qemu_tells_by_the_backend(void **state)
{
	struct fitting f;

	fitting_read(&f, "7.2/q35-boot");
	give_balloon(&f, 256, 0);
	give_backend(&f, "child<memory-backend-file>");
	replies_set(&f.r, "query-memdev", "[{'id': 'ram0'}]");
	assert_ok(fitting_resize(&f, 0, 200 * MIB), &f.e);
	expect_steps(&f, "");
	replies_set(&f.r, "qom-get-objects-ram0-share", "true");
	assert_ok(fitting_resize(&f, 0, 200 * MIB), &f.e);
	expect_steps(&f, "memory balloon0: size\n");
	fitting_free(&f);
}

/* What it took is not the guest's; what a guest does not know is no figure. */
static void
it_is_shown(void **state)
{
	json_auto_t *wanted =
	    json_of("{'id': 'balloon0', 'actual': 209715200, 'taken': 58720256,"
		    " 'stats': {'stat-free-memory': 1}}");
	json_auto_t *shown = NULL;
	const json_t *memory;
	struct fitting f;

	fitting_read(&f, "7.2/q35-boot");
	give_balloon(&f, 256, 56);
	shown = actual_json(replies_observe(&f.r));
	memory = json_object_get(shown, "memory");
	assert_true(json_equal(json_object_get(memory, "balloon"), wanted));
	assert_int_equal(
	    json_integer_value(json_object_get(memory, "requested")),
	    200 * MIB);
	assert_int_equal(
	    json_integer_value(json_object_get(memory, "actual")), 200 * MIB);
	fitting_free(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_takes_boot_memory),
		cmocka_unit_test(it_gives_back_first),
		cmocka_unit_test(it_takes_what_dimms_cannot_give),
		cmocka_unit_test(a_guest_is_asked_for_what_it_can_spare),
		cmocka_unit_test(it_does_not_harm_a_file),
		cmocka_unit_test(an_old_qemu_tells_by_the_backend),
		cmocka_unit_test(it_is_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
