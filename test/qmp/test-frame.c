/* The framer: whatever the cuts, whole texts; whatever the bytes, bounded. */
#include "check.h"
#include "frame.h"

/* As QEMU 7.2 wrote it, one reply made pretty. */
static const char recorded[] =
    "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 22, \"minor\": 2, "
    "\"major\": 7}, \"package\": \"Debian\"}, \"capabilities\": "
    "[\"oob\"]}}\r\n"
    "{\"return\": {}, \"id\": 1}\r\n"
    "{\"timestamp\": {\"seconds\": 1, \"microseconds\": 2}, \"event\": "
    "\"STOP\"}\r\n"
    "{\r\n    \"return\": [\r\n        \"a}\\\"]{\\\\\"\r\n    ],\r\n    "
    "\"id\": 2\r\n}\r\n"
    "{\"id\": 3, \"error\": {\"class\": \"CommandNotFound\", \"desc\": "
    "\"The command nope has not been found\"}}\r\n";

struct taken {
	char text[4096]; /* texts end in |, resets are !, the end is # */
	struct err e;
};

static void
add(struct taken *taken, const char *text, size_t n, char end)
{
	size_t used = strlen(taken->text);

	snprintf(taken->text + used, sizeof(taken->text) - used, "%.*s%c",
	    (int)n, text, end);
}

static void
take_all(struct framer *framer, struct taken *taken)
{
	const char *text;
	size_t n;

	for (;;)
		switch (framer_next(framer, &text, &n, &taken->e)) {
		case FRAME_TEXT:
			add(taken, text, n, '|');
			break;
		case FRAME_RESET:
			add(taken, "", 0, '!');
			break;
		case FRAME_BAD:
			add(taken, "", 0, '#');
			break;
		case FRAME_NONE:
			return;
		}
}

/* Feeds it in pieces of at most this size. */
static void
feed(enum qmp_dialect dialect, const char *bytes, size_t n, size_t piece,
    struct taken *taken)
{
	struct framer *framer = framer_new(dialect);
	size_t size;

	memset(taken, 0, sizeof(*taken));
	for (; n > 0; bytes += size, n -= size) {
		size = MIN(piece, n);
		framer_put(framer, bytes, size);
		take_all(framer, taken);
	}
	framer_free(framer);
}

/* The same at once and byte by byte. */
static void
expect(enum qmp_dialect dialect, const char *bytes, const char *wanted)
{
	struct taken taken;

	feed(dialect, bytes, strlen(bytes), SIZE_MAX, &taken);
	assert_string_equal(taken.text, wanted);
	feed(dialect, bytes, strlen(bytes), 1, &taken);
	assert_string_equal(taken.text, wanted);
}

static void
cuts_at_the_closing_bracket(void **state)
{
	expect(QMP_MONITOR, "{}", "{}|");
	expect(QMP_MONITOR, "{\"a\":{\"b\":[{}]}}", "{\"a\":{\"b\":[{}]}}|");
	expect(QMP_MONITOR, "{}{}\r\n{\"a\":1}", "{}|{}|{\"a\":1}|");
	expect(QMP_MONITOR, " \t\r\n{}\n\n", "{}|");
	expect(QMP_MONITOR, "{\"a\":1", "");
}

static void
a_pretty_monitor_is_no_different(void **state)
{
	expect(QMP_MONITOR, "{\n    \"QMP\": {\n    }\n}\n{\n}\n",
	    "{\n    \"QMP\": {\n    }\n}|{\n}|");
}

static void
brackets_in_strings_do_not_count(void **state)
{
	expect(QMP_MONITOR, "{\"}]\":\"[{\"}", "{\"}]\":\"[{\"}|");
	expect(QMP_MONITOR, "{\"\\\"}\":1}", "{\"\\\"}\":1}|");
	expect(QMP_MONITOR, "{\"\\\\\":1}{}", "{\"\\\\\":1}|{}|");
	expect(QMP_MONITOR, "{\"\\\\\\\"}\":1}", "{\"\\\\\\\"}\":1}|");
}

