/* What can be known of a device of the host before a VM gets it. */

#include "host.h"
#include "vfio-host.h"
#include <dirent.h>

#define FILE_MAX 256
#define CLASS_PCI_BRIDGE 0x0604

/* A short file in the folder, without its newline; NULL: not there. */
static char *
read_line(const char *folder, const char *name)
{
	_free_ char *path = xasprintf("%s%s/%s", vfio_host.root, folder, name);
	char *text = read_file(path, FILE_MAX, NULL, NULL);

	if (text)
		text[strcspn(text, "\n")] = '\0';
	return text;
}

/* The class code is "0x060400". */
static bool
is_bridge(const char *folder)
{
	_free_ char *class = read_line(folder, "class");

	return class && strtoul(class, NULL, 16) >> 8 == CLASS_PCI_BRIDGE;
}

static bool
is_there(const char *path)
{
	_free_ char *at = xasprintf("%s%s", vfio_host.root, path);

	return access(at, F_OK) == 0;
}

/* ---- the group ---- */

/* A driver that keeps its hands off while a VM has the group (the kernel's
 * driver_managed_dma). */
static bool
is_harmless(const char *folder)
{
	_free_ char *driver = vfio_driver(folder);

	return !driver || vfio_is_vfio(driver) || str_eq(driver, "pci-stub") ||
	    is_bridge(folder);
}

/* Another device of its group is in use. */
static int
check_member(const char *folder, const char *name, int group, struct err *e)
{
	_free_ char *other =
	    xasprintf("/sys/kernel/iommu_groups/%d/devices/%s", group, name);
	_free_ char *driver = vfio_driver(other);

	if (str_eq(name, strrchr(folder, '/') + 1) || is_harmless(other))
		return 0;
	return err_set(e,
	    "its IOMMU group %d also has %s, which the host's driver %s uses: "
	    "a group goes to a VM as a whole; give that one to vfio-pci too",
	    group, name, driver);
}

static int
check_members(const char *folder, int group, struct err *e)
{
	_free_ char *path = xasprintf(
	    "%s/sys/kernel/iommu_groups/%d/devices", vfio_host.root, group);
	DIR *members = opendir(path);
	struct dirent *entry;
	int rc = 0;

	if (!members)
		return err_errno(e, "cannot read %s", path);
	while (rc == 0 && (entry = readdir(members)))
		if (entry->d_name[0] != '.')
			rc = check_member(folder, entry->d_name, group, e);
	closedir(members);
	return rc;
}

/* The group's file, when there is one, can be had. */
static int
check_free(int group, struct err *e)
{
	_free_ char *name = xasprintf("/dev/vfio/%d", group);
	_free_ char *path = xasprintf("%s%s", vfio_host.root, name);
	_close_ int fd = vfio_host.open(path);

	if (fd >= 0 || errno == ENOENT)
		return 0;
	if (errno == EBUSY)
		return err_set(e,
		    "its IOMMU group %d is in use: another VM or program has "
		    "%s open",
		    group, name);
	return err_errno(e, "cannot open %s", name);
}

/* ---- the driver ---- */

/* It has no VFIO driver: it must be possible to give it one. */
static int
check_bindable(
    const char *folder, const char *driver, bool began, struct err *e)
{
	_free_ char *override = read_line(folder, "driver_override");
	_free_ char *file =
	    xasprintf("%s%s/driver_override", vfio_host.root, folder);

	if (!is_there("/sys/bus/pci/drivers/vfio-pci"))
		return err_set(e,
		    "the host's kernel has no driver vfio-pci: load the module "
		    "vfio-pci");
	if (!began && override && *override && !str_eq(override, "(null)"))
		return err_set(e,
		    "its driver_override is \"%s\" and its driver %s: somebody "
		    "is about to give it to another driver",
		    override, driver ? driver : "none");
	if (access(file, W_OK) < 0)
		return err_errno(e,
		    "cannot give it to vfio-pci (as root one can): %s/%s",
		    folder, "driver_override");
	return 0;
}

int
vfio_check(const char *folder, unsigned known, struct err *e)
{
	_free_ char *driver = vfio_driver(folder);
	int group = vfio_group(folder);

	if (!is_there(folder))
		return err_set(e, "there is no %s on this host", folder);
	if (is_bridge(folder))
		return err_set(e, "a bridge cannot be handed to a VM");
	if (group < 0)
		return err_set(e,
		    "it has no IOMMU group: the host's IOMMU is off "
		    "(intel_iommu=on or amd_iommu=on turn it on) or not there");
	if (check_members(folder, group, e) < 0)
		return -1;
	if (!(known & VFIO_GROUP_OURS) && check_free(group, e) < 0)
		return -1;
	/* A mediated device has its driver from birth. */
	if (vfio_is_vfio(driver) || !str_starts(folder, "/sys/bus/pci/"))
		return 0;
	return check_bindable(folder, driver, known & VFIO_BIND_BEGAN, e);
}
