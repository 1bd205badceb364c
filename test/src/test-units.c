/* Quantities: what is read, exactly, and what is refused, and how. */
#include "check.h"
#include "units.h"

static void
reads_bytes(void **state)
{
	static const struct {
		const char *text;
		uint64_t bytes;
	} rows[] = {
		{ "0", 0 },
		{ "0.0", 0 },
		{ "+1", 1 },
		{ "1.", 1 },
		{ "1073741824", GIB },
		{ "768Mi", 768 * MIB },
		{ "1.5Gi", 1536 * MIB },
		{ "0.5Mi", 524288 },
		{ ".5Ki", 512 },
		{ "512M", 512000000 },
		{ "1k", 1000 },
		{ "1e9", 1000000000 },
		{ "1E3", 1000 },
		{ "1E", UINT64_C(1000000000000000000) },
		{ "128974848000m", 128974848 },
		{ "1000000u", 1 },
		{ "2000000000n", 2 },
		{ "7Ei", UINT64_C(7) << 60 },
		{ "9223372036854775807", INT64_MAX },
		{ "0.50000000000000000000000000Ki", 512 },
		{ "1.000000000000000000000000000", 1 },
	};
	uint64_t bytes;
	struct err e;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_ok(units_bytes(rows[i].text, &bytes, &e), &e);
		assert_int_equal(bytes, rows[i].bytes);
	}
}

static void
refuses_bytes(void **state)
{
	static const struct {
		const char *text, *error;
	} rows[] = {
		{ "", "empty: a quantity such as 512Mi is wanted" },
		{ "-1", "-1: must not be negative" },
		{ "-1Mi", "-1Mi: must not be negative" },
		{ "1e99Gi", "1e99Gi: unknown suffix \"e99Gi\"" },
		{ "5e-1Ki", "5e-1Ki: unknown suffix \"e-1Ki\"" },
		{ "1e99", "1e99: above 9223372036854775807 bytes" },
		{ "1e99999999999999999999",
		    "1e99999999999999999999: above 9223372036854775807 bytes" },
		{ "12Q", "12Q: unknown suffix \"Q\"" },
		{ "12mi", "12mi: unknown suffix \"mi\"" },
		{ "12K", "12K: unknown suffix \"K\"" },
		{ "0.3", "0.3: not a whole number of bytes" },
		{ "100m", "100m: not a whole number of bytes" },
		{ "1e-99999999", "1e-99999999: not a whole number of bytes" },
		{ " 1", "\" 1\": white space in a quantity" },
		{ "1 Gi", "\"1 Gi\": white space in a quantity" },
		{ "1\n", "\"1?\": white space in a quantity" },
		{ "1e", "1e: unknown suffix \"e\"" },
		{ "1e+", "1e+: unknown suffix \"e+\"" },
		{ "0x10", "0x10: unknown suffix \"x10\"" },
		{ "1.2.3", "1.2.3: unknown suffix \".3\"" },
		{ ".", ".: not a number" },
		{ "Gi", "Gi: not a number" },
		{ "--1", "--1: not a number" },
		{ "8Ei", "8Ei: above 9223372036854775807 bytes" },
		{ "9223372036854775808",
		    "9223372036854775808: above 9223372036854775807 bytes" },
		{ "123456789012345678901",
		    "123456789012345678901: too many digits" },
	};
	uint64_t bytes;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct err e = { "" };

		assert_int_equal(units_bytes(rows[i].text, &bytes, &e), -1);
		assert_string_equal(e.text, rows[i].error);
	}
}

static void
reads_millicpu_and_rounds_up(void **state)
{
	static const struct {
		const char *text;
		uint64_t milli;
	} rows[] = {
		{ "0", 0 },
		{ "500m", 500 },
		{ "2", 2000 },
		{ "1.5", 1500 },
		{ "0.1", 100 },
		{ "0.0001", 1 },
		{ "1.0001", 1001 },
		{ "100n", 1 },
		{ "1e-9", 1 },
		{ "1M", 1000000000 },
	};
	uint64_t milli;
	struct err e;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_ok(units_millicpu(rows[i].text, &milli, &e), &e);
		assert_int_equal(milli, rows[i].milli);
	}
}

static void
refuses_millicpu(void **state)
{
	uint64_t milli;
	struct err e;

	assert_int_equal(units_millicpu("1000000.0001", &milli, &e), -1);
	assert_string_equal(e.text, "1000000.0001: above 1000000 CPUs");
	assert_int_equal(units_millicpu("-500m", &milli, &e), -1);
	assert_string_equal(e.text, "-500m: must not be negative");
}

static void
reads_json(void **state)
{
	json_auto_t *whole = json_integer(1073741824);
	json_auto_t *fraction = json_real(0.1);
	json_auto_t *big = json_real(1e9);
	json_auto_t *text = json_string("1.5Gi");
	json_auto_t *list = json_array();
	uint64_t n;
	struct err e;

	assert_ok(units_json_bytes(whole, &n, &e), &e);
	assert_int_equal(n, GIB);
	assert_ok(units_json_bytes(text, &n, &e), &e);
	assert_int_equal(n, 1536 * MIB);
	assert_ok(units_json_bytes(big, &n, &e), &e);
	assert_int_equal(n, 1000000000);
	assert_ok(units_json_millicpu(fraction, &n, &e), &e);
	assert_int_equal(n, 100);
	assert_int_equal(units_json_bytes(list, &n, &e), -1);
	assert_string_equal(e.text, "a quantity such as 512Mi or 2 is wanted");
}

static void
prints_what_reads_back(void **state)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} rows[] = {
		{ 0, "0" },
		{ 1, "1" },
		{ 123456, "123456" },
		{ 768 * MIB, "768Mi" },
		{ 1536 * MIB, "1.5Gi" },
		{ 1280 * MIB, "1.25Gi" },
		{ 1152 * MIB, "1152Mi" },
		{ 8 * GIB, "8Gi" },
		{ 1536, "1.5Ki" },
		{ INT64_MAX, "9223372036854775807" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		_free_ char *text = units_print_bytes(rows[i].bytes);
		uint64_t bytes;
		struct err e;

		assert_string_equal(text, rows[i].text);
		assert_ok(units_bytes(text, &bytes, &e), &e);
		assert_int_equal(bytes, rows[i].bytes);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_bytes),
		cmocka_unit_test(refuses_bytes),
		cmocka_unit_test(reads_millicpu_and_rounds_up),
		cmocka_unit_test(refuses_millicpu),
		cmocka_unit_test(reads_json),
		cmocka_unit_test(prints_what_reads_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