static void
what_is_not_qmp_is_named(void **state)
{
	static const struct {
		const char *bytes, *text;
	} rows[] = {
		{ "SSH-2.0-OpenSSH_9.2p1\r\n",
		    "this is not QMP: \"SSH-2.0-OpenSSH_9.2p1\\x0d\\x0a\"" },
		{ "HTTP/1.1 400 Bad Request\r\n",
		    "this is not QMP: \"HTTP/1.1 400 Bad Request\\x0d\\x0a\"" },
		{ "QEMU 7.2.22 monitor - type 'help' for more information\r\n",
		    "this is not QMP: "
		    "\"QEMU 7.2.22 monitor - type 'help' for mo\"" },
		{ "[1]", "this is not QMP: \"[1]\"" },
		{ "\r\n  \x1b[0m\xff", "this is not QMP: \"\\x1b[0m\\xff\"" },
	};
	struct taken taken;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		feed(QMP_MONITOR, rows[i].bytes, strlen(rows[i].bytes),
		    SIZE_MAX, &taken);
		assert_string_equal(taken.text, "#");
		assert_string_equal(taken.e.text, rows[i].text);
	}
}

static void
nothing_comes_after_what_is_bad(void **state)
{
	expect(QMP_MONITOR, "{}x{}{}", "{}|#");
}

static void
an_agents_reset_drops_what_was_begun(void **state)
{
	expect(QMP_AGENT, "\xff{}", "!{}|");
	expect(QMP_AGENT, "{\"a\":[\xff{}", "!{}|");
	expect(QMP_AGENT, "{\"a\":\"\\\xff{}", "!{}|");
	expect(QMP_AGENT, "{}\xff\xff{}", "{}|!!{}|");
	expect(QMP_AGENT, "junk\xff{}", "#!{}|");
	expect(QMP_MONITOR, "\xff{}", "#");
}

static void
a_skip_lasts_until_the_reset(void **state)
{
	static const char bytes[] = "n\": 1}\r\n{\"return\": {}}\r\n\xff{}{}";
	struct framer *framer = framer_new(QMP_AGENT);
	struct taken taken = { 0 };
	size_t i;

	framer_put(framer, "{\"retur", 7);
	take_all(framer, &taken);
	framer_skip(framer);
	for (i = 0; i < strlen(bytes); i++) {
		framer_put(framer, bytes + i, 1);
		take_all(framer, &taken);
	}
	assert_string_equal(taken.text, "!{}|{}|");
	framer_free(framer);
}

static void
nesting_has_a_limit(void **state)
{
	char text[2 * (QMP_DEPTH_MAX + 1) + 1];
	struct taken taken;
	size_t depth = QMP_DEPTH_MAX;

	memset(text, '[', depth);
	memset(text + depth, ']', depth);
	text[0] = '{';
	feed(QMP_MONITOR, text, 2 * depth, SIZE_MAX, &taken);
	assert_int_equal(taken.text[strlen(taken.text) - 1], '|');
	text[depth] = '[';
	feed(QMP_MONITOR, text, 2 * depth, SIZE_MAX, &taken);
	assert_string_equal(taken.text, "#");
	assert_string_equal(taken.e.text, "a message has too many levels");
}

static enum frame_kind
kind_of(const char *bytes, struct err *e)
{
	struct framer *framer = framer_new(QMP_MONITOR);
	enum frame_kind kind;
	const char *text;
	size_t n;

	framer_put(framer, bytes, strlen(bytes));
	kind = framer_next(framer, &text, &n, e);
	framer_free(framer);
	return kind;
}

/* "{[],[],…": two counted for each pair of brackets. */
static void
values_have_a_limit(void **state)
{
	size_t pairs = QMP_VALUES_MAX / 2, i;
	_free_ char *text = xcalloc(3 * pairs + 3, 1);
	struct err e;

	text[0] = '{';
	for (i = 0; i < pairs; i++)
		memcpy(text + 1 + 3 * i, "[],", 3);
	assert_int_equal(kind_of(text, &e), FRAME_BAD);
	assert_string_equal(e.text, "a message has too many values");
	text[3 * pairs] = '}';
	assert_int_equal(kind_of(text, &e), FRAME_TEXT);
}

/* An object of n bytes, most of them in a string. */
static char *
long_text(size_t n)
{
	char *text = xcalloc(n, 1);

	memset(text, 'x', n);
	memcpy(text, "{\"a\":\"", 6);
	memcpy(text + n - 2, "\"}", 2);
	return text;
}

static size_t
longest(size_t n, size_t piece, enum frame_kind *kind)
{
	struct framer *framer = framer_new(QMP_MONITOR);
	_free_ char *bytes = long_text(n);
	const char *text;
	size_t at = 0, length = 0;

	for (*kind = FRAME_NONE; at < n && *kind == FRAME_NONE; at += piece) {
		framer_put(framer, bytes + at, MIN(piece, n - at));
		*kind = framer_next(framer, &text, &length, NULL);
	}
	framer_free(framer);
	return length;
}

