/* Sizes, worked by hand: a VM of 1 vCPU and 256Mi, at most 8 and 8Gi. */
#include "check.h"
#include "size.h"
#include "spec.h"

static const struct size_base base = {
	.boot_vcpus = 1,
	.max_vcpus = 8,
	.boot_memory = 256 * MIB,
	.max_memory = 8 * GIB,
	.guest_use = 60 * MIB,
};

static struct spec
pod(uint64_t millicpu, uint64_t memory)
{
	return (struct spec){ .kind = SPEC_POD,
		.has_cpu = millicpu > 0,
		.has_memory = memory > 0,
		.millicpu = millicpu,
		.memory = memory };
}

static void
rounds_vcpus_up(void **state)
{
	static const struct {
		uint64_t millicpu;
		enum spec_sizing sizing;
		int vcpus;
	} rows[] = {
		{ 0, SIZING_FLOOR, 1 },
		{ 1, SIZING_FLOOR, 1 },
		{ 1000, SIZING_FLOOR, 1 },
		{ 1001, SIZING_FLOOR, 2 },
		{ 2200, SIZING_FLOOR, 3 },
		{ 8000, SIZING_FLOOR, 8 },
		{ 0, SIZING_KATA, 1 },
		{ 1, SIZING_KATA, 2 },
		{ 2200, SIZING_KATA, 4 },
		{ 7000, SIZING_KATA, 8 },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct spec spec = pod(rows[i].millicpu, 0);
		struct size size;
		struct err e;

		spec.sizing = rows[i].sizing;
		assert_ok(size_from_spec(&spec, &base, &size, NULL, &e), &e);
		assert_int_equal(size.vcpus, rows[i].vcpus);
		assert_int_equal(size.memory, 256 * MIB);
	}
}

static void
memory_holds_workload_guest_and_memmap(void **state)
{
	static const struct {
		uint64_t workload_mib, desired_mib;
	} rows[] = {
		{ 0, 256 },
		{ 196, 256 }, /* 196 + 60 is just what there is */
		{ 197, 384 },
		/* A block less its 2Mi of memmap: 256 + 126 - 60. */
		{ 322, 384 },
		{ 323, 512 },
		{ 768, 896 },
		/* 62 blocks, 124Mi of memmap: 8192 - 124 - 60. */
		{ 8008, 8192 },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct spec spec = pod(0, rows[i].workload_mib * MIB);
		struct size size;
		struct err e;

		assert_ok(size_from_spec(&spec, &base, &size, NULL, &e), &e);
		assert_int_equal(size.memory, rows[i].desired_mib * MIB);
	}
}

/* At every edge what is left over holds the workload, to the byte. */
static void
the_workload_always_fits(void **state)
{
	uint64_t edge, off;

	for (edge = 196 * MIB; edge < 2 * GIB; edge += 126 * MIB) {
		for (off = 0; off < 3; off++) {
			uint64_t want = edge + off - 1;
			struct spec spec = pod(0, want);
			struct size size;
			uint64_t added;
			struct err e;

			assert_ok(
			    size_from_spec(&spec, &base, &size, NULL, &e), &e);
			added = size.memory - base.boot_memory;
			assert_int_equal(added % (128 * MIB), 0);
			assert_true(
			    size.memory - added / 64 - base.guest_use >= want);
			assert_true(added == 0 ||
			    size.memory - 128 * MIB - (added / 64 - 2 * MIB) -
				    base.guest_use <
				want);
		}
	}
}

static void
a_machines_memory_is_its_own(void **state)
{
	static const struct {
		uint64_t want_mib, desired_mib;
	} rows[] = {
		{ 128, 256 },
		{ 256, 256 },
		{ 257, 384 },
		{ 1024, 1024 },
		{ 8192, 8192 },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct spec spec = pod(0, rows[i].want_mib * MIB);
		struct size size;
		uint64_t memory;
		struct err e;

		spec.kind = SPEC_VM;
		assert_ok(size_from_spec(&spec, &base, &size, NULL, &e), &e);
		assert_int_equal(size.memory, rows[i].desired_mib * MIB);
		assert_ok(size_round_memory(
			      &base, rows[i].want_mib * MIB, &memory, &e),
		    &e);
		assert_int_equal(memory, size.memory);
	}
}

static void
kata_adds_to_the_boot_size(void **state)
{
	struct spec spec = pod(0, 768 * MIB);
	struct size size;
	struct err e;

	spec.sizing = SIZING_KATA;
	assert_ok(size_from_spec(&spec, &base, &size, NULL, &e), &e);
	assert_int_equal(size.memory, 1024 * MIB);
	spec.memory = 769 * MIB;
	assert_ok(size_from_spec(&spec, &base, &size, NULL, &e), &e);
	assert_int_equal(size.memory, 1152 * MIB);
}

static void
says_what_would_be_needed(void **state)
{
	struct size_base odd = base;
	struct spec spec = pod(9000, GIB);
	struct size size;
	uint64_t memory;
	struct err e;

	assert_int_equal(size_from_spec(&spec, &base, &size, NULL, &e), -1);
	assert_string_equal(e.text,
	    "vcpus: the pod needs 9, the VM's maximum"
	    " is 8 (default_maxvcpus)");
	spec = pod(0, 9 * GIB);
	assert_int_equal(size_from_spec(&spec, &base, &size, NULL, &e), -1);
	assert_string_equal(e.text,
	    "memory: the pod needs 9.25Gi, the VM's"
	    " maximum is 8Gi (default_maxmemory)");
	spec.kind = SPEC_OCI;
	assert_int_equal(size_from_spec(&spec, &base, &size, NULL, &e), -1);
	assert_string_equal(e.text,
	    "memory: the container needs 9.25Gi, the"
	    " VM's maximum is 8Gi (default_maxmemory)");
	/* Rounded up first: 8Gi is not 300Mi and whole blocks. */
	odd.boot_memory = 300 * MIB;
	assert_int_equal(size_round_memory(&odd, 8 * GIB, &memory, &e), -1);
	assert_string_equal(e.text,
	    "memory: the request needs 8236Mi, the"
	    " VM's maximum is 8Gi (default_maxmemory)");
}

