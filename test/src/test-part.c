/* Names of what stands behind a device. */
#include "part.h"
#include "check.h"
#include "spec.h"

#define LONG "a123456789-123456789-123456789-123456789-123456789-12345678"

static void
names_fit_into_qemus_limit(void **state)
{
	static const char *const ids[] = { "a", "data",
		"a23456789-123456789-1234", /* 24: as it is */
		"a23456789-123456789-12345", /* 25: a digest */
		LONG "9ab", LONG "9ac", LONG };
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(ids); i++) {
		_free_ char *file = part_name('f', ids[i]);
		_free_ char *format = part_name('d', ids[i]);

		assert_in_range(strlen(file), 1, 31);
		assert_in_range(strlen(format), 1, 31);
		assert_string_not_equal(file, format);
		for (j = 0; j < i; j++) {
			_free_ char *other = part_name('f', ids[j]);

			assert_string_not_equal(file, other);
		}
	}
}

static void
roles_and_short_ids_come_back(void **state)
{
	static const char *const ids[] = { "a", "data",
		"a23456789-123456789-1234" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ids); i++) {
		_free_ char *file = part_name('f', ids[i]);
		_free_ char *id = part_id(file);

		assert_int_equal(part_role(file), 'f');
		assert_string_equal(id, ids[i]);
		assert_true(part_is_of(file, ids[i]));
		assert_false(part_is_of(file, "b"));
		assert_null(part_suffix(file));
	}
}

/* What stands for a long id names the same parts again, and is no id. */
static void
a_long_ids_digest_names_the_same_parts(void **state)
{
	_free_ char *file = part_name('f', LONG);
	_free_ char *format = part_name('d', LONG);
	_free_ char *id = part_id(file);
	_free_ char *again = part_name('d', id);

	assert_string_equal(again, format);
	assert_false(spec_id_valid(id));
	assert_true(part_is_of(file, LONG));
}

static void
a_mark_may_carry_more(void **state)
{
	_free_ char *digest = part_name('v', LONG);
	_free_ char *long_mark = xasprintf("%s.0000_00_05.0", digest);
	_free_ char *id = part_id("qmpd.v.nic.0000_00_05.0");
	_free_ char *stands_for = part_id(long_mark);

	assert_string_equal(id, "nic");
	assert_string_equal(
	    part_suffix("qmpd.v.nic.0000_00_05.0"), "0000_00_05.0");
	assert_true(part_is_of("qmpd.v.nic.0000_00_05.0", "nic"));
	assert_false(part_is_of("qmpd.v.nic2", "nic"));
	assert_string_equal(part_suffix(long_mark), "0000_00_05.0");
	assert_true(str_starts(digest, "qmpd.v."));
	assert_string_equal(digest + strlen("qmpd.v."), stands_for);
}

static void
names_of_others_have_no_role(void **state)
{
	static const char *const names[] = { "", "qmpd", "qmpd.", "qmpd.f",
		"qmpd-mem-1", "Qmpd.f.data", "#block123", "libvirt-1-format" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		assert_int_equal(part_role(names[i]), 0);
		assert_null(part_id(names[i]));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_fit_into_qemus_limit),
		cmocka_unit_test(roles_and_short_ids_come_back),
		cmocka_unit_test(a_long_ids_digest_names_the_same_parts),
		cmocka_unit_test(a_mark_may_carry_more),
		cmocka_unit_test(names_of_others_have_no_role),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
