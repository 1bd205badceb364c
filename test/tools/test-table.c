/* Tables, and the text that goes into them. */
#include "table.h"
#include "text.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

/* What the table prints; the caller frees. */
static char *
print(const struct table *table)
{
	char *text = NULL;
	size_t n;
	FILE *file = must(open_memstream(&text, &n));

	table_print(table, file);
	fclose(file);
	return text;
}

static void
aligns_columns(void **state)
{
	static const struct column columns[] = { { "NAME" }, { "SIZE", true },
		{ "NOTE" }, { NULL } };
	struct table *table = table_new(columns);
	_free_ char *text = NULL;

	table_cell(table, "web");
	table_cell(table, "%dMi", 896);
	table_cell(table, "first");
	table_cell(table, "database");
	table_cell(table, "2Gi");
	table_cell(table, "%s", "");
	text = print(table);
	assert_string_equal(text,
	    "NAME       SIZE  NOTE\n"
	    "web       896Mi  first\n"
	    "database    2Gi\n");
	table_free(table);
}

static void
shows_no_empty_heads(void **state)
{
	static const struct column columns[] = { { "" }, { "", true },
		{ NULL } };
	struct table *table = table_new(columns);
	_free_ char *none = print(table), *text = NULL;

	assert_string_equal(none, "");
	table_cell(table, "a");
	table_cell(table, "10");
	table_cell(table, "bcd");
	table_cell(table, "9");
	text = print(table);
	assert_string_equal(text, "a    10\nbcd   9\n");
	table_free(table);
}

static void
prints_a_row_that_is_not_full(void **state)
{
	static const struct column columns[] = { { "A" }, { "B" }, { NULL } };
	struct table *table = table_new(columns);
	_free_ char *heads = print(table), *text = NULL;

	assert_string_equal(heads, "A  B\n");
	table_cell(table, "x");
	text = print(table);
	assert_string_equal(text, "A  B\nx\n");
	table_free(table);
}

static void
counts_characters(void **state)
{
	static const struct column columns[] = { { "" }, { "" }, { NULL } };
	struct table *table = table_new(columns);
	_free_ char *text = NULL;

	table_cell(table, "gr\xc3\xbc\xc3\x9f");
	table_cell(table, "1");
	table_cell(table, "abcde");
	table_cell(table, "2");
	text = print(table);
	assert_string_equal(text, "gr\xc3\xbc\xc3\x9f   1\nabcde  2\n");
	table_free(table);
}

static void
makes_text_safe(void **state)
{
	_free_ char *text = text_safe("a\x1b[2J\nb\x7f\xc2\x9b\xc3\xbc\xff{");

	assert_string_equal(text, "a?[2J?b??\xc3\xbc?{");
}

static void
makes_json_of_any_text(void **state)
{
	json_auto_t *good = text_json("\xc3\xbc");
	json_auto_t *bad = text_json("a\xff\xc3");

	assert_string_equal(json_string_value(good), "\xc3\xbc");
	assert_string_equal(json_string_value(bad), "a\\xff\\xc3");
}

static void
prints_figures(void **state)
{
	static const struct {
		double ms;
		const char *text;
	} times[] = { { 0.04, "0.0 ms" }, { 9.94, "9.9 ms" }, { 9.96, "10 ms" },
		{ 812.345, "812 ms" }, { 999.6, "1.00 s" },
		{ 3412, "3.41 s" } };
	static const struct {
		json_int_t milli;
		const char *text;
	} cpus[] = { { 0, "0" }, { 500, "0.5" }, { 2000, "2" },
		{ 1250, "1.25" }, { 10001, "10.001" } };
	json_auto_t *size = json_integer(896 * (json_int_t)MIB);
	_free_ char *bytes = text_bytes(size), *none = text_bytes(NULL);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(times); i++) {
		_free_ char *text = text_ms(times[i].ms);

		assert_string_equal(text, times[i].text);
	}
	for (i = 0; i < ARRAY_SIZE(cpus); i++) {
		_free_ char *text = text_millicpu(cpus[i].milli);

		assert_string_equal(text, cpus[i].text);
	}
	assert_string_equal(bytes, "896Mi");
	assert_string_equal(none, "-");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(aligns_columns),
		cmocka_unit_test(shows_no_empty_heads),
		cmocka_unit_test(prints_a_row_that_is_not_full),
		cmocka_unit_test(counts_characters),
		cmocka_unit_test(makes_text_safe),
		cmocka_unit_test(makes_json_of_any_text),
		cmocka_unit_test(prints_figures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
