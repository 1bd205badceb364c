/* The memory's part of fitting. */
#include "base64.h"
#include "fitting.h"
#include "scratch.h"

/* What the guest says that it has left; the recorded text otherwise. */
static void
give_available(struct fitting *f, uint64_t bytes)
{
	_free_ char *text =
	    xasprintf("MemTotal: 240000 kB\nMemAvailable: %llu kB\n",
		(unsigned long long)(bytes / KIB));
	_free_ char *base64 = base64_encode(text, strlen(text));

	json_object_set_new(replies_value(&f->r, "guest-file-read"), "buf-b64",
	    json_string(base64));
}

/* This object is there, and no device uses it. */
static void
give_object(struct fitting *f, const char *id)
{
	json_array_append_new(replies_value(&f->r, "qom-list-objects"),
	    json_pack(
		"{s:s, s:s}", "name", id, "type", "child<memory-backend-ram>"));
}

/* Memory is given back by whole DIMMs: as much as possible, and no more. */
static void
shrinks_by_the_best_fit(void **state)
{
	static const struct {
		unsigned mib[4], want, left;
		const char *steps;
	} rows[] = {
#define GO(n)                                       \
	"memory qmpd-dimm-" n ": device (remove)\n" \
	"memory qmpd-dimm-" n ": backend (remove)\n"
		{ { 128, 512, 256 }, 896, 896, GO("2") },
		{ { 128, 512, 256 }, 512, 512, GO("0") GO("1") },
		{ { 128, 512, 256 }, 640, 640, GO("1") },
		{ { 128, 512, 256 }, 256, 256, GO("0") GO("1") GO("2") },
		/* 384 go, not 512: what is wanted is never undercut. */
		{ { 128, 512, 256 }, 700, 768, GO("0") GO("2") },
		{ { 512 }, 640, 768, "" },
		/* Of those of one size the last. */
		{ { 128, 128, 128 }, 512, 512, GO("2") },
#undef GO
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct fitting f;

		fitting_read(&f, "10.0/q35");
		give_dimms(&f, rows[i].mib, 4);
		assert_ok(fitting_resize(&f, 0, rows[i].want * MIB), &f.e);
		expect_steps(&f, rows[i].steps);
		assert_int_equal(f.fitted.desired.memory, rows[i].left * MIB);
		fitting_free(&f);
	}
}

/* Those of the command line, and those without an id, cannot go. */
static void
only_hot_added_dimms_go(void **state)
{
	static const unsigned mib[] = { 128, 128, 128 };
	struct fitting f;
	json_t *dimms;

	fitting_read(&f, "10.0/q35");
	give_dimms(&f, mib, ARRAY_SIZE(mib));
	dimms = replies_value(&f.r, "query-memory-devices");
	json_object_set_new(json_object_get(json_array_get(dimms, 2), "data"),
	    "hotplugged", json_false());
	json_object_del(
	    json_object_get(json_array_get(dimms, 1), "data"), "id");
	assert_ok(fitting_resize(&f, 0, 256 * MIB), &f.e);
	expect_steps(&f,
	    "memory qmpd-dimm-0: device (remove)\n"
	    "memory qmpd-dimm-0: backend (remove)\n");
	assert_int_equal(f.fitted.desired.memory, 512 * MIB);
	fitting_free(&f);
}

static void
a_hole_in_the_numbering_is_filled(void **state)
{
	static const unsigned mib[] = { 128, 0, 128 };
	struct fitting f;

	fitting_read(&f, "7.2/q35");
	give_dimms(&f, mib, ARRAY_SIZE(mib));
	assert_ok(fitting_resize(&f, 0, 640 * MIB), &f.e);
	expect_rehearsal(&f,
	    "memory qmpd-dimm-1: backend\n"
	    "  object-add {'id': 'qmpd-mem-1', 'qom-type':"
	    " 'memory-backend-ram', 'size': 134217728}\n"
	    "memory qmpd-dimm-1: device\n"
	    "  device_add {'driver': 'pc-dimm', 'id': 'qmpd-dimm-1', 'memdev':"
	    " 'qmpd-mem-1'}\n"
	    "memory qmpd-dimm-1: guest\n"
	    "  waits for the guest to show its memory blocks\n"
	    "memory qmpd-dimm-1: online\n"
	    "  waits for the guest to have its memory online; if it does "
	    "not by itself, it is asked to (guest-set-memory-blocks)\n");
	fitting_free(&f);
}

