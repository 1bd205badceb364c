/* The table of device families, and a device decoded by its family's rows. */

#include "device.h"
#include "mark.h"
#include "part.h"
#include "spec.h"
#include "units.h"

const struct device_type *const device_types[] = {
	&device_blk,
	&device_net,
	&device_scsi,
	&device_scsi_controller,
	&device_pmem,
	&device_rng,
	&device_console,
	&device_serial_port,
	&device_vsock,
	&device_vfio,
	&device_vhost_user_blk,
	&device_vhost_user_fs,
	&device_vhost_user_net,
	&device_vhost_user_scsi,
	NULL,
};

const struct device_type *
device_type_named(const char *name)
{
	size_t i;

	for (i = 0; device_types[i]; i++)
		if (str_eq(device_types[i]->name, name))
			return device_types[i];
	return NULL;
}

const struct device_type *
device_type_of_role(char role)
{
	size_t i;

	for (i = 0; role && device_types[i]; i++)
		if (strchr(device_types[i]->roles, role))
			return device_types[i];
	return NULL;
}

static bool
has_driver(const struct device_type *type, const char *driver)
{
	size_t i;

	for (i = 0; type->drivers[i]; i++)
		if (str_eq(type->drivers[i], driver))
			return true;
	return false;
}

const struct device_type *
device_type_of_driver(const char *driver)
{
	size_t i;

	for (i = 0; device_types[i]; i++)
		if (has_driver(device_types[i], driver))
			return device_types[i];
	return NULL;
}

const struct device_type *
device_type_of(const struct actual *a, const struct actual_device *there)
{
	size_t n, i;
	_free_ const char **parts = actual_parts(a, &n);

	for (i = 0; i < n; i++) {
		const struct device_type *type =
		    device_type_of_role(part_role(parts[i]));

		if (type && has_driver(type, there->driver) &&
		    part_is_of(parts[i], there->id))
			return type;
	}
	return device_type_of_driver(there->driver);
}

/* "blk, net": for errors. */
static char *
type_names(void)
{
	char *names = xstrdup("");
	size_t i;

	for (i = 0; device_types[i]; i++) {
		char *longer = xasprintf(
		    "%s%s%s", names, i ? ", " : "", device_types[i]->name);

		free(names);
		names = longer;
	}
	return names;
}

/* The row of a key, or NULL. */
static const struct decode_row *
row_of(const struct decode_row *rows, const char *key)
{
	for (; rows->key; rows++)
		if (str_eq(rows->key, key))
			return rows;
	return NULL;
}

/* A string takes the type that its row wants; what does not fit stays. */
static json_t *
typed(const struct decode_row *row, json_t *v)
{
	const char *text = json_string_value(v);
	char *end;
	long long number;

	if (!text || !row)
		return json_incref(v);
	if (row->type == DECODE_BOOL &&
	    (str_eq(text, "true") || str_eq(text, "false")))
		return json_boolean(str_eq(text, "true"));
	if (row->type != DECODE_INT || !*text)
		return json_incref(v);
	errno = 0;
	number = strtoll(text, &end, 10);
	return *end || errno ? json_incref(v) : json_integer(number);
}

/* A copy of the parameters with the types that the rows want. */
static json_t *
typed_params(const struct decode_row *rows, const json_t *params)
{
	json_t *out = must(json_object()), *v;
	const char *key;

	json_object_foreach ((json_t *)(uintptr_t)params, key, v)
		json_object_set_new(out, key, typed(row_of(rows, key), v));
	return out;
}

int
device_wrap(const struct device *d, struct err *e)
{
	err_wrap(e, "%s %s", d->type->words, d->id);
	return d->where ? err_wrap(e, "%s", d->where) : -1;
}

/* Fills d->params by the family's rows. */
static int
decode_params(struct device *d, const json_t *params, struct err *e)
{
	json_auto_t *copy = typed_params(d->type->rows, params);
	struct decode *decode = decode_new(NULL);
	int rc = decode_object(decode, copy, d->type->rows, d->params, e);

	decode_free(decode);
	if (rc == 0 && d->type->check)
		rc = d->type->check(d, e);
	if (rc < 0)
		device_wrap(d, e);
	return rc;
}

