/* Texts to values: what QEMU writes is read, what it never writes is not. */
#include "check.h"
#include "json.h"

static json_t *
parse(const char *text)
{
	struct err e;
	json_t *value = json_parse(text, strlen(text), &e);

	if (!value)
		fail_msg("%s: %s", text, e.text);
	return value;
}

static void
refused(const char *text)
{
	struct err e;

	assert_null(json_parse(text, strlen(text), &e));
	assert_true(str_starts(e.text, "this is not JSON: "));
}

/* jansson alone refuses the whole reply of QEMU 10's guest-stats. */
static void
only_integers_that_are_too_large_become_reals(void **state)
{
	json_t *v = parse("{\"stats\": {\"a\": 18446744073709551615, "
			  "\"b\": 9007199254740993, \"c\": 4294967296}, "
			  "\"n\": [-9223372036854775809, 1.5]}");
	json_t *stats = json_object_get(v, "stats");
	json_t *n = json_object_get(v, "n");

	assert_true(json_is_real(json_object_get(stats, "a")));
	assert_true(json_real_value(json_object_get(stats, "a")) > 1.8e19);
	assert_int_equal(json_integer_value(json_object_get(stats, "b")),
	    INT64_C(9007199254740993));
	assert_true(json_is_integer(json_object_get(stats, "c")));
	assert_true(json_is_real(json_array_get(n, 0)));
	assert_true(json_real_value(json_array_get(n, 1)) == 1.5);
	json_decref(v);
}

static void
the_largest_integers_stay_exact(void **state)
{
	json_t *v = parse("{\"a\": [9223372036854775807, "
			  "-9223372036854775808, 9223372036854775808, "
			  "123456789012345678901234567890]}");
	json_t *a = json_object_get(v, "a");

	assert_true(json_integer_value(json_array_get(a, 0)) == INT64_MAX);
	assert_true(json_integer_value(json_array_get(a, 1)) == INT64_MIN);
	assert_true(json_is_real(json_array_get(a, 2)));
	assert_true(json_real_value(json_array_get(a, 3)) > 1.2e29);
	json_decref(v);
}

static void
digits_in_strings_stay_what_they_are(void **state)
{
	json_t *v = parse("{\"18446744073709551615\": "
			  "\"\\\"18446744073709551615\", "
			  "\"b\": 18446744073709551615}");

	assert_string_equal(
	    json_string_value(json_object_get(v, "18446744073709551615")),
	    "\"18446744073709551615");
	json_decref(v);
}

static void
what_qemu_never_writes_is_refused(void **state)
{
	refused("{\"a\": \"\\u0000\"}");
	refused("{\"a\": 1, \"a\": 2}");
	refused("{\"a\": \"\xc3\x28\"}");
	refused("{\"a\": \"\n\"}");
	refused("{\"a\": 1e999}");
	refused("{\"a\": 18446744073709551615, \"b\": 1e999}");
	refused("{\"a\": 18446744073709551615");
	refused("{\"a\": 00}");
	refused("{'a': 1}");
	refused("{]");
	refused("{} {}");
	refused("");
}

static void
any_bytes_do_no_harm(void **state)
{
	static const char alphabet[] = "{}[]\"\\:,-+.0123456789eEnu \xff";
	char text[64];
	uint64_t random = 11;
	size_t i, round;

	for (round = 0; round < 20000; round++) {
		for (i = 0; i < sizeof(text); i++)
			text[i] = alphabet[check_random(&random) %
			    (sizeof(alphabet) - 1)];
		memcpy(text, "{\"a\":99999999999999999999,", 26);
		json_decref(json_parse(text, sizeof(text), NULL));
	}
}

static bool
subset(const char *part, const char *whole)
{
	json_t *a = parse(part), *b = parse(whole);
	bool is_subset = json_subset(a, b);

	json_decref(a);
	json_decref(b);
	return is_subset;
}

static void
a_subset_has_nothing_that_the_whole_has_not(void **state)
{
	const char *whole = "{\"device\": \"disk1\", \"info\": {\"slot\": 1, "
			    "\"source\": 3}, \"list\": [1, 2]}";

	assert_true(subset("{}", whole));
	assert_true(subset("{\"device\": \"disk1\"}", whole));
	assert_true(subset("{\"info\": {\"source\": 3}}", whole));
	assert_true(subset("{\"info\": {}}", whole));
	assert_true(subset("{\"list\": [1, 2]}", whole));
	assert_true(subset(whole, whole));
	assert_false(subset("{\"device\": \"disk2\"}", whole));
	assert_false(subset("{\"path\": \"x\"}", whole));
	assert_false(subset("{\"info\": {\"source\": 1}}", whole));
	assert_false(subset("{\"info\": {\"other\": {}}}", whole));
	assert_false(subset("{\"list\": [1]}", whole));
	assert_false(subset("{\"device\": {}}", whole));
	assert_false(subset("{\"device\": null}", whole));
	assert_false(subset(whole, "{}"));
}

static void
no_condition_is_met_by_anything(void **state)
{
	json_t *v = parse("{\"a\": 1}");

	assert_true(json_subset(NULL, v));
	assert_true(json_subset(NULL, NULL));
	assert_false(json_subset(v, NULL));
	json_decref(v);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_integers_that_are_too_large_become_reals),
		cmocka_unit_test(the_largest_integers_stay_exact),
		cmocka_unit_test(digits_in_strings_stay_what_they_are),
		cmocka_unit_test(what_qemu_never_writes_is_refused),
		cmocka_unit_test(any_bytes_do_no_harm),
		cmocka_unit_test(a_subset_has_nothing_that_the_whole_has_not),
		cmocka_unit_test(no_condition_is_met_by_anything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
