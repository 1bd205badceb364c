/* Text that is safe to print, and figures for people. */

#include "text.h"
#include "units.h"

/* Whether s begins with what a terminal may act upon (C1 is two bytes), or
 * with a byte that UTF-8 never has. */
static bool
is_unsafe(const unsigned char *s)
{
	return s[0] < 0x20 || s[0] == 0x7f || s[0] > 0xf4 ||
	    (s[0] == 0xc2 && s[1] >= 0x80 && s[1] < 0xa0);
}

char *
text_safe(const char *text)
{
	char *out = xcalloc(strlen(text) + 1, 1), *p = out;

	for (; *text; text++) {
		const unsigned char *u = (const unsigned char *)text;

		*p++ = is_unsafe(u) ? '?' : *text;
		if (is_unsafe(u) && *u == 0xc2)
			text++;
	}
	return out;
}

size_t
text_width(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

json_t *
text_json(const char *text)
{
	json_t *whole = json_string(text);
	_free_ char *escaped = NULL;
	char *p;

	if (whole)
		return whole;
	p = escaped = xcalloc(strlen(text) + 1, 4);
	for (; *text; text++) {
		if ((unsigned char)*text < 0x80)
			*p++ = *text;
		else
			p += snprintf(p, 5, "\\x%02x", (unsigned char)*text);
	}
	return must(json_string(escaped));
}

char *
text_ms(double ms)
{
	if (ms < 9.95)
		return xasprintf("%.1f ms", ms);
	if (ms < 999.5)
		return xasprintf("%.0f ms", ms);
	return xasprintf("%.2f s", ms / 1000);
}

char *
text_bytes(const json_t *bytes)
{
	if (!json_is_integer(bytes))
		return xstrdup("-");
	return units_print_bytes((uint64_t)json_integer_value(bytes));
}

char *
text_millicpu(json_int_t milli)
{
	char *text = xasprintf("%lld.%03lld", (long long)(milli / 1000),
	    (long long)(milli % 1000));
	size_t n = strlen(text);

	while (text[n - 1] == '0')
		text[--n] = '\0';
	if (text[n - 1] == '.')
		text[n - 1] = '\0';
	return text;
}

char *
text_value(const json_t *value)
{
	if (json_is_string(value))
		return xstrdup(json_string_value(value));
	if (json_is_integer(value))
		return xasprintf("%lld", (long long)json_integer_value(value));
	if (json_is_boolean(value))
		return xstrdup(json_is_true(value) ? "yes" : "no");
	return xstrdup("-");
}