struct device *
device_leftover(const struct device_type *type, const char *id)
{
	struct device *d = xcalloc(1, sizeof(*d));

	d->type = type;
	d->id = xstrdup(id);
	d->params = xcalloc(1, type->params_size);
	return d;
}

struct device *
device_new(const char *type, const char *id, const json_t *params,
    const char *where, struct err *e)
{
	const struct device_type *found = device_type_named(type);
	_free_ char *names = type_names();
	struct device *d;

	if (!found) {
		err_set(e, "%s%sunknown device type \"%s\"; known are: %s",
		    where ? where : "", where ? ": " : "", type, names);
		return NULL;
	}
	if (!spec_id_valid(id)) {
		err_set(e,
		    "%s%sdevice id \"%s\": a letter, then up to %d letters, "
		    "digits, '-' and '_' are wanted",
		    where ? where : "", where ? ": " : "", id, SPEC_ID_MAX - 1);
		return NULL;
	}
	d = device_leftover(found, id);
	d->where = xstrdup0(where);
	if (decode_params(d, params, e) == 0)
		return d;
	device_free(d);
	return NULL;
}

/* Releases the strings of a family's struct by its rows. */
static void
free_params(const struct device *d)
{
	const struct decode_row *row;

	for (row = d->type->rows; row->key; row++)
		if (row->type == DECODE_STRING)
			free(*(char **)((char *)d->params + row->offset));
	free(d->params);
}

void
device_free(void *device)
{
	struct device *d = device;

	if (!d)
		return;
	free_params(d);
	free(d->id);
	free(d->where);
	free(d->bus);
	free(d);
}

/* The value behind '=', without its quotes. */
static json_t *
param_value(const char *text)
{
	size_t n = strlen(text);

	if (n >= 2 && text[0] == '"' && text[n - 1] == '"')
		return json_stringn(text + 1, n - 2);
	return json_string(text);
}

json_t *
device_parse_params(const char *const *words, size_t n, struct err *e)
{
	json_auto_t *out = must(json_object());
	size_t i;

	for (i = 0; i < n; i++) {
		const char *equals = strchr(words[i], '=');
		_free_ char *key = NULL;
		json_t *value;

		if (!equals || equals == words[i]) {
			err_set(e, "\"%s\": key=value is wanted", words[i]);
			return NULL;
		}
		key = must(strndup(words[i], (size_t)(equals - words[i])));
		value = param_value(equals + 1);
		if (!value || json_object_get(out, key)) {
			err_set(e, "%s: %s", key,
			    value ? "given twice" : "not UTF-8");
			json_decref(value);
			return NULL;
		}
		if (json_object_set_new(out, key, value) < 0) {
			err_set(e, "%s: not UTF-8", words[i]);
			return NULL;
		}
	}
	return TAKE(out);
}

char *
device_part(const struct device *d, char role)
{
	return part_name(role, d->id);
}

bool
device_has_part(const struct actual *a, const struct device *d, char role)
{
	_free_ char *name = device_part(d, role);

	return actual_part(a, name);
}

json_t *
device_object(const struct device *d, char role, const char *type)
{
	_free_ char *name = device_part(d, role);

	return must(json_pack("{s:s, s:s}", "qom-type", type, "id", name));
}

json_t *
device_mark(const struct device *d, char role)
{
	_free_ char *name = device_part(d, role);

	return mark_object(name);
}

const json_t *
device_property(
    const struct device *d, const struct actual *a, const char *property)
{
	const struct actual_device *there = actual_device(a, d->id);

	return there ? actual_property(there, property) : NULL;
}

const char *
device_text(
    const struct device *d, const struct actual *a, const char *property)
{
	const char *text = json_string_value(device_property(d, a, property));

	return text && *text ? text : NULL;
}

int64_t
device_number(
    const struct device *d, const struct actual *a, const char *property)
{
	return json_integer_value(device_property(d, a, property));
}

char *
device_sub_bus(const struct device *d, const struct actual *a)
{
	const char *path = device_text(d, a, "parent_bus");
	const char *slash = path ? strrchr(path, '/') : NULL;

	return slash ? xstrdup(slash + 1) : NULL;
}
