/* Options by rows: what is taken, where they may stand, what is refused. */
#include "args.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

struct filled {
	bool flag, other;
	const char *text, *socket;
	int64_t number;
	uint64_t bytes;
	int choice;
};

static const char *const choices[] = { "table", "json", NULL };

#define MEMBER(m) offsetof(struct filled, m)

static const struct option_row rows[] = {
	{ "flag", 'f', OPTION_FLAG, MEMBER(flag) },
	{ "other", 'o', OPTION_FLAG, MEMBER(other) },
	{ "text", 't', OPTION_TEXT, MEMBER(text), "TEXT" },
	{ "socket", 0, OPTION_SOCKET, MEMBER(socket), "SOCKET" },
	{ NULL },
};

static const struct option_row more_rows[] = {
	{ "number", 'n', OPTION_NUMBER, MEMBER(number), "N", .min = 1,
	    .max = 4096 },
	{ "bytes", 0, OPTION_BYTES, MEMBER(bytes), "SIZE", .min = MIB },
	{ "choice", 'c', OPTION_CHOICE, MEMBER(choice), "FORMAT",
	    .choices = choices },
	{ NULL },
};

static const struct option_row *const tables[] = { rows, more_rows, NULL };

#define WORDS_MAX 16

/* A line that was read to its end, or to its first error. */
struct line {
	char text[256];
	struct filled filled;
	const char *words[WORDS_MAX];
	size_t words_n;
	struct err e;
};

/* Arguments stand between blanks; "" is an empty one. */
static int
read_line(struct line *line, const char *text)
{
	char *argv[WORDS_MAX] = { line->text }, *rest = line->text;
	const char *word;
	struct args args;
	int argc = 1, rc;

	*line = (struct line){ .filled.choice = -1 };
	snprintf(line->text, sizeof(line->text), "%s", text);
	while (rest && *rest)
		argv[argc++] = strsep(&rest, " ");
	for (rc = 1; rc < argc; rc++)
		if (str_eq(argv[rc], "\"\""))
			*argv[rc] = '\0';
	args = args_of(argc, argv);
	while ((rc = args_next(
		    &args, tables, &line->filled, &word, &line->e)) == 1)
		line->words[line->words_n++] = word;
	return rc;
}

static void
takes_each_type(void **state)
{
	struct line l;

	assert_int_equal(read_line(&l,
			     "--flag --text a=b --number=12 --bytes=1.5Gi "
			     "--choice json --socket=/s"),
	    0);
	assert_true(l.filled.flag);
	assert_false(l.filled.other);
	assert_string_equal(l.filled.text, "a=b");
	assert_string_equal(l.filled.socket, "/s");
	assert_int_equal(l.filled.number, 12);
	assert_int_equal(l.filled.bytes, 1536 * MIB);
	assert_int_equal(l.filled.choice, 1);
	assert_int_equal(l.words_n, 0);
}

static void
takes_letters(void **state)
{
	struct line l;

	assert_int_equal(read_line(&l, "-fo -tword -n 3 -cjson"), 0);
	assert_true(l.filled.flag);
	assert_true(l.filled.other);
	assert_string_equal(l.filled.text, "word");
	assert_int_equal(l.filled.number, 3);
	assert_int_equal(l.filled.choice, 1);
	assert_int_equal(read_line(&l, "-ft -"), 0);
	assert_true(l.filled.flag);
	assert_string_equal(l.filled.text, "-");
}

static void
takes_words_before_and_behind(void **state)
{
	struct line l;

	assert_int_equal(
	    read_line(&l, "one --flag two - -n 3 -- --other -x"), 0);
	assert_int_equal(l.words_n, 5);
	assert_string_equal(l.words[0], "one");
	assert_string_equal(l.words[1], "two");
	assert_string_equal(l.words[2], "-");
	assert_string_equal(l.words[3], "--other");
	assert_string_equal(l.words[4], "-x");
	assert_true(l.filled.flag);
	assert_false(l.filled.other);
}

static void
keeps_the_last_one(void **state)
{
	struct line l;

	assert_int_equal(read_line(&l, "-n 3 --number=4 -c json -c table"), 0);
	assert_int_equal(l.filled.number, 4);
	assert_int_equal(l.filled.choice, 0);
}

static void
goes_on_behind_an_error(void **state)
{
	char wrong[] = "--wrong", flag[] = "--flag",
	     *argv[] = { wrong, wrong, flag };
	struct args args = args_of(3, argv);
	struct filled filled = { 0 };
	const char *word;
	struct err e;

	assert_int_equal(args_next(&args, tables, &filled, &word, &e), -1);
	assert_int_equal(args_next(&args, tables, &filled, &word, &e), 0);
	assert_true(filled.flag);
}

static void
refuses(void **state)
{
	static const struct {
		const char *line, *error;
	} lines[] = {
		{ "--numbr 3",
		    "unknown option --numbr; did you mean --number?" },
		{ "--xyzzy", "unknown option --xyzzy" },
		{ "--fla", "unknown option --fla; did you mean --flag?" },
		{ "--=3", "unknown option --" },
		{ "-x", "unknown option -x" },
		{ "-fx", "unknown option -x" },
		{ "--flag=yes", "--flag takes no value" },
		{ "--text", "--text: TEXT is missing" },
		{ "-t", "--text: TEXT is missing" },
		{ "--text=", "--text: TEXT must not be empty" },
		{ "-t \"\"", "--text: TEXT must not be empty" },
		{ "-n 0",
		    "--number: \"0\": a whole number from 1 to 4096 is "
		    "wanted" },
		{ "-n 4097",
		    "--number: \"4097\": a whole number from 1 to 4096 is "
		    "wanted" },
		{ "-n -1",
		    "--number: \"-1\": a whole number from 1 to 4096 is "
		    "wanted" },
		{ "-n 2x",
		    "--number: \"2x\": a whole number from 1 to 4096 is "
		    "wanted" },
		{ "-n 99999999999999999999",
		    "--number: \"99999999999999999999\": a whole number from "
		    "1 to 4096 is wanted" },
		{ "--bytes 12K", "--bytes: 12K: unknown suffix \"K\"" },
		{ "--bytes -1Mi", "--bytes: -1Mi: must not be negative" },
		{ "--bytes 1Ki", "--bytes: 1Ki: at least 1Mi is wanted" },
		{ "-c jsn",
		    "--choice: \"jsn\" is not known; did you mean "
		    "\"json\"?" },
		{ "-c \x1b[31m",
		    "--choice: \"?[31m\" is not known; table or json is "
		    "wanted" },
	};
	struct line l;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(lines); i++) {
		assert_int_equal(read_line(&l, lines[i].line), -1);
		assert_string_equal(l.e.text, lines[i].error);
	}
}

static void
bounds_the_path_of_a_socket(void **state)
{
	struct line l;
	char text[128];

	snprintf(text, sizeof(text), "--socket %0*d", SOCKET_PATH_MAX, 1);
	assert_int_equal(read_line(&l, text), 0);
	snprintf(text, sizeof(text), "--socket %0*d", SOCKET_PATH_MAX + 1, 1);
	assert_int_equal(read_line(&l, text), -1);
	assert_string_equal(l.e.text,
	    "--socket: a socket's path has at most 107 bytes, this one has "
	    "108");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_each_type),
		cmocka_unit_test(takes_letters),
		cmocka_unit_test(takes_words_before_and_behind),
		cmocka_unit_test(keeps_the_last_one),
		cmocka_unit_test(goes_on_behind_an_error),
		cmocka_unit_test(refuses),
		cmocka_unit_test(bounds_the_path_of_a_socket),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
