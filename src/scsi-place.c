/* Where SCSI disks go. */

#include "scsi-place.h"

#define PERIPHERAL "/machine/peripheral/"
#define DISKS (SCSI_TARGETS * SCSI_LUNS)

char *
scsi_bus(const char *controller)
{
	return xasprintf("%s.0", controller);
}

char *
scsi_controller_of(const struct actual_device *disk)
{
	const char *bus =
	    json_string_value(actual_property(disk, "parent_bus"));

	if (!bus || !str_starts(bus, PERIPHERAL))
		return NULL;
	bus += strlen(PERIPHERAL);
	return must(strndup(bus, strcspn(bus, "/")));
}

/* ---- which controller ---- */

static bool
is_controller(const struct actual_device *there)
{
	return device_type_of_driver(there->driver) == &device_scsi_controller;
}

static bool
is_named_before(const char *const *ids, size_t n, const char *id)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (str_eq(ids[i], id))
			return true;
	return false;
}

/* The ids of all controllers, wanted or there; the array is the caller's. */
static const char **
controllers(const struct placement *placement, size_t *n)
{
	const struct actual *a = placement->actual;
	const char **ids =
	    xcalloc(placement->wanted_n + a->devices_n, sizeof(*ids));
	size_t i;

	*n = 0;
	for (i = 0; i < placement->wanted_n; i++)
		if (placement->wanted[i]->type == &device_scsi_controller)
			ids[(*n)++] = placement->wanted[i]->id;
	for (i = 0; i < a->devices_n; i++)
		if (is_controller(&a->devices[i]) && !a->devices[i].removing &&
		    !is_named_before(ids, *n, a->devices[i].id))
			ids[(*n)++] = a->devices[i].id;
	return ids;
}

char *
scsi_controller(
    const struct placement *placement, const char *named, struct err *e)
{
	size_t n;
	_free_ const char **ids = controllers(placement, &n);

	if (named && is_named_before(ids, n, named))
		return xstrdup(named);
	if (named)
		err_set(
		    e, "controller: there is no scsi-controller \"%s\"", named);
	else if (n == 0)
		err_set(e,
		    "this VM has no scsi-controller: one is needed, added "
		    "before it or in the same document");
	else if (n > 1)
		err_set(e, "controller: this VM has %zu (%s, %s%s): say which",
		    n, ids[0], ids[1], n > 2 ? ", …" : "");
	return !named && n == 1 ? xstrdup(ids[0]) : NULL;
}

/* ---- which number ---- */

static void
mark(bool *used, uint64_t target, uint64_t lun)
{
	if (target < SCSI_TARGETS && lun < SCSI_LUNS)
		used[target * SCSI_LUNS + lun] = true;
}

/* Those of the disks that are there. */
static void
mark_actual(bool *used, const struct actual *a, const char *bus)
{
	size_t i;

	for (i = 0; i < a->devices_n; i++) {
		const struct actual_device *there = &a->devices[i];
		_free_ char *controller = scsi_controller_of(there);
		_free_ char *its = controller ? scsi_bus(controller) : NULL;

		if (str_eq(its, bus))
			mark(used,
			    (uint64_t)json_integer_value(
				actual_property(there, "scsi-id")),
			    (uint64_t)json_integer_value(
				actual_property(there, "lun")));
	}
}

int
scsi_take(const struct placement *placement, struct device *d, struct err *e)
{
	_free_ bool *used = xcalloc(DISKS, sizeof(*used));
	unsigned i;

	mark_actual(used, placement->actual, d->bus);
	for (i = 0; i < placement->wanted_n; i++) {
		const struct device *other = placement->wanted[i];

		if (other != d && other->on_scsi && str_eq(other->bus, d->bus))
			mark(used, other->target, other->lun);
	}
	for (i = 0; i < DISKS && used[i]; i++)
		;
	if (i == DISKS)
		return err_set(
		    e, "all %d places of %s are taken", DISKS, d->bus);
	d->target = i / SCSI_LUNS;
	d->lun = i % SCSI_LUNS;
	return 0;
}
