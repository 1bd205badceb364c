/* The types of plain scalars: YAML 1.2.2, section 10.3.2, the core schema. */
#include "document-internal.h"
#include "quote.h"
#include <math.h>

#define DECIMAL "0123456789"
#define OCTAL "01234567"
#define HEXADECIMAL DECIMAL "abcdefABCDEF"

static const struct {
	const char *text;
	json_type type;
} words[] = {
	{ "", JSON_NULL },
	{ "~", JSON_NULL },
	{ "null", JSON_NULL },
	{ "Null", JSON_NULL },
	{ "NULL", JSON_NULL },
	{ "true", JSON_TRUE },
	{ "True", JSON_TRUE },
	{ "TRUE", JSON_TRUE },
	{ "false", JSON_FALSE },
	{ "False", JSON_FALSE },
	{ "FALSE", JSON_FALSE },
};

/* true, false or null; NULL when text is none of their spellings. */
static json_t *
read_word(const char *text)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(words); i++) {
		if (!str_eq(text, words[i].text))
			continue;
		if (words[i].type == JSON_NULL)
			return json_null();
		return json_boolean(words[i].type == JSON_TRUE);
	}
	return NULL;
}

/* Whether text is one or more of digits and nothing else. */
static bool
is_all(const char *text, const char *digits)
{
	return *text && text[strspn(text, digits)] == '\0';
}

/* Behind the sign, if there is one. */
static const char *
skip_sign(const char *text)
{
	return text + (*text == '-' || *text == '+');
}

/* The base of an integer, 0 when text is none. */
static int
integer_base(const char *text)
{
	if (is_all(skip_sign(text), DECIMAL))
		return 10;
	if (str_starts(text, "0x") && is_all(text + 2, HEXADECIMAL))
		return 16;
	if (str_starts(text, "0o") && is_all(text + 2, OCTAL))
		return 8;
	return 0;
}

/* The integer in a base; only base 10 has no prefix. */
static json_t *
read_integer(const char *text, int base, struct err *e)
{
	long long value;

	errno = 0;
	value = strtoll(base == 10 ? text : text + 2, NULL, base);
	if (errno == 0)
		return must(json_integer(value));
	err_set(e, "%s: beyond 64 bits", quote(text).text);
	return NULL;
}

/* [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )? */
static bool
is_float(const char *text)
{
	const char *p = skip_sign(text);
	size_t whole = strspn(p, DECIMAL), fraction = 0;

	p += whole;
	if (*p == '.')
		fraction = strspn(++p, DECIMAL);
	p += fraction;
	if (whole + fraction == 0)
		return false;
	if (*p != 'e' && *p != 'E')
		return *p == '\0';
	return is_all(skip_sign(p + 1), DECIMAL);
}

/* [-+]? \.inf and \.nan, in three spellings each. */
static bool
is_not_finite(const char *text)
{
	static const char *const names[] = { ".inf", ".Inf", ".INF", ".nan",
		".NaN", ".NAN" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		if (str_eq(i < 3 ? skip_sign(text) : text, names[i]))
			return true;
	}
	return false;
}

/* The nearest double; there must be one. */
static json_t *
read_float(const char *text, struct err *e)
{
	double value = strtod(text, NULL);

	if (isfinite(value))
		return must(json_real(value));
	err_set(e, "%s: too large a number", quote(text).text);
	return NULL;
}

json_t *
document_scalar(const char *text, struct err *e)
{
	json_t *word = read_word(text);
	int base = integer_base(text);

	if (word)
		return word;
	if (base)
		return read_integer(text, base, e);
	if (is_float(text))
		return read_float(text, e);
	if (is_not_finite(text)) {
		err_set(e, "%s: only finite numbers are supported", text);
		return NULL;
	}
	word = json_string(text);
	if (!word)
		err_set(e, "a string is not UTF-8");
	return word;
}
