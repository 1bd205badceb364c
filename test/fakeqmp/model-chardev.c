/*
 * The fake's character devices: kinds, what their members are, and how
 * query-chardev prints them. Sockets always connect.
 */
#include "model.h"

#define COMMON "logfile logappend"

const struct kind chardev_kinds[] = {
	{ "null", "", COMMON },
	{ "socket", "addr",
	    COMMON " tls-creds tls-authz server wait nodelay telnet tn3270 "
		   "websocket reconnect!11.1 reconnect-ms@9.2" },
	{ "file", "out", COMMON " in append" },
	{ "pipe", "device", COMMON },
	{ "pty", "", COMMON " path@9.2" },
	{ "ringbuf", "", COMMON " size" },
	{ NULL },
};

/* ---- adding ---- */

static const json_t *
data_of(const struct item *chardev)
{
	return json_object_get(chardev->options, "data");
}

static bool
is_server(const json_t *data)
{
	const json_t *server = json_object_get(data, "server");

	return !server || json_is_true(server);
}

/* What is wrong with it once it is well-formed, or NULL. */
static const char *
fault_of(const char *type, const json_t *data)
{
	json_int_t size = number_of(data, "size");
	bool seconds = number_of(data, "reconnect") > 0;
	bool millis = number_of(data, "reconnect-ms") > 0;

	if (str_eq(type, "ringbuf") && (size & (size - 1)) != 0)
		return "size of ringbuf chardev must be power of two";
	if (!str_eq(type, "socket"))
		return NULL;
	if (seconds && millis)
		return "'reconnect' and 'reconnect-ms' are mutually exclusive";
	if (seconds && is_server(data))
		return "'reconnect' option is incompatible with socket in "
		       "server listen mode";
	if (millis && is_server(data))
		return "'reconnect-ms' option is incompatible with socket in "
		       "server listen mode";
	return NULL;
}

static int
check_backend(struct fake *fake, const json_t *backend)
{
	const char *type = text_of(backend, "type");
	const json_t *data = json_object_get(backend, "data");
	const struct kind *kind = kind_find(fake, chardev_kinds, type);
	const json_t *addr = json_object_get(data, "addr");

	if (!kind)
		refuse(fake, GENERIC,
		    "Parameter 'type' does not accept value '%s'", type);
	else if (!data)
		refuse(fake, GENERIC, "Parameter 'backend.data' is missing");
	else if (words_check(
		     fake, "backend.data.", data, kind->needs, kind->takes) < 0)
		return -1;
	else if (str_eq(text_of(addr, "type"), "unix"))
		return words_check(fake, "backend.data.addr.data.",
		    json_object_get(addr, "data"), "path", "abstract tight");
	else
		return 0;
	return -1;
}

json_t *
chardev_add(struct fake *fake, const json_t *arguments)
{
	const char *id = text_of(arguments, "id");
	const json_t *backend = json_object_get(arguments, "backend");
	const char *type = text_of(backend, "type"), *fault;

	if (check_backend(fake, backend) < 0)
		return NULL;
	if (item_find(&fake->chardevs, id))
		return refuse(
		    fake, GENERIC, "Chardev with id '%s' already exists", id);
	fault = fault_of(type, json_object_get(backend, "data"));
	if (fault)
		return refuse(
		    fake, GENERIC, "Failed to add chardev '%s': %s", id, fault);
	item_add(&fake->chardevs, id, type, backend);
	return str_eq(type, "pty") ? json_pack("{s:s}", "pty", "/dev/pts/0")
				   : nothing();
}

json_t *
chardev_remove(struct fake *fake, const json_t *arguments)
{
	const char *id = text_of(arguments, "id");
	struct item *chardev = item_find(&fake->chardevs, id);

	if (!chardev)
		return refuse(fake, GENERIC, "Chardev '%s' not found", id);
	if (chardev->user)
		return refuse(fake, GENERIC, "Chardev '%s' is busy", id);
	item_free(&fake->chardevs, chardev);
	return nothing();
}

char *
chardev_in_use(const struct fake *fake, const char *id)
{
	return fake->options.major < 9
	    ? xasprintf("Device '%s' is in use", id)
	    : xasprintf("chardev '%s' is already in use", id);
}

/* ---- query-chardev ---- */

/* 7.2 does not say whereto a client is connected. */
static char *
filename(const struct fake *fake, const struct item *chardev)
{
	const json_t *data = data_of(chardev);
	const json_t *addr = json_object_get(data, "addr");
	const char *path = text_of(json_object_get(addr, "data"), "path");

	if (str_eq(chardev->type, "pty"))
		return xstrdup("pty:/dev/pts/0");
	if (!path)
		return xstrdup(chardev->type);
	if (is_server(data))
		return xasprintf("unix:%s,server=on", path);
	return xasprintf("unix:%s", fake->options.major < 9 ? "" : path);
}

json_t *
query_chardev(struct fake *fake, const json_t *arguments)
{
	json_t *list = must(json_array());
	struct item *chardev;

	TAILQ_FOREACH (chardev, &fake->chardevs, entry) {
		_free_ char *name = filename(fake, chardev);

		json_array_append_new(list,
		    json_pack("{s:s, s:s, s:b}", "label", chardev->id,
			"filename", name, "frontend-open",
			chardev->user != NULL));
	}
	return list;
}