static void
does_not_overflow(void **state)
{
	struct size_base unknown = { .boot_vcpus = 1 };
	struct spec spec = pod(0, INT64_MAX);
	struct size size;
	struct err e;

	unknown.guest_use = UINT64_MAX;
	assert_int_equal(size_from_spec(&spec, &unknown, &size, NULL, &e), -1);
	assert_string_equal(e.text,
	    "memory: the pod needs more than 9223372036854775807, the VM's"
	    " maximum is 9223372036854775807 (default_maxmemory)");
	spec = pod(UINT64_MAX, 0);
	assert_int_equal(size_from_spec(&spec, &unknown, &size, NULL, &e), -1);
	assert_string_equal(e.text,
	    "vcpus: the pod needs 18446744073709552,"
	    " the VM's maximum is 2147483647"
	    " (default_maxvcpus)");
}

static void
boot_is_never_above_the_maximum(void **state)
{
	struct size_base small = base;
	struct spec spec = pod(500, 64 * MIB);
	struct size size;
	struct err e;

	small.max_memory = 128 * MIB;
	small.boot_vcpus = 2;
	small.max_vcpus = 1;
	assert_ok(size_from_spec(&spec, &small, &size, NULL, &e), &e);
	assert_int_equal(size.vcpus, 2);
	assert_int_equal(size.memory, 256 * MIB);
}

static void
other_block_sizes(void **state)
{
	struct size_base big = base;
	uint64_t memory;
	struct err e;

	big.block_size = 2 * GIB;
	assert_ok(size_round_memory(&big, 257 * MIB, &memory, &e), &e);
	assert_int_equal(memory, 2 * GIB + 256 * MIB);
}

/* A balloon takes a VM's own memory below its boot size, in whole MiB; a
 * pod's memory is beside what the guest itself uses, and does not. */
static void
a_balloon_goes_below_boot(void **state)
{
	struct size_base with = base;
	struct spec spec = pod(0, 200 * MIB - 1);
	json_auto_t *explain = NULL;
	const json_t *terms;
	struct size size;
	uint64_t memory;
	struct err e;

	with.has_balloon = true;
	assert_ok(size_round_memory(&with, 200 * MIB - 1, &memory, &e), &e);
	assert_int_equal(memory, 200 * MIB);
	assert_ok(size_round_memory(&with, 256 * MIB - 1, &memory, &e), &e);
	assert_int_equal(memory, 256 * MIB);
	assert_ok(size_round_memory(&with, 257 * MIB, &memory, &e), &e);
	assert_int_equal(memory, 384 * MIB);
	assert_ok(size_from_spec(&spec, &with, &size, NULL, &e), &e);
	assert_int_equal(size.memory, 384 * MIB);
	spec.kind = SPEC_VM;
	assert_ok(size_from_spec(&spec, &with, &size, &explain, &e), &e);
	assert_int_equal(size.memory, 200 * MIB);
	terms = json_object_get(explain, "memory");
	assert_int_equal(
	    json_integer_value(json_object_get(terms, "desired")), 200 * MIB);
	assert_int_equal(
	    json_integer_value(json_object_get(terms, "rounding")), 0);
}

/* 768 + 60 in 640Mi more: 10Mi of memmap, and 58Mi by rounding up. */
static void
explains_each_term(void **state)
{
	struct err e = { "" };
	struct spec *spec = spec_read(SRCDIR "/doc/examples/pod.yaml", &e);
	json_auto_t *got = NULL;
	json_auto_t *want =
	    json_pack("{s:{s:[{s:s, s:i, s:b}], s:i, s:i, s:i},"
		      " s:{s:[{s:s, s:I, s:b}], s:I, s:I, s:I, s:I, s:I, s:I},"
		      " s:{s:i, s:i}, s:s}",
		"vcpus", "terms", "name", "container app: limits.cpu", "value",
		2000, "counted", 1, "sum_millicpu", 2000, "boot", 1, "desired",
		2, "memory", "terms", "name", "container app: limits.memory",
		"value", (json_int_t)(768 * MIB), "counted", 1, "sum",
		(json_int_t)(768 * MIB), "guest_use", (json_int_t)(60 * MIB),
		"memmap", (json_int_t)(10 * MIB), "boot",
		(json_int_t)(256 * MIB), "rounding", (json_int_t)(58 * MIB),
		"desired", (json_int_t)(896 * MIB), "overhead", "millicpu", 0,
		"memory", 0, "sizing", "floor");
	struct size size;

	assert_non_null(spec);
	assert_ok(size_from_spec(spec, &base, &size, &got, &e), &e);
	assert_non_null(want);
	assert_true(json_equal(got, want));
	assert_int_equal(size.vcpus, 2);
	spec_free(spec);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rounds_vcpus_up),
		cmocka_unit_test(memory_holds_workload_guest_and_memmap),
		cmocka_unit_test(the_workload_always_fits),
		cmocka_unit_test(a_machines_memory_is_its_own),
		cmocka_unit_test(kata_adds_to_the_boot_size),
		cmocka_unit_test(says_what_would_be_needed),
		cmocka_unit_test(does_not_overflow),
		cmocka_unit_test(boot_is_never_above_the_maximum),
		cmocka_unit_test(other_block_sizes),
		cmocka_unit_test(a_balloon_goes_below_boot),
		cmocka_unit_test(explains_each_term),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
