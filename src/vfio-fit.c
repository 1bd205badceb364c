/* Devices of the host: what can be known before anything runs, and what is
 * there already. */

#include "part.h"
#include "placement.h"
#include "vfio-internal.h"
#include <ctype.h>

char *
vfio_folder_of(const struct vfio *v)
{
	return v->host ? vfio_folder(v->host) : xstrdup(v->sysfsdev);
}

void
vfio_make_plain(char *text)
{
	for (; *text; text++)
		if (!isalnum((unsigned char)*text) && *text != '-')
			*text = '_';
}

/* The address in a mark; NULL when there is none in it. The caller frees. */
static char *
mark_address(const char *mark)
{
	_free_ char *text = xstrdup(mark);

	text[strcspn(text, ".")] = '\0';
	if (strlen(text) != strlen("0000_00_05_0"))
		return NULL;
	text[4] = text[7] = ':';
	text[10] = '.';
	return vfio_address(text);
}

static bool
is_mark(const char *suffix)
{
	_free_ char *address = mark_address(suffix ? suffix : "");

	return address != NULL;
}

const char *
vfio_find_mark(const struct actual *a, const struct device *d)
{
	const char *name;
	json_t *type;

	json_object_foreach (a->objects, name, type)
		if (part_role(name) == VFIO_MARK && part_is_of(name, d->id) &&
		    is_mark(part_suffix(name)))
			return part_suffix(name);
	return NULL;
}

/* ---- parameters ---- */

int
vfio_check_params(struct device *d, struct err *e)
{
	struct vfio *v = d->params;
	char *address;

	if (!v->host == !v->sysfsdev)
		return err_set(e,
		    "one of host (a PCI address) and sysfsdev (a mediated "
		    "device's folder) is wanted%s",
		    v->host ? ", not both" : "");
	if (v->sysfsdev && !str_starts(v->sysfsdev, "/sys/bus/mdev/devices/"))
		return err_set(e,
		    "sysfsdev: /sys/bus/mdev/devices/UUID is wanted, not %s; "
		    "for a PCI device use host",
		    v->sysfsdev);
	if (v->sysfsdev)
		return 0;
	address = vfio_address(v->host);
	if (!address)
		return err_set(e,
		    "host: a PCI address like 0000:00:05.0 is wanted, not "
		    "\"%s\"",
		    v->host);
	free(v->host);
	v->host = address;
	return 0;
}

/* The folder of a device that QEMU has; NULL: not one of the host's. The
 * caller frees. */
static char *
folder_in_qemu(const struct actual_device *there)
{
	const char *host = json_string_value(actual_property(there, "host"));
	const char *sysfsdev =
	    json_string_value(actual_property(there, "sysfsdev"));
	_free_ char *address = host ? vfio_address(host) : NULL;

	return address ? vfio_folder(address) : xstrdup0(sysfsdev);
}

/* What this VM has of the host: the same device is an error, another one of
 * the same group is no reason to take the group for busy. */
static int
check_others(
    const struct actual *a, const char *folder, unsigned *known, struct err *e)
{
	size_t i;

	for (i = 0; i < a->devices_n; i++) {
		_free_ char *other = folder_in_qemu(&a->devices[i]);

		if (!other)
			continue;
		if (str_eq(other, folder))
			return err_set(e, "the VM has it already, as %s",
			    a->devices[i].id);
		if (vfio_group(other) == vfio_group(folder))
			*known |= VFIO_GROUP_OURS;
	}
	return 0;
}

/* What a crash left of it is of the same device. */
static int
check_mark(
    const struct device *d, const char *mark, unsigned *known, struct err *e)
{
	const struct vfio *v = d->params;
	_free_ char *address = mark ? mark_address(mark) : NULL;

	if (address && !str_eq(address, v->host))
		return err_set(e,
		    "%s is still to be given back to its driver; remove %s "
		    "first",
		    address, d->id);
	*known |= mark ? VFIO_BIND_BEGAN : 0;
	return 0;
}

