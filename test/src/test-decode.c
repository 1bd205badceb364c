/* Rows over values: what is set, and where an error is said to stand. */
#include "check.h"
#include "decode.h"

enum colour { RED, GREEN };
static const char *const colours[] = { [RED] = "red", [GREEN] = "green", NULL };

struct part {
	int64_t n;
};

struct thing {
	char *name;
	bool on;
	int64_t count;
	uint64_t bytes, mib;
	int colour;
	struct part part;
	json_t *any;
	size_t items;
};

static const struct decode_row part_rows[] = {
	{ "n", DECODE_INT, offsetof(struct part, n) },
	{ NULL },
};

static int
decode_item(struct decode *d, const json_t *v, void *out, struct err *e)
{
	struct thing *thing = out;
	struct part part = { 0 };

	thing->items++;
	if (json_is_string(v))
		return err_set(e, "no strings");
	return decode_object(d, v, part_rows, &part, e);
}

static int
decode_items(struct decode *d, const json_t *v, void *out, struct err *e)
{
	return decode_list(d, v, decode_item, out, e);
}

static const struct decode_row rows[] = {
	{ "name", DECODE_STRING, offsetof(struct thing, name), true },
	{ "on", DECODE_BOOL, offsetof(struct thing, on) },
	{ "count", DECODE_INT, offsetof(struct thing, count), .min = 1,
	    .max = 240 },
	{ "bytes", DECODE_BYTES, offsetof(struct thing, bytes) },
	{ "mib", DECODE_MIB, offsetof(struct thing, mib) },
	{ "colour", DECODE_ENUM, offsetof(struct thing, colour),
	    .names = colours },
	{ "part", DECODE_OBJECT, offsetof(struct thing, part),
	    .rows = part_rows },
	{ "any", DECODE_ANY, offsetof(struct thing, any) },
	{ "items", DECODE_FN, .fn = decode_items },
	{ "note", DECODE_IGNORE },
	{ NULL },
};

static int
decode(const char *text, struct thing *thing, struct err *e)
{
	struct document *doc = document_parse("f", text, strlen(text), e);
	struct decode *d = decode_new(doc);
	int result = -1;

	*thing = (struct thing){ .count = 7, .colour = RED };
	if (doc)
		result = decode_object(d, document_root(doc), rows, thing, e);
	decode_free(d);
	document_free(doc);
	return result;
}

static void
release(struct thing *thing)
{
	free(thing->name);
	json_decref(thing->any);
}

static void
fills_by_type(void **state)
{
	struct thing t;
	struct err e;

	assert_ok(decode("name: x\non: true\ncount: 240\nbytes: 1Ki\n"
			 "mib: 256\ncolour: green\npart: {n: -3}\n"
			 "any: [1]\nitems: [{}, {n: 1}]\nnote: {x: [y]}\n",
		      &t, &e),
	    &e);
	assert_string_equal(t.name, "x");
	assert_true(t.on);
	assert_int_equal(t.count, 240);
	assert_int_equal(t.bytes, 1024);
	assert_int_equal(t.mib, 256 * MIB);
	assert_int_equal(t.colour, GREEN);
	assert_int_equal(t.part.n, -3);
	assert_int_equal(json_array_size(t.any), 1);
	assert_int_equal(t.items, 2);
	release(&t);
}

static void
takes_mib_as_numbers_and_quantities(void **state)
{
	static const struct {
		const char *text;
		uint64_t bytes;
	} tests[] = {
		{ "name: x\nmib: \"256\"", 256 * MIB },
		{ "name: x\nmib: 1Gi", GIB },
		{ "name: x\nmib: 0", 0 },
	};
	struct thing t;
	struct err e;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(tests); i++) {
		assert_ok(decode(tests[i].text, &t, &e), &e);
		assert_int_equal(t.mib, tests[i].bytes);
		release(&t);
	}
}

static void
null_leaves_the_default(void **state)
{
	struct thing t;
	struct err e;

	assert_ok(decode("name: x\ncount: ~\nitems:\n", &t, &e), &e);
	assert_int_equal(t.count, 7);
	release(&t);
}

