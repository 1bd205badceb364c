/* The types that a row can have: what each accepts and what it sets. */
#include "decode-internal.h"
#include "quote.h"
#include "units.h"
#include <assert.h>

static const char *const type_names[] = {
	[JSON_OBJECT] = "a mapping",
	[JSON_ARRAY] = "a list",
	[JSON_STRING] = "a string",
	[JSON_INTEGER] = "a whole number",
	[JSON_REAL] = "a number with a fraction",
	[JSON_TRUE] = "true",
	[JSON_FALSE] = "false",
	[JSON_NULL] = "null",
};
static_assert(ARRAY_SIZE(type_names) == JSON_NULL + 1, "one name a type");

/* Whether v has a type that stands for both booleans. */
static bool
has_type(const json_t *v, json_type type)
{
	if (type == JSON_TRUE)
		return json_is_boolean(v);
	return v && json_typeof(v) == type;
}

int
decode_expect(struct decode *d, const json_t *v, json_type type, struct err *e)
{
	const char *wanted =
	    type == JSON_TRUE ? "true or false" : type_names[type];

	if (has_type(v, type))
		return 0;
	return decode_error(d, e, "%s is wanted, not %s", wanted,
	    v ? type_names[json_typeof(v)] : "nothing");
}

/* Owned; replaces a default. */
static int
set_string(struct decode *d, const struct decode_row *row, const json_t *v,
    void *member, struct err *e)
{
	char **out = member;

	if (decode_expect(d, v, JSON_STRING, e) < 0)
		return -1;
	free(*out);
	*out = xstrdup(json_string_value(v));
	return 0;
}

/* true or false, no other word. */
static int
set_bool(struct decode *d, const struct decode_row *row, const json_t *v,
    void *member, struct err *e)
{
	if (decode_expect(d, v, JSON_TRUE, e) < 0)
		return -1;
	*(bool *)member = json_is_true(v);
	return 0;
}

/* A whole number within the row's bounds. */
static int
set_int(struct decode *d, const struct decode_row *row, const json_t *v,
    void *member, struct err *e)
{
	int64_t value = json_integer_value(v);

	if (decode_expect(d, v, JSON_INTEGER, e) < 0)
		return -1;
	if ((row->min || row->max) && (value < row->min || value > row->max))
		return decode_error(d, e,
		    "must be between %lld and %lld, not %lld",
		    (long long)row->min, (long long)row->max, (long long)value);
	*(int64_t *)member = value;
	return 0;
}

/* A quantity of bytes. */
static int
set_bytes(struct decode *d, const struct decode_row *row, const json_t *v,
    void *member, struct err *e)
{
	return units_json_bytes(v, member, e);
}

/* A bare number of MiB, or a quantity. */
static int
set_mib(struct decode *d, const struct decode_row *row, const json_t *v,
    void *member, struct err *e)
{
	_free_ char *text = units_json_text(v);
	_free_ char *mib = NULL;

	if (!text || text[strspn(text, "0123456789")] || !*text)
		return units_json_bytes(v, member, e);
	mib = xasprintf("%sMi", text);
	return units_bytes(mib, member, e);
}

/* "floor, kata"; the caller frees. */
static char *
join_names(const char *const *names)
{
	char *text = NULL;
	size_t size, i;
	FILE *f = must(open_memstream(&text, &size));

	for (i = 0; names[i]; i++)
		fprintf(
		    f, "%s%s", i ? ", " : "", *names[i] ? names[i] : "\"\"");
	fclose(f);
	return must(text);
}

/* The index of one of the row's names. */
static int
set_enum(struct decode *d, const struct decode_row *row, const json_t *v,
    void *member, struct err *e)
{
	const char *text = json_string_value(v);
	_free_ char *all = NULL;
	int i;

	if (decode_expect(d, v, JSON_STRING, e) < 0)
		return -1;
	for (i = 0; row->names[i]; i++) {
		if (!str_eq(text, row->names[i]))
			continue;
		*(int *)member = i;
		return 0;
	}
	all = join_names(row->names);
	return decode_error(
	    d, e, "\"%s\" is none of: %s", quote(text).text, all);
}

/* A nested struct. */
static int
set_object(struct decode *d, const struct decode_row *row, const json_t *v,
    void *member, struct err *e)
{
	return decode_object(d, v, row->rows, member, e);
}

/* A copy, for who will look at it later. */
static int
set_any(struct decode *d, const struct decode_row *row, const json_t *v,
    void *member, struct err *e)
{
	json_t **out = member;

	json_decref(*out);
	*out = must(json_deep_copy(v));
	return 0;
}

/* Whatever the row's function makes of it. */
static int
set_by_fn(struct decode *d, const struct decode_row *row, const json_t *v,
    void *member, struct err *e)
{
	return row->fn(d, v, member, e);
}

/* Known, and of no meaning here. */
static int
set_nothing(struct decode *d, const struct decode_row *row, const json_t *v,
    void *member, struct err *e)
{
	return 0;
}

decode_setter *const decode_setters[] = {
	[DECODE_STRING] = set_string,
	[DECODE_BOOL] = set_bool,
	[DECODE_INT] = set_int,
	[DECODE_BYTES] = set_bytes,
	[DECODE_MIB] = set_mib,
	[DECODE_ENUM] = set_enum,
	[DECODE_OBJECT] = set_object,
	[DECODE_ANY] = set_any,
	[DECODE_FN] = set_by_fn,
	[DECODE_IGNORE] = set_nothing,
};
static_assert(ARRAY_SIZE(decode_setters) == DECODE_TYPES, "one setter a type");
