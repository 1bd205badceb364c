/*
 * JSON as QEMU writes it, to and from jansson.
 */
#include "json.h"

#define PARSE_FLAGS JSON_REJECT_DUPLICATES
#define INTEGER_MAX 20 /* bytes of the longest that may fit: -INT64_MAX */

struct text {
	char *bytes;
	size_t n, size;
};

static void
text_add(struct text *text, const char *bytes, size_t n)
{
	if (text->n + n > text->size) {
		text->size = MAX(text->size * 2, text->n + n);
		text->bytes = xrealloc(text->bytes, text->size, 1);
	}
	memcpy(text->bytes + text->n, bytes, n);
	text->n += n;
}

static bool
is_number_byte(char c)
{
	return c != '\0' && strchr("+-.0123456789eE", c);
}

/* Is this number token an integer that an int64_t cannot hold? */
static bool
overflows(const char *token, size_t n)
{
	char copy[INTEGER_MAX + 1];
	size_t i;

	for (i = 0; i < n; i++)
		if (strchr(".eE", token[i]))
			return false;
	if (n > INTEGER_MAX)
		return true;
	memcpy(copy, token, n);
	copy[n] = '\0';
	errno = 0;
	strtoll(copy, NULL, 10);
	return errno == ERANGE;
}

/* The length of the string, number or single byte at the start of text. */
static size_t
token_length(const char *text, size_t n)
{
	size_t i = 1;

	if (text[0] == '"') {
		while (i < n && text[i] != '"')
			i += text[i] == '\\' ? 2 : 1;
		return MIN(i + 1, n);
	}
	if (is_number_byte(text[0]))
		while (i < n && is_number_byte(text[i]))
			i++;
	return i;
}

/* The same text, in which integers that are too large are reals. */
static struct text
widen(const char *from, size_t n)
{
	struct text to = { 0 };
	size_t length;

	for (; n > 0; from += length, n -= length) {
		length = token_length(from, n);
		text_add(&to, from, length);
		if (is_number_byte(from[0]) && overflows(from, length))
			text_add(&to, ".0", 2);
	}
	return to;
}

static json_t *
parse_widened(const char *text, size_t n, json_error_t *error)
{
	struct text wide = widen(text, n);
	json_t *value = json_loadb(wide.bytes, wide.n, PARSE_FLAGS, error);

	free(wide.bytes);
	return value;
}

json_t *
json_parse(const char *text, size_t n, struct err *e)
{
	json_error_t error;
	json_t *value = json_loadb(text, n, PARSE_FLAGS, &error);

	if (!value && json_error_code(&error) == json_error_numeric_overflow)
		value = parse_widened(text, n, &error);
	if (!value)
		err_set(e, "this is not JSON: %s at byte %d", error.text,
		    error.position);
	return value;
}

static bool
object_subset(const json_t *part, const json_t *whole)
{
	json_t *members = (json_t *)(uintptr_t)part; /* only read */
	const char *key;
	json_t *value;

	json_object_foreach (members, key, value)
		if (!json_subset(value, json_object_get(whole, key)))
			return false;
	return true;
}

bool
json_subset(const json_t *part, const json_t *whole)
{
	if (!part)
		return true;
	if (json_is_object(part) && json_is_object(whole))
		return object_subset(part, whole);
	return json_equal(part, whole);
}
