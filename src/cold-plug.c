/* From QMP commands to options of QEMU's command line. */

#include "cold-plug.h"
#include "quote.h"

#define DEPTH_MAX 8

/* ---- key=value ---- */

/* A value; commas are doubled. */
static void
put_escaped(FILE *out, const char *value)
{
	for (; *value; value++) {
		if (*value == ',')
			fputc(',', out);
		fputc(*value, out);
	}
}

/* ",key=" where there is a key; the first word of an option has none. */
static void
put_key(FILE *out, const char *key)
{
	if (*key)
		fprintf(out, ",%s=", key);
}

static int put_value(
    FILE *out, const char *key, const json_t *v, unsigned depth, struct err *e);

static int
put_members(
    FILE *out, const char *key, const json_t *v, unsigned depth, struct err *e)
{
	const char *name;
	json_t *member;

	json_object_foreach ((json_t *)(uintptr_t)v, name, member) {
		_free_ char *longer =
		    xasprintf("%s%s%s", key, *key ? "." : "", name);

		if (put_value(out, longer, member, depth + 1, e) < 0)
			return -1;
	}
	return 0;
}

static int
put_items(
    FILE *out, const char *key, const json_t *v, unsigned depth, struct err *e)
{
	size_t i;
	json_t *item;

	json_array_foreach (v, i, item) {
		_free_ char *longer = xasprintf("%s.%zu", key, i);

		if (put_value(out, longer, item, depth + 1, e) < 0)
			return -1;
	}
	return 0;
}

static int
put_value(
    FILE *out, const char *key, const json_t *v, unsigned depth, struct err *e)
{
	if (depth > DEPTH_MAX)
		return err_set(e, "%s: too deep", quote(key).text);
	switch (json_typeof(v)) {
	case JSON_OBJECT:
		return put_members(out, key, v, depth, e);
	case JSON_ARRAY:
		return put_items(out, key, v, depth, e);
	case JSON_STRING:
		put_key(out, key);
		put_escaped(out, json_string_value(v));
		return 0;
	case JSON_INTEGER:
		put_key(out, key);
		fprintf(out, "%lld", (long long)json_integer_value(v));
		return 0;
	case JSON_TRUE:
	case JSON_FALSE:
		put_key(out, key);
		fputs(json_is_true(v) ? "on" : "off", out);
		return 0;
	case JSON_REAL:
	case JSON_NULL:
	default:
		return err_set(e,
		    "%s: the command line has no word for such a value",
		    quote(key).text);
	}
}

/* "first,key=value,…": members but for the one that stands first. */
static int
put_option(
    const json_t *members, const char *first, char **value, struct err *e)
{
	const char *head = json_string_value(json_object_get(members, first));
	json_auto_t *rest = must(json_copy((json_t *)(uintptr_t)members));
	size_t size;
	FILE *out;
	int rc;

	if (!head)
		return err_set(e, "%s is missing", first);
	json_object_del(rest, first);
	out = must(open_memstream(value, &size));
	put_escaped(out, head);
	rc = put_members(out, "", rest, 0, e);
	fclose(out);
	if (rc < 0)
		free(TAKE(*value));
	return rc;
}

/* ---- commands ---- */

typedef int translate_fn(
    const json_t *arguments, const char *first, char **value, struct err *e);

static bool
is_nested(const json_t *members)
{
	const char *key;
	json_t *v;

	json_object_foreach ((json_t *)(uintptr_t)members, key, v)
		if (json_is_object(v))
			return true;
	return false;
}

/* What -object takes is flat too, but it also takes JSON. */
static int
translate_object(
    const json_t *arguments, const char *first, char **value, struct err *e)
{
	if (!is_nested(arguments))
		return put_option(arguments, first, value, e);
	*value = must(json_dumps(arguments, JSON_COMPACT));
	return 0;
}

/* Options of -device are flat: its parser knows no members of members. */
static int
translate_device(
    const json_t *arguments, const char *first, char **value, struct err *e)
{
	const char *key;
	json_t *v;

	json_object_foreach ((json_t *)(uintptr_t)arguments, key, v)
		if (json_is_object(v) || json_is_array(v))
			return err_set(e,
			    "%s: -device has no lists and no nested members",
			    quote(key).text);
	return put_option(arguments, first, value, e);
}

/* A socket's address, as -chardev has it: path, or host and port. */
static int
flatten_address(json_t *flat, const json_t *address, struct err *e)
{
	const char *type = json_string_value(json_object_get(address, "type"));
	json_t *data = json_object_get(address, "data");

	if (!str_eq(type, "unix") && !str_eq(type, "inet"))
		return err_set(e,
		    "a socket of type %s has no form on the command line",
		    type ? quote(type).text : "none");
	json_object_update(flat, data);
	return 0;
}

/*
 * chardev-add says {id, backend: {type, data}}, -chardev TYPE,id=ID,…; a
 * file's path is called out there, and path here.
 */
static int
translate_chardev(
    const json_t *arguments, const char *first, char **value, struct err *e)
{
	static const char *const known[] = { "socket", "file", "pty", "null" };
	const json_t *backend = json_object_get(arguments, "backend");
	json_t *data = json_object_get(backend, "data");
	json_t *type = json_object_get(backend, "type");
	json_auto_t *flat = must(json_object());
	size_t i;

	for (i = 0; i < ARRAY_SIZE(known); i++)
		if (str_eq(json_string_value(type), known[i]))
			break;
	if (i == ARRAY_SIZE(known))
		return err_set(e,
		    "a character device of type %s has no form on the command "
		    "line",
		    type ? quote(json_string_value(type)).text : "none");
	json_object_set(flat, first, type);
	json_object_set(flat, "id", json_object_get(arguments, "id"));
	json_object_update(flat, data);
	if (json_object_get(flat, "addr")) {
		json_object_del(flat, "addr");
		if (flatten_address(flat, json_object_get(data, "addr"), e) < 0)
			return -1;
	}
	if (json_object_get(flat, "out")) {
		json_object_del(flat, "out");
		json_object_set(flat, "path", json_object_get(data, "out"));
	}
	return put_option(flat, first, value, e);
}

static const struct {
	const char *command;
	const char *option;
	const char *first; /* the key whose value stands first, without it */
	translate_fn *translate;
} commands[] = {
	{ "device_add", "-device", "driver", translate_device },
	{ "blockdev-add", "-blockdev", "driver", put_option },
	{ "object-add", "-object", "qom-type", translate_object },
	{ "netdev_add", "-netdev", "type", put_option },
	{ "chardev-add", "-chardev", "type", translate_chardev },
};

/* Changes nothing: what it asks for has no place on a command line. */
static bool
only_asks(const char *name)
{
	return str_starts(name, "query-") || str_starts(name, "qom-list") ||
	    str_eq(name, "qom-get");
}

int
cold_plug_option(
    const json_t *command, char **option, char **value, struct err *e)
{
	const char *name =
	    json_string_value(json_object_get(command, "execute"));
	const json_t *arguments = json_object_get(command, "arguments");
	size_t i;

	*option = *value = NULL;
	if (!name)
		return err_set(e, "a command without a name");
	if (only_asks(name))
		return 0;
	for (i = 0; i < ARRAY_SIZE(commands); i++)
		if (str_eq(name, commands[i].command))
			break;
	if (i == ARRAY_SIZE(commands))
		return err_set(e,
		    "it needs %s, which a command line cannot say",
		    quote(name).text);
	if (commands[i].translate(arguments, commands[i].first, value, e) < 0)
		return err_wrap(e, "%s", name);
	*option = xstrdup(commands[i].option);
	return 0;
}
