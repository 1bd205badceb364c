/* The devices' part of fitting: what goes, what is left over, what comes. */

#include "commands.h"
#include "fit.h"
#include "holder.h"
#include "machine.h"
#include "part.h"
#include "placement.h"
#include "run.h"

/* ---- the removal's own mark ---- */

/*
 * A guest may give a device up long after nobody waits any more. Until it
 * does, QEMU remembers that it was asked: the device can be told from one
 * that is there to stay, by whoever looks next.
 */
static void
add_mark(struct run *run, void *subject)
{
	want_reply(run, RUN_MONITOR,
	    cmd_object_add(device_mark(subject, PART_REMOVAL)));
}

static void
del_mark(struct run *run, void *subject)
{
	_free_ char *name = device_part(subject, PART_REMOVAL);

	want_reply(run, RUN_MONITOR, cmd_object_del(name));
}

/* Before: not for a device that is gone, or was asked for already. */
static bool
is_not_asked(const struct actual *a, const void *subject)
{
	const struct actual_device *there =
	    actual_device(a, ((const struct device *)subject)->id);

	return there && !there->removing;
}

/* After: when there will be one. */
static bool
is_asked(const struct actual *a, const void *subject)
{
	const struct device *d = subject;

	return actual_device(a, d->id) || device_has_part(a, d, PART_REMOVAL);
}

static const struct step removal_begins[] = {
	{ "begin", del_mark, add_mark, is_not_asked },
	{ NULL },
};

static const struct step removal_ends[] = {
	{ "end", add_mark, del_mark, is_asked },
	{ NULL },
};

/* ---- down ---- */

static bool
is_wanted(struct device **wanted, size_t n, const char *id)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (str_eq(wanted[i]->id, id))
			return true;
	return false;
}

/* What the steps need to know of this VM. */
static void
fill_facts(struct device *d, const struct actual *a)
{
	d->ask = (actual_agent_can(a, "guest-get-disks") &&
			     machine_disk_addresses(a->machine)
			 ? ASK_DISKS
			 : 0) |
	    (actual_agent_can(a, "guest-network-get-interfaces")
		    ? ASK_INTERFACES
		    : 0) |
	    (actual_agent_can(a, "guest-exec") ? ASK_EXEC : 0) |
	    (actual_agent_can(a, "guest-file-open") ? ASK_FILES : 0);
	d->features = a->features;
	d->vcpus_max = a->vcpus_max;
	/* 7.2 without KVM's interrupts; 10.0 bears it. */
	d->no_vhost_msix =
	    !actual_version_at_least(a, 10, 0) && !str_eq(a->accel, "kvm");
}

static void
fill_place(
    struct device *d, const struct actual *a, const struct actual_device *there)
{
	d->bus = xstrdup0(there->bus);
	d->slot = there->slot;
	d->bus_number = there->bus_number;
	d->removing = there->removing;
	if (d->type->find)
		d->type->find(d, a);
}

/* The device as it is there: what its removal's undo would need. */
static struct device *
recall(const struct actual *a, const struct device_type *type, const char *id)
{
	const struct actual_device *there = actual_device(a, id);
	struct device *d = device_leftover(type, id);

	fill_facts(d, a);
	if (there)
		fill_place(d, a, there);
	if (type->recall)
		type->recall(d, a);
	return d;
}

/* The plan takes the device away, whatever of it is there. type is NULL when
 * all that is left is the removal's mark. */
static void
plan_removal(const struct actual *a, struct plan *plan,
    const struct device_type *type, const char *id)
{
	struct device *d = recall(a, type ? type : device_types[0], id);
	const char *words = type ? type->words : "device";

	plan_add(
	    plan, removal_begins, PLAN_REMOVE, d, NULL, a, "%s %s", words, id);
	if (type)
		plan_add(plan, type->steps, PLAN_REMOVE, d, NULL, a, "%s %s",
		    words, id);
	plan_add(plan, removal_ends, PLAN_REMOVE, d, device_free, a, "%s %s",
	    words, id);
}

/* Whose part this is: an id that does not fit into a name is found by the
 * name that it has. The caller frees. */
static char *
owner_of(
    const struct actual *a, struct device **wanted, size_t n, const char *part)
{
	size_t i;

	for (i = 0; i < a->devices_n; i++)
		if (part_is_of(part, a->devices[i].id))
			return xstrdup(a->devices[i].id);
	for (i = 0; i < n; i++)
		if (part_is_of(part, wanted[i]->id))
			return xstrdup(wanted[i]->id);
	return part_id(part);
}

