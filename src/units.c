/*
 * Quantities are held as digits * 10^decimal * 2^binary until the very end,
 * so that every one of Kubernetes' notations is exact.
 */
#include "units.h"
#include "quote.h"
#include <ctype.h>
#include <inttypes.h>

#define MILLICPU_MAX UINT64_C(1000000000)
#define EXPONENT_MAX 9999

struct quantity {
	uint64_t digits;
	int decimal, binary;
};

static const struct {
	const char *name;
	int decimal, binary;
} suffixes[] = {
	{ "", 0, 0 },
	{ "n", -9, 0 },
	{ "u", -6, 0 },
	{ "m", -3, 0 },
	{ "k", 3, 0 },
	{ "M", 6, 0 },
	{ "G", 9, 0 },
	{ "T", 12, 0 },
	{ "P", 15, 0 },
	{ "E", 18, 0 },
	{ "Ki", 0, 10 },
	{ "Mi", 0, 20 },
	{ "Gi", 0, 30 },
	{ "Ti", 0, 40 },
	{ "Pi", 0, 50 },
	{ "Ei", 0, 60 },
};

/* Puts a digit behind the others; false when there are too many. */
static bool
append(struct quantity *q, unsigned digit)
{
	return !__builtin_mul_overflow(q->digits, 10, &q->digits) &&
	    !__builtin_add_overflow(q->digits, digit, &q->digits);
}

/* The digits before the point; text moves behind them. */
static bool
parse_integer(const char **text, struct quantity *q)
{
	for (; isdigit((unsigned char)**text); (*text)++) {
		if (!append(q, (unsigned)(**text - '0')))
			return false;
	}
	return true;
}

/* The digits behind the point; zeros count only when a digit follows. */
static bool
parse_fraction(const char **text, struct quantity *q)
{
	int zeros = 0;

	for (; isdigit((unsigned char)**text); (*text)++) {
		if (**text == '0') {
			zeros++;
			continue;
		}
		for (q->decimal -= zeros + 1; zeros > 0; zeros--) {
			if (!append(q, 0))
				return false;
		}
		if (!append(q, (unsigned)(**text - '0')))
			return false;
	}
	return true;
}

/* Whether all of text is an exponent ("e9", "E-3"). */
static bool
parse_exponent(const char *text, struct quantity *q)
{
	bool negative;
	int exponent = 0;

	if (*text != 'e' && *text != 'E')
		return false;
	negative = *++text == '-';
	text += *text == '-' || *text == '+';
	if (!*text || text[strspn(text, "0123456789")])
		return false;
	for (; *text; text++)
		exponent = MIN(exponent * 10 + (*text - '0'), EXPONENT_MAX);
	q->decimal += negative ? -exponent : exponent;
	return true;
}

/* What stands behind the number. */
static bool
parse_suffix(const char *text, struct quantity *q)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(suffixes); i++) {
		if (!str_eq(text, suffixes[i].name))
			continue;
		q->decimal += suffixes[i].decimal;
		q->binary = suffixes[i].binary;
		return true;
	}
	return parse_exponent(text, q);
}

/* The number that text begins with; text moves behind it. */
static int
parse_number(const char **text, struct quantity *q, struct err *e)
{
	const char *p = *text + (**text == '-' || **text == '+');
	bool fits;

	if (!isdigit((unsigned char)p[*p == '.']))
		return err_set(e, "%s: not a number", quote(*text).text);
	if (**text == '-')
		return err_set(
		    e, "%s: must not be negative", quote(*text).text);
	fits = parse_integer(&p, q);
	if (fits && *p == '.') {
		p++;
		fits = parse_fraction(&p, q);
	}
	if (!fits)
		return err_set(e, "%s: too many digits", quote(*text).text);
	*text = p;
	return 0;
}

/* The whole of text, as a quantity. */
static int
parse(const char *text, struct quantity *q, struct err *e)
{
	const char *p = text;

	if (!*text)
		return err_set(e, "empty: a quantity such as 512Mi is wanted");
	if (strpbrk(text, " \t\r\n"))
		return err_set(
		    e, "\"%s\": white space in a quantity", quote(text).text);
	if (parse_number(&p, q, e) < 0)
		return -1;
	if (!parse_suffix(p, q))
		return err_set(e, "%s: unknown suffix \"%s\"", quote(text).text,
		    quote(p).text);
	return 0;
}