static void
says_what_is_wrong_and_where(void **state)
{
	static const struct {
		const char *text, *error;
	} tests[] = {
		{ "- x", "f:1:1: a mapping is wanted, not a list" },
		{ "on: true", "f:1:1: \"name\" is missing" },
		{ "name:\non: true", "f:1:1: \"name\" is missing" },
		{ "name: x\ncuont: 1",
		    "f:2:1: cuont: unknown key; did you mean \"count\"?" },
		{ "name: x\nzebra: 1", "f:2:1: zebra: unknown key" },
		{ "name: x\n\"a.b\\n\": 1", "f:2:1: [\"a.b?\"]: unknown key" },
		{ "name: 5",
		    "f:1:7: name: a string is wanted, not a whole number" },
		{ "name: x\non: yes",
		    "f:2:5: on: true or false is wanted, not a string" },
		{ "name: true", "f:1:7: name: a string is wanted, not true" },
		{ "name: x\ncount: \"5\"",
		    "f:2:8: count: a whole number is wanted, not a string" },
		{ "name: x\ncount: 1.5",
		    "f:2:8: count: a whole number is "
		    "wanted, not a number with a fraction" },
		{ "name: x\ncount: 0",
		    "f:2:8: count: must be between 1 and 240, not 0" },
		{ "name: x\ncount: 241",
		    "f:2:8: count: must be between 1 and 240, not 241" },
		{ "name: x\nbytes: 12Q",
		    "f:2:8: bytes: 12Q: unknown suffix \"Q\"" },
		{ "name: x\nbytes: {}",
		    "f:2:8: bytes: a quantity such as "
		    "512Mi or 2 is wanted" },
		{ "name: x\nmib: -1", "f:2:6: mib: -1: must not be negative" },
		{ "name: x\ncolour: blue",
		    "f:2:9: colour: \"blue\" is none of: red, green" },
		{ "name: x\npart: []",
		    "f:2:7: part: a mapping is wanted, not a list" },
		{ "name: x\npart:\n  n: x",
		    "f:3:6: part.n: a whole number is "
		    "wanted, not a string" },
		{ "name: x\nitems:\n- n: 1\n- n: false",
		    "f:4:6: items[1].n: a whole number is wanted, not false" },
		{ "name: x\nitems:\n- n: 1\n- m: 1",
		    "f:4:3: items[1].m: unknown key" },
		{ "name: x\nitems:\n- n: 1\n- x",
		    "f:4:3: items[1]: no strings" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(tests); i++) {
		struct thing t;
		struct err e = { "" };

		assert_int_equal(decode(tests[i].text, &t, &e), -1);
		assert_string_equal(e.text, tests[i].error);
		release(&t);
	}
}

static void
without_a_file_places_are_paths(void **state)
{
	json_auto_t *v =
	    json_pack("{s:s, s:{s:s}}", "name", "x", "part", "n", "y");
	struct decode *d = decode_new(NULL);
	struct thing t = { NULL };
	struct err e = { "" };

	assert_int_equal(decode_object(d, v, rows, &t, &e), -1);
	assert_string_equal(
	    e.text, "part.n: a whole number is wanted, not a string");
	decode_free(d);
	release(&t);
}

static void
finds_the_nearest_key(void **state)
{
	static const struct decode_row keys[] = {
		{ "resources" },
		{ "restartPolicy" },
		{ "hostPath" },
		{ "args" },
		{ NULL },
	};

	assert_string_equal(decode_nearest(keys, "resorces"), "resources");
	assert_string_equal(decode_nearest(keys, "resuorces"), "resources");
	assert_string_equal(
	    decode_nearest(keys, "restartpolicy"), "restartPolicy");
	assert_string_equal(decode_nearest(keys, "hostpath"), "hostPath");
	assert_string_equal(decode_nearest(keys, "arg"), "args");
	assert_null(decode_nearest(keys, "kernel"));
	assert_null(decode_nearest(keys, ""));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fills_by_type),
		cmocka_unit_test(takes_mib_as_numbers_and_quantities),
		cmocka_unit_test(null_leaves_the_default),
		cmocka_unit_test(says_what_is_wrong_and_where),
		cmocka_unit_test(without_a_file_places_are_paths),
		cmocka_unit_test(finds_the_nearest_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