static void
a_schema_in_one_line_is_one_text(void **state)
{
	enum frame_kind kind;

	assert_int_equal(longest(230 * KIB, 4096, &kind), 230 * KIB);
	assert_int_equal(kind, FRAME_TEXT);
}

static void
a_message_has_a_limit(void **state)
{
	enum frame_kind kind;

	assert_int_equal(
	    longest(QMP_MESSAGE_MAX, 65536, &kind), QMP_MESSAGE_MAX);
	assert_int_equal(kind, FRAME_TEXT);
	longest(QMP_MESSAGE_MAX + 1, 65536, &kind);
	assert_int_equal(kind, FRAME_BAD);
}

static void
small_messages_follow_a_large_one(void **state)
{
	struct framer *framer = framer_new(QMP_MONITOR);
	_free_ char *bytes = long_text(MIB);
	const char *text;
	unsigned i;
	size_t n;

	for (i = 0; i < 3; i++) {
		framer_put(framer, bytes, MIB);
		assert_int_equal(
		    framer_next(framer, &text, &n, NULL), FRAME_TEXT);
		assert_int_equal(n, MIB);
		framer_put(framer, "{}{", 3);
		assert_int_equal(
		    framer_next(framer, &text, &n, NULL), FRAME_TEXT);
		assert_int_equal(n, 2);
		framer_put(framer, "}", 1);
		assert_int_equal(
		    framer_next(framer, &text, &n, NULL), FRAME_TEXT);
		assert_int_equal(n, 2);
	}
	framer_free(framer);
	framer_free(NULL);
}

/* Quadratic work would take hours. */
static void
the_largest_message_byte_by_byte(void **state)
{
	enum frame_kind kind;

	assert_int_equal(longest(QMP_MESSAGE_MAX, 1, &kind), QMP_MESSAGE_MAX);
	assert_int_equal(kind, FRAME_TEXT);
}

static void
any_cut_gives_the_same_texts(void **state)
{
	struct taken whole, cut;
	uint64_t seed;

	feed(QMP_MONITOR, recorded, strlen(recorded), SIZE_MAX, &whole);
	for (seed = 1; seed <= 300; seed++) {
		struct framer *framer = framer_new(QMP_MONITOR);
		size_t at = 0, n;
		uint64_t random = seed;

		memset(&cut, 0, sizeof(cut));
		for (; at < strlen(recorded); at += n) {
			n = check_random(&random) % 40;
			n = MIN(n, strlen(recorded) - at);
			framer_put(framer, recorded + at, n);
			take_all(framer, &cut);
		}
		framer_free(framer);
		assert_string_equal(cut.text, whole.text);
	}
}

static void
any_bytes_do_no_harm(void **state)
{
	static const char alphabet[] = "{}[]\"\\ \n\xff\x00x1:,";
	char bytes[512];
	struct taken taken;
	uint64_t random = 7;
	size_t i, round;

	for (round = 0; round < 4000; round++) {
		for (i = 0; i < sizeof(bytes); i++)
			bytes[i] = alphabet[check_random(&random) %
			    (sizeof(alphabet) - 1)];
		feed(round % 2 ? QMP_AGENT : QMP_MONITOR, bytes, sizeof(bytes),
		    1 + round % 9, &taken);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cuts_at_the_closing_bracket),
		cmocka_unit_test(a_pretty_monitor_is_no_different),
		cmocka_unit_test(brackets_in_strings_do_not_count),
		cmocka_unit_test(what_is_not_qmp_is_named),
		cmocka_unit_test(nothing_comes_after_what_is_bad),
		cmocka_unit_test(an_agents_reset_drops_what_was_begun),
		cmocka_unit_test(a_skip_lasts_until_the_reset),
		cmocka_unit_test(nesting_has_a_limit),
		cmocka_unit_test(values_have_a_limit),
		cmocka_unit_test(a_schema_in_one_line_is_one_text),
		cmocka_unit_test(a_message_has_a_limit),
		cmocka_unit_test(small_messages_follow_a_large_one),
		cmocka_unit_test(the_largest_message_byte_by_byte),
		cmocka_unit_test(any_cut_gives_the_same_texts),
		cmocka_unit_test(any_bytes_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
