/* Whether a device that is there is the one that is wanted, key by key. */

#include "device.h"

static bool
is_in(const char *const *keys, const char *key)
{
	for (; *keys; keys++)
		if (str_eq(*keys, key))
			return true;
	return false;
}

/* As a user would write it; the caller frees. NULL: not stated. */
static char *
value_text(const struct decode_row *row, const void *params)
{
	const void *member = (const char *)params + row->offset;
	int64_t number = 0;

	switch (row->type) {
	case DECODE_STRING:
		return xstrdup0(*(char *const *)member);
	case DECODE_BOOL:
		return xstrdup(*(const bool *)member ? "true" : "false");
	case DECODE_ENUM:
		return xstrdup(row->names[*(const int *)member]);
	case DECODE_INT:
	case DECODE_BYTES:
	case DECODE_MIB:
		number = *(const int64_t *)member;
		return number ? xasprintf("%lld", (long long)number) : NULL;
	default:
		return NULL;
	}
}

int
device_same(const struct device *d, const struct actual *a,
    const char *const *changes, struct err *e)
{
	struct device *there = device_leftover(d->type, d->id);
	const struct decode_row *row;
	int rc = 0;

	d->type->recall(there, a);
	for (row = d->type->rows; row->key && rc == 0; row++) {
		_free_ char *wanted = value_text(row, d->params);
		_free_ char *has = value_text(row, there->params);

		if (is_in(changes, row->key) || !wanted || str_eq(wanted, has))
			continue;
		rc = err_set(e,
		    "it is there with %s %s, not %s; remove it first", row->key,
		    has && *has ? has : "none", wanted);
	}
	device_free(there);
	return rc;
}
