/* Fields in the letters of an object's name. */
#include "mark.h"
#include "check.h"

static void
fields_come_back_as_they_were(void **state)
{
	static const struct {
		const char *fields[3], *text;
	} rows[] = {
		{ { "tap0", "pod-a", "2" }, "tap0.pod-a.2" },
		{ { "", "", "" }, ".." },
		{ { "a.b", "/proc/1/ns/net", "_" },
		    "a_2eb._2fproc_2f1_2fns_2fnet._5f" },
		{ { "\xc3\xa9", "\n", " " }, "_c3_a9._0a._20" },
	};
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		_free_ char *text = mark_join(rows[i].fields, 3);
		char *got[3];

		assert_string_equal(text, rows[i].text);
		assert_true(mark_split(text, got, 3));
		for (j = 0; j < 3; j++) {
			assert_string_equal(got[j], rows[i].fields[j]);
			free(got[j]);
		}
	}
}

static void
what_is_not_there_is_empty(void **state)
{
	const char *fields[] = { NULL, "x" };
	_free_ char *text = mark_join(fields, 2);

	assert_string_equal(text, ".x");
}

/* Others may name objects as they like. */
static void
what_is_no_mark_has_no_fields(void **state)
{
	static const char *const texts[] = { "", "a", "a.b", "a.b.c.d", "a.b._",
		"a.b._2", "a._zz.c", "_00.b.c", "a.b._ 2", "_2.f.c" };
	char *got[3];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(texts); i++)
		assert_false(mark_split(texts[i], got, 3));
	assert_false(mark_split(NULL, got, 3));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_come_back_as_they_were),
		cmocka_unit_test(what_is_not_there_is_empty),
		cmocka_unit_test(what_is_no_mark_has_no_fields),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
