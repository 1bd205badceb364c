/* virtio-mem's part of fitting the memory. */
#include "base64.h"
#include "fitting.h"

/* A virtio-mem device of so many MiB asked for and plugged; of 3840. */
static void
give_virtio_mem(
    struct fitting *f, const char *id, unsigned requested, unsigned size)
{
	json_array_append_new(replies_value(&f->r, "query-memory-devices"),
	    json_pack("{s:s, s:{s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:i}}",
		"type", "virtio-mem", "data", "id", id, "memdev",
		"/objects/qmpd-virtio-mem-backend", "memaddr",
		(json_int_t)(4 * GIB), "requested-size",
		(json_int_t)(requested * MIB), "size", (json_int_t)(size * MIB),
		"max-size", (json_int_t)(3840 * MIB), "block-size",
		(json_int_t)(2 * MIB), "node", 0));
	json_object_set_new(replies_value(&f->r, "query-memory-size-summary"),
	    "plugged-memory", json_integer((json_int_t)(size * MIB)));
}

static void
give_available(struct fitting *f, unsigned mib)
{
	_free_ char *text = xasprintf("MemAvailable: %u kB\n", mib * 1024);
	_free_ char *base64 = base64_encode(text, strlen(text));

	json_object_set_new(replies_value(&f->r, "guest-file-read"), "buf-b64",
	    json_string(base64));
}

static int
resize(struct fitting *f, unsigned mib)
{
	struct request request = {
		.resize = { 0, mib * MIB },
		.virtio_mem = true,
	};

	return fitting_fit(f, &request);
}

#define SIZE(bytes)                                                      \
	"memory qmpd-virtio-mem: size\n"                                 \
	"  qom-set {'path': '/machine/peripheral/qmpd-virtio-mem', "     \
	"'property': 'requested-size', 'value': " bytes "}\n"            \
	"  waits for the guest to plug or unplug so much (virtio-mem)\n" \
	"  waits for the guest to have it online; if it does not by "    \
	"itself, it is asked to (guest-set-memory-blocks)\n"

/* The device comes with the first memory that is needed, and is as large as
 * all that may ever be. 6.1 is the first that knows reserve=off. */
static void
it_is_added_when_it_is_needed(void **state)
{
	struct fitting f;

	fitting_read(&f, "7.2/q35-boot");
	assert_ok(resize(&f, 256), &f.e);
	expect_steps(&f, "");
	assert_ok(resize(&f, 511), &f.e);
	expect_rehearsal(&f,
	    "memory qmpd-virtio-mem: backend\n"
	    "  object-add {'id': 'qmpd-virtio-mem-backend', 'qom-type':"
	    " 'memory-backend-ram', 'reserve': false, 'size': 4026531840}\n"
	    "memory qmpd-virtio-mem: device\n"
	    "  device_add {'addr': '1', 'bus': 'pci-bridge-0', 'driver':"
	    " 'virtio-mem-pci', 'id': 'qmpd-virtio-mem', 'memdev':"
	    " 'qmpd-virtio-mem-backend'}\n" SIZE("268435456"));
	assert_int_equal(f.fitted.desired.memory, 512 * MIB);
	fitting_free(&f);
}

/* Where the boot memory is shared, what is added is, too. */
static void
shared_memory_stays_shared(void **state)
{
	json_auto_t *options = json_of(
	    "{'id': 'qmpd-virtio-mem-backend', 'qom-type':"
	    " 'memory-backend-memfd', 'size': 4026531840, 'share': true,"
	    " 'reserve': false}");
	const struct plan_step *step;
	struct fitting f;

	fitting_read(&f, "7.2/q35-boot");
	replies_set(&f.r, "query-memdev", "[{'id': 'ram0', 'share': true}]");
	assert_ok(resize(&f, 512), &f.e);
	step = plan_at(f.plan, 0);
	assert_true(json_equal(
	    json_object_get(
		json_object_get(json_array_get(step->commands, 0), "command"),
		"arguments"),
	    options));
	fitting_free(&f);
}

/* What is plugged in DIMMs is not the device's to give. */
static void
dimms_stay(void **state)
{
	static const unsigned mib[] = { 128 };
	struct fitting f;

	fitting_read(&f, "7.2/q35");
	give_dimms(&f, mib, 1);
	assert_ok(resize(&f, 640), &f.e);
	assert_non_null(f.plan);
	expect_rehearsal(&f,
	    "memory qmpd-virtio-mem: backend\n"
	    "  object-add {'id': 'qmpd-virtio-mem-backend', 'qom-type':"
	    " 'memory-backend-ram', 'reserve': false, 'size': 3892314112}\n"
	    "memory qmpd-virtio-mem: device\n"
	    "  device_add {'addr': '2', 'bus': 'pci-bridge-0', 'driver':"
	    " 'virtio-mem-pci', 'id': 'qmpd-virtio-mem', 'memdev':"
	    " 'qmpd-virtio-mem-backend'}\n" SIZE("268435456"));
	fitting_free(&f);
}

/* One that is there is used, by whatever name, whoever says what. */
static void
one_that_is_there_is_used(void **state)
{
	struct fitting f;

	fitting_read(&f, "7.2/q35-boot");
	give_virtio_mem(&f, "vm0", 128, 128);
	assert_ok(fitting_resize(&f, 0, 512 * MIB), &f.e);
	expect_rehearsal(&f,
	    "memory vm0: size\n"
	    "  qom-set {'path': '/machine/peripheral/vm0', 'property':"
	    " 'requested-size', 'value': 268435456}\n"
	    "  waits for the guest to plug or unplug so much (virtio-mem)\n"
	    "  waits for the guest to have it online; if it does not by "
	    "itself, it is asked to (guest-set-memory-blocks)\n");
	fitting_free(&f);
}