static void
sizes_are_rounded_up_to_blocks(void **state)
{
	struct fitting f;

	fitting_read(&f, "7.2/q35-boot");
	assert_ok(fitting_resize(&f, 0, 257 * MIB), &f.e);
	assert_int_equal(f.fitted.desired.memory, 384 * MIB);
	assert_ok(fitting_resize(&f, 0, 100 * MIB), &f.e);
	assert_int_equal(f.fitted.desired.memory, 256 * MIB);
	expect_steps(&f, "");
	fitting_free(&f);
}

static void
no_slot_is_free(void **state)
{
	struct fitting f;

	fitting_read(&f, "7.2/q35");
	give_slots(&f, 1);
	expect_refused(&f, fitting_resize(&f, 0, 512 * MIB),
	    "memory: 128Mi more needs more than the 0 free DIMM slots"
	    " (memory_slots in the template)");
	fitting_free(&f);
}

/* Started without maxmem, QEMU tells the size alone (7.2, 10.0): there is
 * room for nothing more. */
static void
without_maxmem_there_is_no_room(void **state)
{
	struct fitting f;

	fitting_read(&f, "7.2/q35-boot");
	replies_set(&f.r, "qom-get-machine-memory", "{'size': 268435456}");
	assert_int_equal(fitting_resize(&f, 0, 512 * MIB), -1);
	assert_true(plan_is_empty(f.plan));
	fitting_free(&f);
}

/* An object of ours without its DIMM; other people's stay. */
static void
what_a_crash_left_is_removed(void **state)
{
	struct fitting f;

	fitting_read(&f, "7.2/q35");
	give_object(&f, "qmpd-mem-7");
	give_object(&f, "mem1");
	assert_ok(fitting_resize(&f, 0, 384 * MIB), &f.e);
	expect_rehearsal(&f,
	    "memory qmpd-dimm-7: backend (remove)\n"
	    "  object-del {'id': 'qmpd-mem-7'}\n");
	fitting_free(&f);
}

/* The number of a leftover is not given to a new DIMM in the same plan. */
static void
a_leftovers_number_is_not_reused_at_once(void **state)
{
	struct fitting f;

	fitting_read(&f, "7.2/q35-boot");
	give_object(&f, "qmpd-mem-0");
	assert_ok(fitting_resize(&f, 0, 384 * MIB), &f.e);
	expect_steps(&f,
	    "memory qmpd-dimm-0: backend (remove)\n"
	    "memory qmpd-dimm-1: backend\n"
	    "memory qmpd-dimm-1: device\n"
	    "memory qmpd-dimm-1: guest\n"
	    "memory qmpd-dimm-1: online\n");
	fitting_free(&f);
}

static void
without_an_agent_acpi_confirms(void **state)
{
	struct fitting f;

	fitting_read(&f, "7.2/q35-boot");
	f.r.has_no_agent = true;
	assert_ok(fitting_resize(&f, 0, 384 * MIB), &f.e);
	expect_rehearsal(&f,
	    "memory qmpd-dimm-0: backend\n"
	    "  object-add {'id': 'qmpd-mem-0', 'qom-type':"
	    " 'memory-backend-ram', 'size': 134217728}\n"
	    "memory qmpd-dimm-0: device\n"
	    "  device_add {'driver': 'pc-dimm', 'id': 'qmpd-dimm-0', 'memdev':"
	    " 'qmpd-mem-0'}\n"
	    "memory qmpd-dimm-0: guest\n"
	    "  waits for the guest to take the memory\n");
	fitting_free(&f);
}

/* A vhost-user backend maps all of a guest's memory, or none. */
static void
dimms_are_shared_as_the_boot_memory_is(void **state)
{
	struct fitting f;

	fitting_read(&f, "7.2/q35-boot");
	f.r.has_no_agent = true;
	json_object_set_new(
	    json_array_get(replies_value(&f.r, "query-memdev"), 0), "share",
	    json_true());
	assert_ok(fitting_resize(&f, 0, 384 * MIB), &f.e);
	expect_rehearsal(&f,
	    "memory qmpd-dimm-0: backend\n"
	    "  object-add {'id': 'qmpd-mem-0', 'qom-type':"
	    " 'memory-backend-memfd', 'share': true, 'size': 134217728}\n"
	    "memory qmpd-dimm-0: device\n"
	    "  device_add {'driver': 'pc-dimm', 'id': 'qmpd-dimm-0', 'memdev':"
	    " 'qmpd-mem-0'}\n"
	    "memory qmpd-dimm-0: guest\n"
	    "  waits for the guest to take the memory\n");
	fitting_free(&f);
}