/* The driver that is to get it back: by the mark, else the one it has. */
static void
fill_former(struct vfio *v, const char *mark, const char *driver)
{
	const char *behind = mark ? strchr(mark, '.') : NULL;
	const char *former = mark ? (behind ? behind + 1 : "")
	    : driver              ? driver
				  : "";

	snprintf(v->former, sizeof(v->former), "%s", former);
	vfio_make_plain(v->former);
}

static int
choose_iommufd(struct vfio *v, const struct actual *a, struct err *e)
{
	_free_ char *file = xasprintf("%s/dev/iommu", vfio_host.root);
	bool qemu = actual_version_at_least(a, 9, 0);
	bool host = access(file, F_OK) == 0;

	v->uses_iommufd = v->iommufd != VFIO_IOMMUFD_OFF && qemu && host;
	if (v->iommufd != VFIO_IOMMUFD_ON || v->uses_iommufd)
		return 0;
	return err_set(e,
	    qemu ? "iommufd: this host has no /dev/iommu"
		 : "iommufd: this QEMU is older than 9.0 and has none");
}

int
vfio_check_host(const struct device *d, const struct actual *a, struct err *e)
{
	struct vfio *v = d->params;
	const char *mark = vfio_find_mark(a, d);
	_free_ char *folder = vfio_folder_of(v), *driver = vfio_driver(folder);
	unsigned known = 0;

	if (check_mark(d, mark, &known, e) < 0 ||
	    check_others(a, folder, &known, e) < 0 ||
	    vfio_check(folder, known, e) < 0)
		return err_wrap(e, "%s", v->host ? v->host : v->sysfsdev);
	fill_former(v, mark, driver);
	v->binds = v->host && (mark || !vfio_is_vfio(driver));
	v->bars = vfio_bars(folder);
	return choose_iommufd(v, a, e);
}

int
vfio_same(const struct device *d, const struct actual *a, struct err *e)
{
	const struct vfio *v = d->params;
	const struct actual_device *there = actual_device(a, d->id);
	_free_ char *folder = vfio_folder_of(v);
	_free_ char *now = there ? folder_in_qemu(there) : NULL;

	if (!now || str_eq(now, folder))
		return 0;
	return err_set(
	    e, "it is there with %s, not %s; remove it first", now, folder);
}

void
vfio_recall(struct device *d, const struct actual *a)
{
	struct vfio *v = d->params;
	const struct actual_device *there = actual_device(a, d->id);
	_free_ char *folder = there ? folder_in_qemu(there) : NULL;
	const char *mark = vfio_find_mark(a, d);
	char *address = vfio_address(folder ? strrchr(folder, '/') + 1 : "");

	v->recalled = true;
	v->binds = mark != NULL;
	v->uses_iommufd = device_has_part(a, d, VFIO_IOMMUFD);
	v->host = address || !mark ? address : mark_address(mark);
	v->sysfsdev = v->host ? NULL : xstrdup0(folder);
	fill_former(v, mark, NULL);
}

struct device *
vfio_of_mark(const char *name)
{
	const char *mark = part_suffix(name);
	_free_ char *id = NULL;
	struct device *d;
	struct vfio *v;

	if (part_role(name) != VFIO_MARK || !is_mark(mark))
		return NULL;
	id = part_id(name);
	d = device_leftover(&device_vfio, id);
	v = d->params;
	v->recalled = v->binds = true;
	v->host = mark_address(mark);
	fill_former(v, mark, NULL);
	return d;
}

/* A device with wide or large regions is one for a root port. */
int
vfio_place(struct placement *placement, struct device *d, struct err *e)
{
	const struct vfio *v = d->params;
	struct pci_need need = {
		.memory = v->bars.memory,
		.prefetchable = v->bars.prefetchable,
		/* Of a mediated device nothing is known. */
		.port =
		    v->sysfsdev || (v->bars.express && v->bars.prefetchable),
	};
	struct pci_place at;

	if (pci_take_for(&placement->pci, placement->actual, &need, &at, e) < 0)
		return -1;
	d->bus = xstrdup(at.bus->id);
	d->slot = at.slot;
	d->bus_number = at.bus->number;
	return 0;
}
