/* Walks rows over JSON values. */
#include "decode-internal.h"
#include "nearest.h"

/* jansson iterates only over what it may change; this does not change it. */
static json_t *
iterable(const json_t *v)
{
	const union {
		const json_t *v;
		json_t *iterable;
	} u = { v };

	return u.iterable;
}

/* The row of key; when there is none, the one that ends rows. */
static const struct decode_row *
find_row(const struct decode_row *rows, const char *key)
{
	while (rows->key && !str_eq(rows->key, key))
		rows++;
	return rows;
}

const char *
decode_nearest(const struct decode_row *rows, const char *key)
{
	struct nearest n = nearest_to(key);

	for (; rows->key; rows++)
		nearest_try(&n, rows->key);
	return n.found;
}

/* The error of a key that is in no row. */
static int
unknown_key(struct decode *d, const struct decode_row *rows, const json_t *v,
    const char *key, struct err *e)
{
	const char *meant = decode_nearest(rows, key);

	decode_push_key(d, v, key);
	if (meant)
		err_set(e, "unknown key; did you mean \"%s\"?", meant);
	else
		err_set(e, "unknown key");
	decode_add_place(d, true, e);
	decode_pop(d);
	return -1;
}

/* All keys of v must have a row, if the rows say so. */
static int
check_keys(struct decode *d, const json_t *v, const struct decode_row *rows,
    struct err *e)
{
	const char *key;
	json_t *value;

	json_object_foreach (iterable(v), key, value) {
		const struct decode_row *row = find_row(rows, key);

		if (!row->key && row->type != DECODE_IGNORE)
			return unknown_key(d, rows, v, key, e);
	}
	return 0;
}

/* Ends what was pushed, and says where an error is that does not itself. */
static int
leave(struct decode *d, int result, struct err *e)
{
	if (result < 0 && !d->placed)
		decode_add_place(d, false, e);
	decode_pop(d);
	return result;
}

/* The one member of v that row is about. */
static int
decode_row(struct decode *d, const json_t *v, const struct decode_row *row,
    void *out, struct err *e)
{
	json_t *value = json_object_get(v, row->key);
	int result;

	if (!value || json_is_null(value)) {
		if (!row->required)
			return 0;
		return decode_error(d, e, "\"%s\" is missing", row->key);
	}
	decode_push_key(d, v, row->key);
	d->placed = false;
	result = decode_setters[row->type](
	    d, row, value, (char *)out + row->offset, e);
	return leave(d, result, e);
}

int
decode_object(struct decode *d, const json_t *v, const struct decode_row *rows,
    void *out, struct err *e)
{
	if (decode_expect(d, v, JSON_OBJECT, e) < 0 ||
	    check_keys(d, v, rows, e) < 0)
		return -1;
	for (; rows->key; rows++) {
		if (decode_row(d, v, rows, out, e) < 0)
			return -1;
	}
	return 0;
}

int
decode_list(
    struct decode *d, const json_t *v, decode_fn *fn, void *out, struct err *e)
{
	size_t i;

	if (decode_expect(d, v, JSON_ARRAY, e) < 0)
		return -1;
	for (i = 0; i < json_array_size(v); i++) {
		int result;

		decode_push_index(d, v, i);
		d->placed = false;
		result = fn(d, json_array_get(v, i), out, e);
		if (leave(d, result, e) < 0)
			return -1;
	}
	return 0;
}

int
decode_members(struct decode *d, const json_t *v, decode_member_fn *fn,
    void *out, struct err *e)
{
	const char *key;
	json_t *value;

	if (decode_expect(d, v, JSON_OBJECT, e) < 0)
		return -1;
	json_object_foreach (iterable(v), key, value) {
		int result;

		decode_push_key(d, v, key);
		d->placed = false;
		result = fn(d, key, value, out, e);
		if (leave(d, result, e) < 0)
			return -1;
	}
	return 0;
}