/* Plugged, and not in use by the guest: shown late, or offline. */
static void
blocks_that_are_offline_are_waited_for(void **state)
{
	static const char *const replies[] = {
		"[{'phys-index': 0, 'online': true},"
		" {'phys-index': 1, 'online': true}]",
		"[{'phys-index': 0, 'online': true},"
		" {'phys-index': 1, 'online': true},"
		" {'phys-index': 32, 'online': false}]",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(replies); i++) {
		struct fitting f;

		fitting_read(&f, "7.2/q35");
		replies_set(&f.r, "guest-get-memory-blocks", replies[i]);
		assert_ok(fitting_resize(&f, 0, 384 * MIB), &f.e);
		expect_rehearsal(&f,
		    "memory qmpd-dimm-0: guest\n"
		    "  waits for the guest to show its memory blocks\n"
		    "memory qmpd-dimm-0: online\n"
		    "  waits for the guest to have its memory online; if it "
		    "does "
		    "not by itself, it is asked to "
		    "(guest-set-memory-blocks)\n");
		fitting_free(&f);
	}
}

static void
the_guest_must_be_able_to_pay(void **state)
{
	struct fitting f;

	fitting_read(&f, "7.2/q35-boot");
	/* Half of 8Mi pays for 256Mi. */
	give_available(&f, 8 * MIB);
	assert_ok(fitting_resize(&f, 0, 512 * MIB), &f.e);
	expect_refused(&f, fitting_resize(&f, 0, 640 * MIB),
	    "memory: the guest cannot take 384Mi more: its free memory does"
	    " not pay for the page structures (64 B for each 4 KiB); a larger"
	    " default_memory in the template is needed");
	fitting_free(&f);
}

/* What a guest claims beyond its boot size pays for nothing. */
static void
a_boast_does_not_pay(void **state)
{
	struct fitting f;

	fitting_read(&f, "7.2/q35-boot");
	replies_set(&f.r, "qom-get-machine-memory",
	    "{'size': 268435456, 'slots': 4, 'max-size': 1099511627776}");
	give_available(&f, UINT64_C(1) << 50);
	/* Half of 256Mi pays for 8Gi. */
	assert_ok(fitting_resize(&f, 0, 8 * GIB), &f.e);
	assert_int_equal(fitting_resize(&f, 0, 9 * GIB), -1);
	fitting_free(&f);
}

/* 48 times what is there is the most for one DIMM: 12Gi, then the rest. */
static void
large_growth_comes_in_steps(void **state)
{
	struct fitting f;

	fitting_read(&f, "7.2/q35-boot");
	f.r.has_no_agent = true;
	replies_set(&f.r, "qom-get-machine-memory",
	    "{'size': 268435456, 'slots': 4, 'max-size': 1099511627776}");
	assert_ok(fitting_resize(&f, 0, 20 * GIB + 256 * MIB), &f.e);
	expect_rehearsal(&f,
	    "memory qmpd-dimm-0: backend\n"
	    "  object-add {'id': 'qmpd-mem-0', 'qom-type':"
	    " 'memory-backend-ram', 'size': 12884901888}\n"
	    "memory qmpd-dimm-0: device\n"
	    "  device_add {'driver': 'pc-dimm', 'id': 'qmpd-dimm-0', 'memdev':"
	    " 'qmpd-mem-0'}\n"
	    "memory qmpd-dimm-0: guest\n"
	    "  waits for the guest to take the memory\n"
	    "memory qmpd-dimm-1: backend\n"
	    "  object-add {'id': 'qmpd-mem-1', 'qom-type':"
	    " 'memory-backend-ram', 'size': 8589934592}\n"
	    "memory qmpd-dimm-1: device\n"
	    "  device_add {'driver': 'pc-dimm', 'id': 'qmpd-dimm-1', 'memdev':"
	    " 'qmpd-mem-1'}\n"
	    "memory qmpd-dimm-1: guest\n"
	    "  waits for the guest to take the memory\n");
	fitting_free(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shrinks_by_the_best_fit),
		cmocka_unit_test(only_hot_added_dimms_go),
		cmocka_unit_test(a_hole_in_the_numbering_is_filled),
		cmocka_unit_test(sizes_are_rounded_up_to_blocks),
		cmocka_unit_test(no_slot_is_free),
		cmocka_unit_test(without_maxmem_there_is_no_room),
		cmocka_unit_test(what_a_crash_left_is_removed),
		cmocka_unit_test(a_leftovers_number_is_not_reused_at_once),
		cmocka_unit_test(without_an_agent_acpi_confirms),
		cmocka_unit_test(dimms_are_shared_as_the_boot_memory_is),
		cmocka_unit_test(blocks_that_are_offline_are_waited_for),
		cmocka_unit_test(the_guest_must_be_able_to_pay),
		cmocka_unit_test(a_boast_does_not_pay),
		cmocka_unit_test(large_growth_comes_in_steps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