/* Sizes are whole multiples of what a guest plugs at once: 4Mi. */
static void
sizes_are_rounded_up(void **state)
{
	struct fitting f;

	fitting_read(&f, "7.2/q35-boot");
	give_virtio_mem(&f, "qmpd-virtio-mem", 0, 0);
	assert_ok(resize(&f, 257), &f.e);
	expect_rehearsal(&f, SIZE("4194304"));
	assert_int_equal(f.fitted.desired.memory, 260 * MIB);
	fitting_free(&f);
}

static void
virtio_mem_goes_before_dimms(void **state)
{
	static const unsigned mib[] = { 128, 128 };
	struct fitting f;

	fitting_read(&f, "10.0/q35");
	give_dimms(&f, mib, ARRAY_SIZE(mib));
	give_virtio_mem(&f, "qmpd-virtio-mem", 128, 128);
	assert_ok(resize(&f, 600), &f.e);
	expect_rehearsal(&f, SIZE("92274688"));
	assert_ok(resize(&f, 300), &f.e);
	expect_steps(&f,
	    "memory qmpd-virtio-mem: size\n"
	    "memory qmpd-dimm-1: device (remove)\n"
	    "memory qmpd-dimm-1: backend (remove)\n");
	/* 300 would need half a DIMM more. */
	assert_int_equal(f.fitted.desired.memory, 384 * MIB);
	fitting_free(&f);
}

/* Asked for more than it can spare, a guest would panic: of 512Mi it is asked
 * for 168Mi, as 32Mi of its 200Mi are its own. */
static void
a_guest_is_asked_for_what_it_can_spare(void **state)
{
	struct fitting f;

	fitting_read(&f, "7.2/q35-boot");
	give_virtio_mem(&f, "qmpd-virtio-mem", 512, 512);
	give_available(&f, 200);
	assert_ok(resize(&f, 256), &f.e);
	expect_rehearsal(&f, SIZE("360710144"));
	assert_int_equal(f.fitted.desired.memory, 256 * MIB);
	fitting_free(&f);
}

/* What a guest has not done yet is waited for once more. */
static void
what_is_not_done_yet_is_waited_for(void **state)
{
	struct fitting f;

	fitting_read(&f, "7.2/q35-boot");
	give_virtio_mem(&f, "qmpd-virtio-mem", 256, 128);
	assert_ok(resize(&f, 512), &f.e);
	expect_rehearsal(&f, SIZE("268435456"));
	fitting_free(&f);
	fitting_read(&f, "7.2/q35-boot");
	give_virtio_mem(&f, "qmpd-virtio-mem", 256, 256);
	assert_ok(resize(&f, 512), &f.e);
	expect_steps(&f, "");
	fitting_free(&f);
}

/* A backend that a crash left is taken away; what is needed comes anew. */
static void
a_leftover_backend_goes(void **state)
{
	struct fitting f;

	fitting_read(&f, "7.2/q35-boot");
	json_array_append_new(replies_value(&f.r, "qom-list-objects"),
	    json_pack("{s:s, s:s}", "name", "qmpd-virtio-mem-backend", "type",
		"child<memory-backend-ram>"));
	assert_ok(resize(&f, 256), &f.e);
	expect_steps(&f, "memory qmpd-virtio-mem: backend (remove)\n");
	assert_ok(resize(&f, 512), &f.e);
	expect_steps(&f,
	    "memory qmpd-virtio-mem: backend (remove)\n"
	    "memory qmpd-virtio-mem: backend\n"
	    "memory qmpd-virtio-mem: device\n"
	    "memory qmpd-virtio-mem: size\n");
	fitting_free(&f);
}

/* It takes the last slot, here a root port's, and what comes with it in the
 * same plan does not get that too. */
static void
its_slot_is_taken(void **state)
{
	json_auto_t *image = json_pack(
	    "{s:s, s:b}", "image", SRCDIR "/configure.ac", "read-only", 1);
	struct request request = {
		.resize = { 0, 512 * MIB },
		.virtio_mem = true,
	};
	struct fitting f;

	fitting_read(&f, "7.2/q35-boot");
	fill_bridge(&f, 31);
	assert_ok(fitting_fit(&f, &request), &f.e);
	request.add_type = "blk";
	request.add_id = "a";
	request.add_params = image;
	assert_int_equal(fitting_fit(&f, &request), -1);
	assert_non_null(strstr(f.e.text, "disk a: no slot is free"));
	assert_true(plan_is_empty(f.plan));
	fitting_free(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_added_when_it_is_needed),
		cmocka_unit_test(shared_memory_stays_shared),
		cmocka_unit_test(dimms_stay),
		cmocka_unit_test(one_that_is_there_is_used),
		cmocka_unit_test(sizes_are_rounded_up),
		cmocka_unit_test(virtio_mem_goes_before_dimms),
		cmocka_unit_test(a_guest_is_asked_for_what_it_can_spare),
		cmocka_unit_test(what_is_not_done_yet_is_waited_for),
		cmocka_unit_test(a_leftover_backend_goes),
		cmocka_unit_test(its_slot_is_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
