/* Devices that are plugged into other devices. */

#include "holder.h"

bool
holder_has(const struct device_type *type)
{
	return type && type->sits_on;
}

static bool
is_among(struct device **wanted, size_t n, const char *id)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (str_eq(wanted[i]->id, id))
			return true;
	return false;
}

/* Whether it is plugged into the one of this id. */
static bool
is_in(const struct actual_device *there, const char *id)
{
	const struct device_type *type = device_type_of_driver(there->driver);
	_free_ char *holder = holder_has(type) ? type->holder(there) : NULL;

	return holder && str_eq(holder, id);
}

char *
holder_names(
    const struct actual *a, const char *id, struct device **wanted, size_t n)
{
	char *names = NULL;
	size_t i;

	for (i = 0; i < a->devices_n; i++) {
		const struct actual_device *there = &a->devices[i];
		_free_ char *before = NULL;

		if (!is_in(there, id) ||
		    (wanted && !is_among(wanted, n, there->id)))
			continue;
		before = names;
		names = before ? xasprintf("%s, %s", before, there->id)
			       : xstrdup(there->id);
	}
	return names;
}

void
holder_order(struct device **wanted, size_t n)
{
	_free_ struct device **held = xcalloc(n, sizeof(*held));
	size_t first = 0, last = 0, i;

	for (i = 0; i < n; i++) {
		if (holder_has(wanted[i]->type))
			held[last++] = wanted[i];
		else
			wanted[first++] = wanted[i];
	}
	for (i = 0; i < last; i++)
		wanted[first + i] = held[i];
}