/* The whole part of q, and whether there is a rest; false: above max. */
static bool
scale(const struct quantity *q, uint64_t max, uint64_t *whole, bool *rest)
{
	unsigned __int128 n = (unsigned __int128)q->digits << q->binary;
	int i;

	*rest = false;
	for (i = 0; i < q->decimal && n > 0; i++) {
		if (n > max)
			return false;
		n *= 10;
	}
	for (i = 0; i > q->decimal && n > 0; i--) {
		*rest = *rest || n % 10 != 0;
		n /= 10;
	}
	*whole = (uint64_t)n;
	return n <= max;
}

int
units_bytes(const char *text, uint64_t *bytes, struct err *e)
{
	struct quantity q = { 0 };
	bool rest;

	if (parse(text, &q, e) < 0)
		return -1;
	if (!scale(&q, INT64_MAX, bytes, &rest))
		return err_set(e, "%s: above %lld bytes", quote(text).text,
		    (long long)INT64_MAX);
	if (rest)
		return err_set(
		    e, "%s: not a whole number of bytes", quote(text).text);
	return 0;
}

int
units_millicpu(const char *text, uint64_t *milli, struct err *e)
{
	struct quantity q = { 0 };
	bool rest;

	if (parse(text, &q, e) < 0)
		return -1;
	q.decimal += 3;
	if (!scale(&q, MILLICPU_MAX, milli, &rest) ||
	    *milli + rest > MILLICPU_MAX)
		return err_set(e, "%s: above %" PRIu64 " CPUs",
		    quote(text).text, MILLICPU_MAX / 1000);
	*milli += rest;
	return 0;
}

/* The shortest decimal that reads back as value. */
static char *
print_real(double value)
{
	char text[64];
	int precision;

	for (precision = 15; precision <= 17; precision++) {
		snprintf(text, sizeof(text), "%.*g", precision, value);
		if (strtod(text, NULL) == value)
			break;
	}
	return xstrdup(text);
}

char *
units_json_text(const json_t *v)
{
	if (json_is_string(v))
		return xstrdup(json_string_value(v));
	if (json_is_integer(v))
		return xasprintf("%lld", (long long)json_integer_value(v));
	if (json_is_real(v))
		return print_real(json_real_value(v));
	return NULL;
}

/* v by one of the two rules. */
static int
parse_json(const json_t *v, int (*rule)(const char *, uint64_t *, struct err *),
    uint64_t *out, struct err *e)
{
	_free_ char *text = units_json_text(v);

	if (!text)
		return err_set(e, "a quantity such as 512Mi or 2 is wanted");
	return rule(text, out, e);
}

int
units_json_bytes(const json_t *v, uint64_t *bytes, struct err *e)
{
	return parse_json(v, units_bytes, bytes, e);
}

int
units_json_millicpu(const json_t *v, uint64_t *milli, struct err *e)
{
	return parse_json(v, units_millicpu, milli, e);
}

/* n hundredths without needless zeros: 1.5, 1.25, 3. */
static char *
print_hundredths(uint64_t n, const char *suffix)
{
	if (n % 100 == 0)
		return xasprintf("%" PRIu64 "%s", n / 100, suffix);
	if (n % 10 == 0)
		return xasprintf("%" PRIu64 ".%u%s", n / 100,
		    (unsigned)(n / 10 % 10), suffix);
	return xasprintf(
	    "%" PRIu64 ".%02u%s", n / 100, (unsigned)(n % 100), suffix);
}

char *
units_print_bytes(uint64_t bytes)
{
	size_t i;

	for (i = ARRAY_SIZE(suffixes); i-- > 0;) {
		unsigned __int128 n = (unsigned __int128)bytes * 100;
		int shift = suffixes[i].binary;

		if (shift && bytes >> shift &&
		    n % ((unsigned __int128)1 << shift) == 0)
			return print_hundredths(
			    (uint64_t)(n >> shift), suffixes[i].name);
	}
	return xasprintf("%" PRIu64, bytes);
}
