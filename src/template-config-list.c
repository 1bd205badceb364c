/* The lists of a template file: volumes, serial ports, devices. */

#include "spec-internal.h"
#include "template-config-internal.h"

#define TAG_MAX 31 /* the tag of a 9P device that every QEMU bears */
#define PORT_NAME_MAX 63

/* ---- lists of strings ---- */

void
template_list_add(struct template_list *list, const char *item)
{
	list->items = xrealloc(list->items, list->n + 1, sizeof(*list->items));
	list->items[list->n++] = xstrdup(item);
}

void
template_list_release(struct template_list *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		free(list->items[i]);
	free(list->items);
	*list = (struct template_list){ 0 };
}

static int
decode_item(struct decode *d, const json_t *v, void *member, struct err *e)
{
	if (decode_expect(d, v, JSON_STRING, e) < 0)
		return -1;
	template_list_add(member, json_string_value(v));
	return 0;
}

int
template_decode_list(
    struct decode *d, const json_t *v, void *member, struct err *e)
{
	return decode_list(d, v, decode_item, member, e);
}

json_t *
template_encode_list(const void *member)
{
	const struct template_list *list = member;
	json_t *out = list->n ? must(json_array()) : NULL;
	size_t i;

	for (i = 0; i < list->n; i++)
		json_array_append_new(out, must(json_string(list->items[i])));
	return out;
}

/* ---- serial ports ---- */

/* A port's name is part of its socket's: letters, digits, '.', '_', '-'. */
static bool
is_port_name(const char *name)
{
	size_t n = strspn(name,
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	    "._-");

	return n > 0 && n <= PORT_NAME_MAX && !name[n] && *name != '.' &&
	    *name != '-';
}

static int
decode_port(struct decode *d, const json_t *v, void *member, struct err *e)
{
	struct template_list *ports = member;
	const char *name = json_string_value(v);
	size_t i;

	if (decode_expect(d, v, JSON_STRING, e) < 0)
		return -1;
	if (!is_port_name(name))
		return err_set(e,
		    "a letter, a digit or _, then at most %d letters, digits, "
		    "dots, _ and - are wanted",
		    PORT_NAME_MAX - 1);
	if (str_eq(name, "org.qemu.guest_agent.0"))
		return err_set(e, "this port is the guest agent's");
	for (i = 0; i < ports->n; i++)
		if (str_eq(name, ports->items[i]))
			return err_set(e, "%s is there twice", name);
	if (ports->n == TEMPLATE_PORTS_MAX)
		return err_set(
		    e, "more than %d serial ports", TEMPLATE_PORTS_MAX);
	template_list_add(ports, name);
	return 0;
}

int
template_decode_ports(
    struct decode *d, const json_t *v, void *member, struct err *e)
{
	return decode_list(d, v, decode_port, member, e);
}

/* ---- volumes ---- */

static const struct decode_row volume_rows[] = {
	{ "tag", DECODE_STRING, offsetof(struct template_volume, tag), true,
	    .help = "what the guest mounts it by" },
	{ "path", DECODE_STRING, offsetof(struct template_volume, path), true,
	    .help = "a folder of the host" },
	{ "read-only", DECODE_BOOL, offsetof(struct template_volume, read_only),
	    .help = "the guest may not write (false)" },
	{ NULL },
};

static int
check_volume(const struct template_volumes *volumes, struct err *e)
{
	const struct template_volume *last = &volumes->items[volumes->n - 1];
	size_t i;

	if (!spec_id_valid(last->tag) || strlen(last->tag) > TAG_MAX)
		return err_set(e,
		    "tag: a letter, then at most %d letters, digits, _ and - "
		    "are wanted",
		    TAG_MAX - 1);
	for (i = 0; i + 1 < volumes->n; i++)
		if (str_eq(volumes->items[i].tag, last->tag))
			return err_set(e, "tag: %s is there twice", last->tag);
	return 0;
}

static int
decode_volume(struct decode *d, const json_t *v, void *member, struct err *e)
{
	struct template_volumes *volumes = member;

	if (volumes->n == TEMPLATE_VOLUMES_MAX)
		return err_set(e, "more than %d volumes", TEMPLATE_VOLUMES_MAX);
	volumes->items =
	    xrealloc(volumes->items, volumes->n + 1, sizeof(*volumes->items));
	volumes->items[volumes->n] = (struct template_volume){ 0 };
	if (decode_object(d, v, volume_rows, &volumes->items[volumes->n++], e) <
	    0)
		return -1;
	return check_volume(volumes, e);
}

int
template_decode_volumes(
    struct decode *d, const json_t *v, void *member, struct err *e)
{
	return decode_list(d, v, decode_volume, member, e);
}

json_t *
template_encode_volumes(const void *member)
{
	const struct template_volumes *volumes = member;
	json_t *out = volumes->n ? must(json_array()) : NULL;
	size_t i;

	for (i = 0; i < volumes->n; i++)
		json_array_append_new(
		    out, encode_object(volume_rows, &volumes->items[i]));
	return out;
}

void
template_volumes_release(struct template_volumes *volumes)
{
	size_t i;

	for (i = 0; i < volumes->n; i++) {
		free(volumes->items[i].tag);
		free(volumes->items[i].path);
	}
	free(volumes->items);
	*volumes = (struct template_volumes){ 0 };
}

/* ---- devices ---- */

/* Their form is that of a VirtualMachine; kept as they were written. */
int
template_decode_devices(
    struct decode *d, const json_t *v, void *member, struct err *e)
{
	json_t **out = member;
	struct spec *spec = xcalloc(1, sizeof(*spec));
	int rc = spec_decode_devices(d, v, spec, e);

	spec_free(spec);
	if (rc < 0)
		return -1;
	json_decref(*out);
	*out = must(json_deep_copy(v));
	return 0;
}

json_t *
template_encode_devices(const void *member)
{
	const json_t *devices = *(json_t *const *)member;

	return devices ? must(json_deep_copy(devices)) : NULL;
}
