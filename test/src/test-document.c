/* YAML and JSON in: types, places, and every refusal. */
#include "check.h"
#include "document.h"

static struct document *
parse(const char *text, struct err *e)
{
	return document_parse("f", text, strlen(text), e);
}

static struct document *
parse_ok(const char *text)
{
	struct err e = { "" };
	struct document *doc = parse(text, &e);

	if (!doc)
		fail_msg("%s", e.text);
	return doc;
}

static void
gives_scalars_their_core_types(void **state)
{
	static const char *const rows[][2] = {
		{ "null", "null" },
		{ "~", "null" },
		{ "", "null" },
		{ "true", "true" },
		{ "False", "false" },
		{ "yes", "\"yes\"" },
		{ "on", "\"on\"" },
		{ "007", "7" },
		{ "-12", "-12" },
		{ "0o17", "15" },
		{ "0x1F", "31" },
		{ "9223372036854775807", "9223372036854775807" },
		{ "1.5", "1.5" },
		{ ".5", "0.5" },
		{ "1e3", "1000.0" },
		{ "1.", "1.0" },
		{ "1_000", "\"1_000\"" },
		{ "1:30", "\"1:30\"" },
		{ "2001-01-01", "\"2001-01-01\"" },
		{ ".", "\".\"" },
		{ "512Mi", "\"512Mi\"" },
		{ "\"5\"", "\"5\"" },
		{ "'true'", "\"true\"" },
		{ "!!str 5", "\"5\"" },
		{ "! 5", "\"5\"" },
		{ "!!int \"5\"", "5" },
		{ "!!float 5", "5" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		_free_ char *text = xasprintf("v: %s\n", rows[i][0]);
		_free_ char *want = xasprintf("{\"v\": %s}", rows[i][1]);
		struct document *doc;
		_free_ char *got = NULL;

		doc = parse_ok(text);
		got = json_dumps(document_root(doc), 0);
		assert_string_equal(got, want);
		document_free(doc);
	}
}

static void
refuses(void **state)
{
	static const struct {
		const char *text, *error;
	} rows[] = {
		{ "", "f:1:1: no document" },
		{ "# nothing\n", "f:2:1: no document" },
		{ "a: 1\na: 2\n", "f:2:1: duplicate key a" },
		{ "{\"a\": 1,\n \"a\": 2}", "f:2:2: duplicate key a" },
		{ "a: {b: 1, 'b': 2}", "f:1:11: duplicate key b" },
		{ "? [a]\n: 1\n", "f:1:3: a key must be a scalar" },
		{ "a: &x {b: 1}\nc:\n  <<: *x\n",
		    "f:3:3: merge keys (<<) are not supported" },
		{ "a: 1\n---\nb: 2\n",
		    "f:2:1: a second document; one is wanted" },
		{ "a: !foo 1\n", "f:1:4: tag !foo is not supported" },
		{ "a: !!binary aGk=\n",
		    "f:1:4: tag tag:yaml.org,2002:binary is not supported" },
		{ "a: !!set {b}\n",
		    "f:1:4: tag tag:yaml.org,2002:set is not supported" },
		{ "a: !!int x\n", "f:1:4: x: not what its tag !!int says" },
		{ "a: 9223372036854775808\n",
		    "f:1:4: 9223372036854775808: beyond 64 bits" },
		{ "{\"a\": 9223372036854775808}",
		    "f:1:7: 9223372036854775808: beyond 64 bits" },
		{ "a: 0xffffffffffffffff\n",
		    "f:1:4: 0xffffffffffffffff: beyond 64 bits" },
		{ "a: 1e999\n", "f:1:4: 1e999: too large a number" },
		{ "a: .inf\n",
		    "f:1:4: .inf: only finite numbers are supported" },
		{ "a: *b\n", "f:1:4: *b: no value &b ends before it" },
		{ "a: &a [*a]\n", "f:1:8: *a: no value &a ends before it" },
		{ "a: \"x\\0y\"\n", "f:1:4: a NUL in a string" },
		{ "{\"a\": \"\\u0000\"}", "f:1:7: a NUL in a string" },
		{ "\ta: 1\n",
		    "f:1:1: found character that cannot start any "
		    "token while scanning for the next token" },
		{ "a: [1\n",
		    "f:2:1: did not find expected ',' or ']' "
		    "while parsing a flow sequence" },
		{ "a: 1\nb: \xff\n", "f:2:4: invalid leading UTF-8 octet" },
		{ "a: 1\nb: \xc3\xa9\x01\n",
		    "f:2:5: control characters are not allowed" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct err e = { "" };

		assert_null(parse(rows[i].text, &e));
		assert_string_equal(e.text, rows[i].error);
	}
}

static void
refuses_a_nul_byte(void **state)
{
	struct err e = { "" };

	assert_null(document_parse("f", "a: x\0y\n", 7, &e));
	assert_string_equal(
	    e.text, "f:1:5: control characters are not allowed");
}

/* The place of a value as "line:column"; of its key, when at_key. */
static const char *
place(const struct document_place *at)
{
	static char text[32];

	snprintf(text, sizeof(text), "%u:%u", at ? at->line : 0,
	    at ? at->column : 0);
	return text;
}

static void
knows_places(void **state)
{
	static const char *const texts[] = {
		"a: true\nb:\n  - true\n  - {\xc3\xa9: x,   c: ~}\n",
		"{\"a\":true,\n\"b\":\n [ true,\n\t{\"\xc3\xa9\":\"}]\\\"\","
		"\"c\":null}]}",
	};
	static const char *const wants[][6] = {
		{ "1:1", "1:4", "3:5", "4:9", "4:14", "4:17" },
		{ "2:1", "1:6", "3:4", "4:7", "4:14", "4:18" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		struct document *doc = parse_ok(texts[i]);
		json_t *root = document_root(doc);
		json_t *list = json_object_get(root, "b");
		json_t *last = json_array_get(list, 1);
		const char *const *want = wants[i];

		if (i == 0)
			assert_string_equal(
			    place(document_value_place(doc, NULL, NULL, 0)),
			    want[0]);
		else
			assert_string_equal(
			    place(document_key_place(doc, root, "b")), want[0]);
		assert_string_equal(
		    place(document_value_place(doc, root, "a", 0)), want[1]);
		assert_string_equal(
		    place(document_value_place(doc, list, NULL, 0)), want[2]);
		assert_string_equal(
		    place(document_value_place(doc, last, "\xc3\xa9", 0)),
		    want[3]);
		assert_string_equal(
		    place(document_key_place(doc, last, "c")), want[4]);
		assert_string_equal(
		    place(document_value_place(doc, last, "c", 0)), want[5]);
		assert_null(document_value_place(doc, root, "z", 0));
		document_free(doc);
	}
}

static void
expands_aliases_into_values_of_their_own(void **state)
{
	struct document *doc =
	    parse_ok("a: &a\n  b: [true]\nc: *a\nd: *a\ne: &s x\nf: *s\n");
	json_t *root = document_root(doc);
	json_t *c = json_object_get(root, "c");
	json_t *d = json_object_get(root, "d");
	json_t *list = json_object_get(d, "b");

	assert_true(json_equal(c, d));
	assert_ptr_not_equal(c, d);
	assert_string_equal(json_string_value(json_object_get(root, "f")), "x");
	assert_string_equal(
	    place(document_value_place(doc, root, "d", 0)), "4:4");
	assert_string_equal(
	    place(document_value_place(doc, list, NULL, 0)), "2:7");
	document_free(doc);
}

static void
refuses_an_alias_bomb(void **state)
{
	struct err e = { "" };

	assert_null(parse("a: &a [x,x,x,x,x,x,x,x,x,x]\n"
			  "b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
			  "c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"
			  "d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\n"
			  "e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\n"
			  "f: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]\n",
	    &e));
	assert_string_equal(
	    e.text, "f:5:29: more than 100000 values, aliases expanded");
}

/* n times what, then text; the caller frees. */
static char *
repeat(const char *what, size_t n, const char *text)
{
	size_t size = strlen(what), i;
	char *s = xcalloc(n * size + strlen(text) + 1, 1);

	for (i = 0; i < n; i++)
		memcpy(s + i * size, what, size);
	memcpy(s + n * size, text, strlen(text));
	return s;
}

static void
bounds_depth(void **state)
{
	_free_ char *list = repeat("[", 65, "");
	_free_ char *ends = repeat("]", 65, "");
	_free_ char *json = xasprintf("%s%s", list, ends);
	_free_ char *yaml = repeat("- ", 65, "x\n");
	_free_ char *deepest = repeat("- ", 64, "x\n");
	_free_ char *hostile = repeat("[", 1000000, "");
	struct err e = { "" };

	assert_null(parse(json, &e));
	assert_string_equal(e.text, "f:1:65: nested deeper than 64 levels");
	assert_null(parse(yaml, &e));
	assert_string_equal(e.text, "f:1:129: nested deeper than 64 levels");
	assert_null(parse(hostile, &e));
	document_free(parse_ok(deepest));
}

static void
bounds_values(void **state)
{
	_free_ char *list = repeat("0,", 100000, "0]");
	_free_ char *json = xasprintf("[%s", list);
	struct err e = { "" };

	assert_null(parse(json, &e));
	assert_string_equal(
	    e.text, "f:1:200000: more than 100000 values, aliases expanded");
}

static void
reads_json_that_is_not_yaml(void **state)
{
	struct document *doc = parse_ok(
	    "\xef\xbb\xbf\t{\"a\":\"\\ud83d\\ude00\\/\",\n\t\"b\":1}\n");

	assert_string_equal(
	    json_string_value(json_object_get(document_root(doc), "a")),
	    "\xf0\x9f\x98\x80/");
	document_free(doc);
}

static void
says_why_a_file_is_not_read(void **state)
{
	struct err e = { "" };

	assert_null(document_read("/nonexistent/pod.yaml", &e));
	assert_string_equal(
	    e.text, "open /nonexistent/pod.yaml: No such file or directory");
	assert_null(document_read("/", &e));
	assert_string_equal(e.text, "read /: Is a directory");
	assert_null(document_read("/dev/zero", &e));
	assert_string_equal(e.text, "/dev/zero: larger than 4 MiB");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_scalars_their_core_types),
		cmocka_unit_test(refuses),
		cmocka_unit_test(refuses_a_nul_byte),
		cmocka_unit_test(knows_places),
		cmocka_unit_test(expands_aliases_into_values_of_their_own),
		cmocka_unit_test(refuses_an_alias_bomb),
		cmocka_unit_test(bounds_depth),
		cmocka_unit_test(bounds_values),
		cmocka_unit_test(reads_json_that_is_not_yaml),
		cmocka_unit_test(says_why_a_file_is_not_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
