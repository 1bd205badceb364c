/* Walks a command line by rows. */

#include "args.h"
#include "nearest.h"
#include "quote.h"
#include "units.h"
#include <assert.h>
#include <inttypes.h>

struct args
args_of(int argc, char *const *argv)
{
	return (struct args){ .argv = argv, .argc = argc, .at = 1 };
}

/* ---- values ---- */

typedef int set_fn(const struct option_row *row, const char *value,
    void *member, struct err *e);

static int
set_text(const struct option_row *row, const char *value, void *member,
    struct err *e)
{
	if (!*value)
		return err_set(e, "%s must not be empty", row->argument);
	*(const char **)member = value;
	return 0;
}

static int
set_socket(const struct option_row *row, const char *value, void *member,
    struct err *e)
{
	if (strlen(value) > SOCKET_PATH_MAX)
		return err_set(e,
		    "a socket's path has at most %d bytes, this one has %zu",
		    SOCKET_PATH_MAX, strlen(value));
	return set_text(row, value, member, e);
}

static int
set_number(const struct option_row *row, const char *value, void *member,
    struct err *e)
{
	size_t digits = strspn(value, "0123456789");
	long long n;

	errno = 0;
	n = strtoll(value, NULL, 10);
	if (digits == 0 || value[digits] || errno || n < row->min ||
	    n > row->max)
		return err_set(e,
		    "\"%s\": a whole number from %" PRId64 " to %" PRId64
		    " is wanted",
		    quote(value).text, row->min, row->max);
	*(int64_t *)member = n;
	return 0;
}

static int
set_bytes(const struct option_row *row, const char *value, void *member,
    struct err *e)
{
	_free_ char *least = units_print_bytes((uint64_t)row->min);
	uint64_t n;

	if (units_bytes(value, &n, e) < 0)
		return -1;
	if (n < (uint64_t)row->min)
		return err_set(
		    e, "%s: at least %s is wanted", quote(value).text, least);
	*(uint64_t *)member = n;
	return 0;
}

/* "private or shared"; the caller frees. */
static char *
list_choices(const char *const *choices)
{
	char *text = xstrdup(choices[0]);
	size_t i;

	for (i = 1; choices[i]; i++) {
		char *longer = xasprintf(
		    "%s%s%s", text, choices[i + 1] ? ", " : " or ", choices[i]);

		free(text);
		text = longer;
	}
	return text;
}

static int
set_choice(const struct option_row *row, const char *value, void *member,
    struct err *e)
{
	struct nearest near = nearest_to(value);
	_free_ char *all = list_choices(row->choices);
	int i;

	for (i = 0; row->choices[i]; i++) {
		if (str_eq(row->choices[i], value)) {
			*(int *)member = i;
			return 0;
		}
		nearest_try(&near, row->choices[i]);
	}
	return err_set(e, "\"%s\" is not known; %s%s%s", quote(value).text,
	    near.found ? "did you mean \"" : "", near.found ? near.found : all,
	    near.found ? "\"?" : " is wanted");
}

static set_fn *const setters[] = {
	[OPTION_FLAG] = NULL,
	[OPTION_TEXT] = set_text,
	[OPTION_FILE] = set_text,
	[OPTION_FOLDER] = set_text,
	[OPTION_SOCKET] = set_socket,
	[OPTION_NUMBER] = set_number,
	[OPTION_BYTES] = set_bytes,
	[OPTION_CHOICE] = set_choice,
};
static_assert(ARRAY_SIZE(setters) == OPTION_TYPES, "a setter each");

/* ---- rows ---- */

const struct option_row *
option_find(const struct option_row *const *tables, const char *name,
    size_t length, char letter)
{
	const struct option_row *row;

	for (; *tables; tables++)
		for (row = *tables; row->name; row++)
			if (name ? strlen(row->name) == length &&
				    strncmp(row->name, name, length) == 0
				 : letter && row->letter == letter)
				return row;
	return NULL;
}

static int
unknown_option(const struct option_row *const *tables, const char *name,
    size_t length, struct err *e)
{
	_free_ char *copy = must(strndup(name, length));
	struct nearest near = nearest_to(copy);
	const struct option_row *row;

	for (; *tables; tables++)
		for (row = *tables; row->name; row++)
			nearest_try(&near, row->name);
	if (near.found)
		return err_set(e, "unknown option --%s; did you mean --%s?",
		    quote(copy).text, near.found);
	return err_set(e, "unknown option --%s", quote(copy).text);
}

/* ---- one option ---- */

/* Sets its member; without a value of its own it takes the next argument. */
static int
take(struct args *args, const struct option_row *row, const char *value,
    void *out, struct err *e)
{
	void *member = (char *)out + row->offset;

	if (row->type == OPTION_FLAG) {
		*(bool *)member = true;
		return value ? err_set(e, "--%s takes no value", row->name) : 0;
	}
	if (!value && args->at >= args->argc)
		return err_set(
		    e, "--%s: %s is missing", row->name, row->argument);
	if (!value)
		value = args->argv[args->at++];
	if (setters[row->type](row, value, member, e) < 0)
		return err_wrap(e, "--%s", row->name);
	return 0;
}

/* "--name" or "--name=value", without its dashes. */
static int
take_long(struct args *args, const struct option_row *const *tables,
    const char *text, void *out, struct err *e)
{
	size_t length = strcspn(text, "=");
	const struct option_row *row = option_find(tables, text, length, 0);

	if (!row)
		return unknown_option(tables, text, length, e);
	return take(args, row, text[length] ? text + length + 1 : NULL, out, e);
}

/* The next letter; what follows is its value or more letters. */
static int
take_letter(struct args *args, const struct option_row *const *tables,
    void *out, struct err *e)
{
	const char *text = args->letters;
	const struct option_row *row = option_find(tables, NULL, 0, *text);
	bool flag = row && row->type == OPTION_FLAG;

	args->letters = flag && text[1] ? text + 1 : NULL;
	if (!row)
		return err_set(e, "unknown option -%s", quote(text).text);
	return take(args, row, flag || !text[1] ? NULL : text + 1, out, e);
}

int
args_next(struct args *args, const struct option_row *const *tables, void *out,
    const char **word, struct err *e)
{
	while (args->letters || args->at < args->argc) {
		const char *text;
		int rc;

		if (args->letters) {
			if (take_letter(args, tables, out, e) < 0)
				return -1;
			continue;
		}
		text = args->argv[args->at++];
		if (args->only_words || text[0] != '-' || !text[1]) {
			*word = text;
			return 1;
		}
		if (str_eq(text, "--")) {
			args->only_words = true;
			continue;
		}
		if (text[1] != '-') {
			args->letters = text + 1;
			continue;
		}
		rc = take_long(args, tables, text + 2, out, e);
		if (rc < 0)
			return -1;
	}
	return 0;
}
