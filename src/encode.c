/* From a struct to JSON, by the rows that decode it. */
#include "decode.h"
#include "units.h"
#include <assert.h>

typedef json_t *encoder(const struct decode_row *row, const void *member);

static json_t *
from_string(const struct decode_row *row, const void *member)
{
	const char *text = *(char *const *)member;

	return text ? must(json_string(text)) : NULL;
}

static json_t *
from_bool(const struct decode_row *row, const void *member)
{
	return json_boolean(*(const bool *)member);
}

static json_t *
from_int(const struct decode_row *row, const void *member)
{
	return must(json_integer(*(const int64_t *)member));
}

/* As a quantity: a record is read by people too. */
static json_t *
from_bytes(const struct decode_row *row, const void *member)
{
	_free_ char *text = units_print_bytes(*(const uint64_t *)member);

	return must(json_string(text));
}

static json_t *
from_mib(const struct decode_row *row, const void *member)
{
	uint64_t bytes = *(const uint64_t *)member;

	if (bytes % MIB)
		return from_bytes(row, member);
	return must(json_integer((json_int_t)(bytes / MIB)));
}

static json_t *
from_enum(const struct decode_row *row, const void *member)
{
	return must(json_string(row->names[*(const int *)member]));
}

static json_t *
from_object(const struct decode_row *row, const void *member)
{
	return encode_object(row->rows, member);
}

static json_t *
from_any(const struct decode_row *row, const void *member)
{
	json_t *v = *(json_t *const *)member;

	return v ? must(json_deep_copy(v)) : NULL;
}

static json_t *
from_fn(const struct decode_row *row, const void *member)
{
	return row->encode ? row->encode(member) : NULL;
}

static json_t *
from_nothing(const struct decode_row *row, const void *member)
{
	return NULL;
}

static encoder *const encoders[] = {
	[DECODE_STRING] = from_string,
	[DECODE_BOOL] = from_bool,
	[DECODE_INT] = from_int,
	[DECODE_BYTES] = from_bytes,
	[DECODE_MIB] = from_mib,
	[DECODE_ENUM] = from_enum,
	[DECODE_OBJECT] = from_object,
	[DECODE_ANY] = from_any,
	[DECODE_FN] = from_fn,
	[DECODE_IGNORE] = from_nothing,
};
static_assert(ARRAY_SIZE(encoders) == DECODE_TYPES, "one encoder a type");

json_t *
encode_object(const struct decode_row *rows, const void *in)
{
	json_t *out = must(json_object());

	for (; rows->key; rows++) {
		json_t *v =
		    encoders[rows->type](rows, (const char *)in + rows->offset);

		if (v)
			json_object_set_new(out, rows->key, v);
	}
	return out;
}
