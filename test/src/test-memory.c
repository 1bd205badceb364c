/* How many DIMMs of what size a change of memory takes. */
#include "check.h"
#include "memory.h"

#define BLOCK (128 * MIB)

static void
growth_is_cut_into_steps(void **state)
{
	static const struct {
		uint64_t present_mib, free_mib, add_mib;
		int slots;
		int n;
		uint64_t mib[4];
	} rows[] = {
		{ 256, 0, 0, 4, 0, { 0 } },
		{ 256, 0, 128, 4, 1, { 128 } },
		{ 256, 0, 12288, 1, 1, { 12288 } }, /* 48 times */
		{ 256, 0, 12416, 2, 2, { 12288, 128 } },
		/* The second may be 48 times what is there by then. */
		{ 256, 0, 614400, 2, 2, { 12288, 602112 } },
		{ 256, 0, 614528, 3, 3, { 12288, 602112, 128 } },
		{ 256, 0, 12416, -1, 2, { 12288, 128 } },
		/* 64 B for 4 KiB: 2Mi pay for a block, 100Mi for 6400Mi. */
		{ 256, 2, 128, 4, 1, { 128 } },
		{ 256, 100, 6400, 4, 1, { 6400 } },
		/* What is left over pays for whole blocks only. */
		{ 256, 3, 128, 4, 1, { 128 } },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		uint64_t sizes[MEMORY_STEPS_MAX];
		struct err e = { "" };
		int j,
		    n = memory_steps(rows[i].present_mib * MIB,
			rows[i].free_mib * MIB, rows[i].add_mib * MIB, BLOCK,
			rows[i].slots, sizes, &e);

		assert_string_equal(e.text, "");
		assert_int_equal(n, rows[i].n);
		for (j = 0; j < n; j++)
			assert_int_equal(sizes[j], rows[i].mib[j] * MIB);
	}
}

#define UNPAID(size)                                                        \
	"memory: the guest cannot take " size " more: its free memory does" \
	" not pay for the page structures (64 B for each 4 KiB); a larger"  \
	" default_memory in the template is needed"

static void
what_cannot_be_taken_is_said(void **state)
{
	static const struct {
		uint64_t present_mib, free_mib, add_mib;
		int slots;
		const char *sentence;
	} rows[] = {
		{ 256, 0, 128, 0,
		    "memory: 128Mi more needs more than the 0 free DIMM slots"
		    " (memory_slots in the template)" },
		{ 256, 0, 12416, 1,
		    "memory: 12416Mi more needs more than the 1 free DIMM slot"
		    " (memory_slots in the template)" },
		{ 256, 1, 128, 4, UNPAID("128Mi") },
		{ 256, 2, 256, 4, UNPAID("256Mi") },
		{ 2, 0, 128, 4, UNPAID("128Mi") }, /* 48 * 2Mi is no block */
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		uint64_t sizes[MEMORY_STEPS_MAX];
		struct err e = { "" };

		assert_int_equal(
		    memory_steps(rows[i].present_mib * MIB,
			rows[i].free_mib * MIB, rows[i].add_mib * MIB, BLOCK,
			rows[i].slots, sizes, &e),
		    -1);
		assert_string_equal(e.text, rows[i].sentence);
	}
}

/* Sums are right at every size, steps are whole blocks, and the limits hold
 * for each. */
static void
every_step_keeps_the_rules(void **state)
{
	uint64_t add, free;

	for (free = 0; free <= 512 * MIB; free += 16 * MIB)
		for (add = BLOCK; add < 4096 * GIB;
		     add = add * 3 / BLOCK * BLOCK) {
			uint64_t sizes[MEMORY_STEPS_MAX];
			uint64_t present = 256 * MIB, sum = 0;
			int i,
			    n = memory_steps(
				present, free, add, BLOCK, -1, sizes, NULL);

			if (n < 0) {
				assert_true(free && add / MEMMAP_SHARE > free);
				continue;
			}
			for (i = 0; i < n; i++) {
				assert_int_equal(sizes[i] % BLOCK, 0);
				assert_true(sizes[i] / MEMORY_STEP_FACTOR <=
				    present + sum);
				sum += sizes[i];
			}
			assert_int_equal(sum, add);
			assert_true(!free || sum / MEMMAP_SHARE <= free);
		}
}

static void
sizes_beyond_all_measure(void **state)
{
	uint64_t sizes[MEMORY_STEPS_MAX];
	uint64_t blocks = INT64_MAX / BLOCK * BLOCK;

	assert_int_equal(
	    memory_steps(UINT64_MAX, UINT64_MAX, blocks, BLOCK, 1, sizes, NULL),
	    1);
	assert_int_equal(sizes[0], blocks);
	/* One block more each time would never end. */
	assert_int_equal(memory_steps(BLOCK / MEMORY_STEP_FACTOR + 1, BLOCK,
			     blocks, BLOCK, -1, sizes, NULL),
	    -1);
}

/* ---- memory_pick ---- */

struct pick {
	unsigned mib[4];
	unsigned excess, gone;
	bool picks[4];
};

static void
whole_dimms_go_and_no_more_than_asked(void **state)
{
	static const struct pick rows[] = {
		{ { 128, 256, 512 }, 0, 0, { 0 } },
		{ { 128, 256, 512 }, 127, 0, { 0 } },
		{ { 128, 256, 512 }, 128, 128, { 1, 0, 0 } },
		{ { 128, 256, 512 }, 300, 256, { 0, 1, 0 } },
		{ { 128, 256, 512 }, 400, 384, { 1, 1, 0 } },
		{ { 128, 256, 512 }, 800, 768, { 0, 1, 1 } },
		{ { 128, 256, 512 }, 9999, 896, { 1, 1, 1 } },
		{ { 512, 512 }, 512, 512, { 0, 1 } },
		{ { 0 }, 128, 0, { 0 } },
	};
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct actual *a = actual_new();
		bool picks[4] = { false };

		a->dimms = xcalloc(4, sizeof(*a->dimms));
		for (j = 0; j < 4 && rows[i].mib[j]; j++)
			a->dimms[a->dimms_n++] = (struct actual_dimm){
				.id = xasprintf("d%zu", j),
				.size = rows[i].mib[j] * MIB,
				.hotplugged = true,
			};
		assert_int_equal(memory_pick(a, rows[i].excess * MIB, picks),
		    rows[i].gone * MIB);
		assert_memory_equal(picks, rows[i].picks, sizeof(picks));
		actual_free(a);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(growth_is_cut_into_steps),
		cmocka_unit_test(what_cannot_be_taken_is_said),
		cmocka_unit_test(every_step_keeps_the_rules),
		cmocka_unit_test(sizes_beyond_all_measure),
		cmocka_unit_test(whole_dimms_go_and_no_more_than_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
