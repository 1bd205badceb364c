/* The devices of a spec, and the one line that an annotation has for one. */
#include "spec-internal.h"
#include "quote.h"

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define WORD LETTERS "0123456789_-"
#define SPACE " \t\r\n"

bool
spec_id_valid(const char *id)
{
	size_t n = strspn(id, WORD);

	return n > 0 && n <= SPEC_ID_MAX && id[n] == '\0' &&
	    strchr(LETTERS, *id);
}

/* Whether a device of this id is there already. */
static bool
has_device(const struct spec *spec, const char *id)
{
	size_t i;

	for (i = 0; i < spec->devices_n; i++) {
		if (str_eq(spec->devices[i].id, id))
			return true;
	}
	return false;
}

/* Whether one more device, by this id and type, can be added. */
static int
check_device(
    const struct spec *spec, const char *id, const char *type, struct err *e)
{
	if (!spec_id_valid(id))
		return err_set(e,
		    "device id \"%s\": a letter, then at most %d letters,"
		    " digits, _ and - are wanted",
		    quote(id).text, SPEC_ID_MAX - 1);
	if (!*type)
		return err_set(e, "device %s has no type", id);
	if (has_device(spec, id))
		return err_set(e, "device id %s is used twice", id);
	if (spec->devices_n == SPEC_DEVICES_MAX)
		return err_set(e, "more than %d devices", SPEC_DEVICES_MAX);
	return 0;
}

int
spec_add_device(struct decode *d, struct spec *spec, const char *id,
    const char *type, json_t *params, struct err *e)
{
	if (check_device(spec, id, type, e) < 0) {
		json_decref(params);
		return -1;
	}
	spec->devices = xrealloc(
	    spec->devices, spec->devices_n + 1, sizeof(*spec->devices));
	spec->devices[spec->devices_n++] = (struct spec_device){ xstrdup(id),
		xstrdup(type), params, decode_place(d) };
	return 0;
}

/* A value up to white space; the caller frees. */
static char *
parse_bare(const char **text)
{
	size_t n = strcspn(*text, SPACE);
	char *value = must(strndup(*text, n));

	*text += n;
	return value;
}

/* A value in quotation marks, in which \ escapes; NULL: it does not end. */
static char *
parse_quoted(const char **text)
{
	const char *p = *text + 1;
	char *value = xcalloc(strlen(p) + 1, 1);
	size_t n = 0;

	for (; *p && *p != '"'; p++) {
		if (*p == '\\' && p[1])
			p++;
		value[n++] = *p;
	}
	if (!*p || (p[1] && !strchr(SPACE, p[1]))) {
		free(value);
		return NULL;
	}
	*text = p + 1;
	return value;
}

/* Adds a parameter that is not there yet. */
static int
set_param(json_t *params, const char *key, const char *value, struct err *e)
{
	if (str_eq(key, "id") || str_eq(key, "type"))
		return err_set(e, "%s cannot be set here", key);
	if (json_object_get(params, key))
		return err_set(e, "%s is set twice", quote(key).text);
	if (json_object_set_new(params, key, json_string(value)) < 0)
		return err_set(e, "%s: not UTF-8", quote(key).text);
	return 0;
}

/* One key=value; text moves behind it. */
static int
parse_param(const char **text, json_t *params, struct err *e)
{
	size_t n = strspn(*text, WORD ".");
	_free_ char *key = must(strndup(*text, n));
	_free_ char *value = NULL;

	if (n == 0 || (*text)[n] != '=') {
		value = parse_bare(text);
		return err_set(
		    e, "\"%s\": key=value is wanted", quote(value).text);
	}
	*text += n + 1;
	value = **text == '"' ? parse_quoted(text) : parse_bare(text);
	if (!value)
		return err_set(
		    e, "%s: a quotation mark is not closed", quote(key).text);
	return set_param(params, key, value, e);
}

json_t *
spec_parse_device(const char *text, char **type, struct err *e)
{
	json_auto_t *params = must(json_object());

	text += strspn(text, SPACE);
	*type = parse_bare(&text);
	if (strchr(*type, '=')) {
		err_set(e, "\"%s\": a device type such as blk comes first",
		    quote(*type).text);
		return NULL;
	}
	for (text += strspn(text, SPACE); *text; text += strspn(text, SPACE)) {
		if (parse_param(&text, params, e) < 0)
			return NULL;
	}
	return TAKE(params);
}
