/* The devices' part of fitting: what goes, what is left over, what comes. */

#include "fit.h"
#include "pci.h"

static bool
is_wanted(struct device **wanted, size_t n, const char *id)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (str_eq(wanted[i]->id, id))
			return true;
	return false;
}

/* The device as it is there: what its removal's undo would need. */
static struct device *
recall(const struct actual *a, const struct device_type *type, const char *id)
{
	const struct actual_device *there = actual_device(a, id);
	struct device *d = device_leftover(type, id);

	if (there) {
		d->bus = xstrdup(there->bus);
		d->slot = there->slot;
		d->bus_number = there->bus_number;
	}
	if (type->recall)
		type->recall(d, a);
	return d;
}

/* The plan takes the device away, whatever of it is there. */
static void
plan_removal(const struct actual *a, struct plan *plan,
    const struct device_type *type, const char *id)
{
	plan_add(plan, type->steps, PLAN_REMOVE, recall(a, type, id),
	    device_free, a, "%s %s", type->words, id);
}

/* Whose node of ours this is: an id that does not fit into a node's name is
 * found by the name that it has. */
static const char *
owner_of(
    const struct actual *a, struct device **wanted, size_t n, const char *node)
{
	const char *id = device_node_id(node);
	size_t i;

	for (i = 0; id && i < a->devices_n + n; i++) {
		const char *candidate = i < a->devices_n
		    ? a->devices[i].id
		    : wanted[i - a->devices_n]->id;
		_free_ char *name =
		    device_node_name(node[DEVICE_NODE_ROLE], candidate);

		if (str_eq(name, node))
			return candidate;
	}
	return id;
}

/* A block node of ours: of a device that is not wanted, or of none at all.
 * Each id is planned once, at its first node. */
static bool
is_first_node_of(const struct actual *a, struct device **wanted, size_t n,
    size_t i, const char *id)
{
	size_t j;

	for (j = 0; j < i; j++) {
		const char *other = owner_of(a, wanted, n, a->nodes[j].name);

		if (str_eq(other, id))
			return false;
	}
	return true;
}

/* Disks of ours that nobody wants, and nodes that a crash left behind. */
static void
remove_unwanted(const struct actual *a, bool all, struct device **wanted,
    size_t n, struct plan *plan)
{
	size_t i;

	for (i = 0; i < a->nodes_n; i++) {
		const char *id = owner_of(a, wanted, n, a->nodes[i].name);
		bool orphan = id && !actual_device(a, id);

		if (!id || is_wanted(wanted, n, id) ||
		    !is_first_node_of(a, wanted, n, i, id))
			continue;
		if (all || orphan)
			plan_removal(a, plan, &device_blk, id);
	}
}

/* device rm: the one that is named. */
static int
remove_named(
    const struct actual *a, const char *id, struct plan *plan, struct err *e)
{
	const struct actual_device *there = actual_device(a, id);
	const struct device_type *type =
	    there ? device_type_of_driver(there->driver) : NULL;
	_free_ char *node = device_node_name('f', id);

	if (there && !type)
		return err_set(e, "%s is a %s: not a device that qmpd manages",
		    id, there->driver ? there->driver : "device");
	if (!there && !actual_node(a, node))
		return err_set(e, "there is no device \"%s\"", id);
	plan_removal(a, plan, type ? type : &device_blk, id);
	return 0;
}

int
fit_devices_down(const struct actual *a, const struct request *request,
    struct device **wanted, size_t n, struct plan *plan, struct err *e)
{
	if (request->remove_id)
		return remove_named(a, request->remove_id, plan, e);
	remove_unwanted(a, request->spec != NULL, wanted, n, plan);
	return 0;
}

/* Where it goes, or where it is already. */
static int
place(const struct actual *a, struct pci_places *places, struct device *d,
    struct err *e)
{
	const struct actual_device *there = actual_device(a, d->id);
	struct pci_place at;

	d->ask_disks = actual_agent_can(a, "guest-get-disks");
	if (there) {
		d->bus = xstrdup(there->bus);
		d->slot = there->slot;
		d->bus_number = there->bus_number;
		return 0;
	}
	if (pci_take(places, a, &at, e) < 0)
		return err_wrap(e, "%s %s", d->type->words, d->id);
	d->bus = xstrdup(at.bus->id);
	d->slot = at.slot;
	d->bus_number = at.bus->number;
	return 0;
}

/* Another family's device, or another image, has this id. */
static int
check_same(const struct actual *a, const struct device *d, struct err *e)
{
	const struct actual_device *there = actual_device(a, d->id);

	if (there && device_type_of_driver(there->driver) != d->type)
		return err_set(e, "%s %s: the id is taken by a %s",
		    d->type->words, d->id,
		    there->driver ? there->driver : "device");
	if (actual_bus(a, d->id) || actual_dimm(a, d->id) ||
	    actual_cpu(a, d->id))
		return err_set(
		    e, "%s %s: the id is taken", d->type->words, d->id);
	return d->type->same ? d->type->same(d, a, e) : 0;
}

int
fit_devices_up(const struct actual *a, struct device **wanted, size_t n,
    struct plan *plan, struct err *e)
{
	struct pci_places places;
	size_t i;

	pci_places_init(&places, a);
	for (i = 0; i < n; i++)
		if (check_same(a, wanted[i], e) < 0 ||
		    place(a, &places, wanted[i], e) < 0)
			return -1;
	for (i = 0; i < n; i++) {
		struct device *d = TAKE(wanted[i]);

		plan_add(plan, d->type->steps, PLAN_MAKE, d, device_free, a,
		    "%s %s", d->type->words, d->id);
	}
	return 0;
}