/* The family of an owner: its device's, or that of a part that is left. */
static const struct device_type *
family_of(
    const struct actual *a, const char *id, const char **parts, size_t parts_n)
{
	const struct actual_device *there = actual_device(a, id);
	const struct device_type *type =
	    there ? device_type_of(a, there) : NULL;
	size_t i;

	for (i = 0; i < parts_n && !type; i++) {
		_free_ char *own = part_id(parts[i]);

		if (part_is_of(parts[i], id) || str_eq(own, id))
			type = device_type_of_role(part_role(parts[i]));
	}
	return type;
}

/* A device that is there and that QEMU cannot unplug. */
static int
check_goes(const struct actual *a, const struct device_type *type,
    const char *id, struct err *e)
{
	if (!type || !type->is_for_good || !actual_device(a, id))
		return 0;
	return err_set(e,
	    "%s %s: QEMU cannot unplug it: it stays until its VM ends",
	    type->words, id);
}

/* What is left of a wanted one that is not there is of no use: of another
 * family, or of a removal that nobody waited for. */
static bool
is_stale(const struct actual *a, const struct device *d)
{
	size_t n;
	_free_ const char **parts = actual_parts(a, &n);
	const struct device_type *type = family_of(a, d->id, parts, n);

	return !actual_device(a, d->id) &&
	    ((type && type != d->type) || device_has_part(a, d, PART_REMOVAL));
}

/* One that is wanted, and not only for its id. */
static bool
stays(const struct actual *a, struct device **wanted, size_t n, const char *id)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (str_eq(wanted[i]->id, id))
			return !is_stale(a, wanted[i]);
	return false;
}

/* All that is ours and that nobody wants, and what a crash left behind; each
 * id at its first part. Those that others hold, or those that are not held. */
static int
remove_unwanted(const struct actual *a, bool all, bool held,
    struct device **wanted, size_t n, struct plan *plan, struct err *e)
{
	json_auto_t *seen = must(json_object());
	size_t parts_n, i;
	_free_ const char **parts = actual_parts(a, &parts_n);

	for (i = 0; i < parts_n; i++) {
		_free_ char *id = owner_of(a, wanted, n, parts[i]);
		const struct device_type *type =
		    id ? family_of(a, id, parts, parts_n) : NULL;

		if (!id || stays(a, wanted, n, id) ||
		    holder_has(type) != held || json_object_get(seen, id))
			continue;
		json_object_set_new(seen, id, json_true());
		if (!all && actual_device(a, id))
			continue;
		if (check_goes(a, type, id, e) < 0)
			return -1;
		plan_removal(a, plan, type, id);
	}
	return 0;
}

/* Something of it is named as ours: a document may take it away. */
static bool
is_ours(const struct actual *a, const char *id)
{
	size_t n, i;
	_free_ const char **parts = actual_parts(a, &n);

	for (i = 0; i < n; i++)
		if (part_is_of(parts[i], id))
			return true;
	return false;
}

/* What holds something that stays cannot go: it would take that along. */
static int
check_holders(
    const struct actual *a, struct device **wanted, size_t n, struct err *e)
{
	size_t i;

	for (i = 0; i < a->devices_n; i++) {
		const char *id = a->devices[i].id;
		_free_ char *names = !is_wanted(wanted, n, id) && is_ours(a, id)
		    ? holder_names(a, id, wanted, n)
		    : NULL;

		if (names)
			return err_set(e,
			    "%s cannot go: %s is plugged into it and stays; "
			    "name it in the document, or leave %s out too",
			    id, names, names);
	}
	return 0;
}

/* A removal that was not waited for is over: its mark is there to be taken. */
static bool
is_left(const struct actual *a, const char *id)
{
	_free_ char *mark = part_name(PART_REMOVAL, id);

	return actual_part(a, mark);
}

