/* Marks, and text in the letters of an object's name: '_' and two hexadecimal
 * digits stand for every other byte. */

#include "mark.h"

/* A type of object that every QEMU has, and that costs nothing. */
json_t *
mark_object(const char *name)
{
	return must(
	    json_pack("{s:s, s:s}", "qom-type", "throttle-group", "id", name));
}

static bool
is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '-';
}

char *
mark_join(const char *const *fields, size_t n)
{
	char *out = NULL;
	size_t size = 0, i;
	FILE *f = must(open_memstream(&out, &size));
	const char *c;

	for (i = 0; i < n; i++) {
		if (i > 0)
			fputc('.', f);
		for (c = fields[i] ? fields[i] : ""; *c; c++)
			fprintf(f, is_plain(*c) ? "%c" : "_%02x",
			    (unsigned char)*c);
	}
	fclose(f);
	return must(out);
}

/* The byte that n digits stand for; 0: they do not. */
static char
unescape(const char *digits)
{
	unsigned byte = 0;

	if (strspn(digits, "0123456789abcdef") < 2 ||
	    sscanf(digits, "%2x", &byte) != 1)
		return '\0';
	return (char)byte;
}

/* One field of n bytes, or NULL. */
static char *
field_of(const char *text, size_t n)
{
	char *out = xcalloc(n + 1, 1), *to = out;
	const char *end = text + n;

	for (; text < end; text++) {
		*to = *text == '_' ? unescape(text + 1) : *text;
		if (*text == '_')
			text += 2;
		if (!*to++) {
			free(out);
			return NULL;
		}
	}
	return out;
}

bool
mark_split(const char *text, char **fields, size_t n)
{
	size_t i = 0, length;

	for (; text && i < n; i++) {
		length = strcspn(text, ".");
		fields[i] = field_of(text, length);
		if (!fields[i])
			break;
		text = text[length] ? text + length + 1 : NULL;
	}
	if (i == n && !text)
		return true;
	while (i-- > 0) {
		free(fields[i]);
		fields[i] = NULL;
	}
	return false;
}