/* device rm: the one that is named. */
static int
remove_named(
    const struct actual *a, const char *id, struct plan *plan, struct err *e)
{
	const struct actual_device *there = actual_device(a, id);
	size_t parts_n;
	_free_ const char **parts = actual_parts(a, &parts_n);
	const struct device_type *type = family_of(a, id, parts, parts_n);
	_free_ char *names = NULL;

	if (there && !device_type_of(a, there))
		return err_set(e, "%s is a %s: not a device that qmpd manages",
		    id, there->driver ? there->driver : "device");
	if (actual_bus(a, id))
		return err_set(
		    e, "%s is a bus: not a device that qmpd manages", id);
	if (!there && !type && !is_left(a, id))
		return err_set(e, "there is no device \"%s\"", id);
	names = holder_names(a, id, NULL, 0);
	if (names)
		return err_set(e,
		    "%s cannot go before what is plugged into it: %s", id,
		    names);
	if (check_goes(a, type, id, e) < 0)
		return -1;
	plan_removal(a, plan, type, id);
	return 0;
}

int
fit_devices_down(const struct actual *a, const struct request *request,
    struct device **wanted, size_t n, struct plan *plan, struct err *e)
{
	if (request->remove_id)
		return remove_named(a, request->remove_id, plan, e);
	if (request->spec && check_holders(a, wanted, n, e) < 0)
		return -1;
	if (remove_unwanted(
		a, request->spec != NULL, true, wanted, n, plan, e) < 0)
		return -1;
	return remove_unwanted(
	    a, request->spec != NULL, false, wanted, n, plan, e);
}

/* ---- up ---- */

/* What else has such an id would be in the way of growing. */
#define OWN_IDS "qmpd-"

/* Something else has this id, or it is on its way out. */
static int
check_id(const struct actual *a, const struct device *d, struct err *e)
{
	const struct actual_device *there = actual_device(a, d->id);

	if (there && device_type_of(a, there) != d->type)
		return err_set(e, "the id is taken by a %s",
		    there->driver ? there->driver : "device");
	if (actual_bus(a, d->id) || actual_dimm(a, d->id) ||
	    actual_cpu(a, d->id))
		return err_set(e, "the id is taken");
	if (!there && str_starts(d->id, OWN_IDS))
		return err_set(e,
		    "ids that begin with " OWN_IDS " are those of qmpd's own "
		    "vCPUs and memory; use another id");
	if (there && there->removing)
		return err_set(e,
		    "it is being removed: the guest was asked and has not "
		    "given it up yet; wait for that, or use another id");
	return 0;
}

/* Where it goes, or where it is already; and what can be known before. */
static int
prepare(struct placement *placement, struct device *d, struct err *e)
{
	const struct actual *a = placement->actual;
	const struct actual_device *there = actual_device(a, d->id);

	fill_facts(d, a);
	if (check_id(a, d, e) < 0)
		return -1;
	if (d->type->same && !is_stale(a, d) && d->type->same(d, a, e) < 0)
		return -1;
	if (there) {
		fill_place(d, a, there);
		return 0;
	}
	if (d->type->needs_shared_memory && !a->memory_shared)
		return err_set(e,
		    "its backend must map the guest's memory, and this VM's is "
		    "private: a clone made with --memory-sharing shared has "
		    "memory that can be mapped");
	if (d->type->check_host && d->type->check_host(d, a, e) < 0)
		return -1;
	return d->type->place ? d->type->place(placement, d, e) : 0;
}

/* What is made of one device. What is stale of it has gone by then. */
static void
plan_device(const struct actual *a, struct device *d, struct plan *plan)
{
	struct actual *view = is_stale(a, d) ? actual_without(a, d->id) : NULL;

	plan_add(plan, d->type->steps, PLAN_MAKE, d, device_free,
	    view ? view : a, "%s %s", d->type->words, d->id);
	if (view)
		actual_view_free(view);
}

/* The plan takes the devices over: first what is made, then what changes. */
static void
plan_devices(
    const struct actual *a, struct device **wanted, size_t n, struct plan *plan)
{
	size_t i;

	for (i = 0; i < n; i++)
		plan_device(a, wanted[i], plan);
	for (i = 0; i < n; i++) {
		struct device *d = TAKE(wanted[i]);

		if (d->type->changes)
			plan_add(plan, d->type->changes, PLAN_MAKE, d, NULL, a,
			    "%s %s", d->type->words, d->id);
	}
}

int
fit_devices_up(const struct actual *a, struct pci_places *places,
    struct device **wanted, size_t n, struct plan *plan, struct err *e)
{
	struct placement placement = { a, .wanted = wanted, .wanted_n = n };
	size_t i;

	placement.pci = *places;
	holder_order(wanted, n);
	for (i = 0; i < n; i++)
		if (prepare(&placement, wanted[i], e) < 0)
			return device_wrap(wanted[i], e);
	plan_devices(a, wanted, n, plan);
	return 0;
}
