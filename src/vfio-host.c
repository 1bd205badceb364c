/* What sysfs tells of a device, and giving it to vfio-pci and back. */

#include "vfio-host.h"
#include "host.h"
#include <fcntl.h>

#define FILE_MAX 4096
/* include/linux/ioport.h */
#define RESOURCE_MEM 0x200
#define RESOURCE_PREFETCH 0x2000
#define RESOURCE_MEM_64 0x100000
#define BARS 6

static int
write_sysfs(const char *path, const char *text)
{
	_close_ int fd = open(path, O_WRONLY | O_CLOEXEC);
	size_t n = strlen(text);

	return fd >= 0 && write(fd, text, n) == (ssize_t)n ? 0 : -1;
}

static int
open_group(const char *path)
{
	return open(path, O_RDWR | O_CLOEXEC);
}

struct vfio_host vfio_host = { "", write_sysfs, open_group };

/* ---- names ---- */

char *
vfio_address(const char *text)
{
	unsigned domain = 0, bus, slot, function;
	int n = 0;

	if (strspn(text, "0123456789abcdefABCDEF:.") != strlen(text))
		return NULL;
	if (sscanf(text, "%4x:%2x:%2x.%1x%n", &domain, &bus, &slot, &function,
		&n) != 4) {
		domain = 0;
		n = 0;
		if (sscanf(text, "%2x:%2x.%1x%n", &bus, &slot, &function, &n) !=
		    3)
			return NULL;
	}
	if (text[n] || slot > 31 || function > 7)
		return NULL;
	return xasprintf("%04x:%02x:%02x.%x", domain, bus, slot, function);
}

char *
vfio_folder(const char *address)
{
	return xasprintf("/sys/bus/pci/devices/%s", address);
}

/* A path on the host that we look at; the caller frees. */
static char *
host_path(const char *folder, const char *name)
{
	return xasprintf("%s%s/%s", vfio_host.root, folder, name);
}

/* What a link in the folder points to, its last part only; NULL: no link. */
static char *
link_name(const char *folder, const char *name)
{
	_free_ char *path = host_path(folder, name);
	char target[FILE_MAX];
	const char *last;
	ssize_t n = readlink(path, target, sizeof(target) - 1);

	if (n < 0)
		return NULL;
	target[n] = '\0';
	last = strrchr(target, '/');
	return xstrdup(last ? last + 1 : target);
}

char *
vfio_driver(const char *folder)
{
	return link_name(folder, "driver");
}

bool
vfio_is_vfio(const char *driver)
{
	return driver && strstr(driver, "vfio");
}

int
vfio_group(const char *folder)
{
	_free_ char *name = link_name(folder, "iommu_group");

	return name && *name >= '0' && *name <= '9'
	    ? (int)strtol(name, NULL, 10)
	    : -1;
}

/* ---- what it wants of a bridge ---- */

struct vfio_bars
vfio_bars(const char *folder)
{
	_free_ char *path = host_path(folder, "resource");
	_free_ char *link = host_path(folder, "max_link_speed");
	_free_ char *text = read_file(path, FILE_MAX, NULL, NULL);
	struct vfio_bars bars = { .express = access(link, F_OK) == 0 };
	char *rest = text, *line;
	int i;

	for (i = 0; i < BARS && (line = strsep(&rest, "\n")); i++) {
		unsigned long long begin, end, flags;

		if (sscanf(line, "%llx %llx %llx", &begin, &end, &flags) != 3 ||
		    !(flags & RESOURCE_MEM) || end <= begin)
			continue;
		if (flags & RESOURCE_PREFETCH && flags & RESOURCE_MEM_64)
			bars.prefetchable += end - begin + 1;
		else
			bars.memory += end - begin + 1;
	}
	return bars;
}

/* ---- who has it ---- */

bool
vfio_is_held(const char *folder)
{
	_free_ char *path =
	    xasprintf("%s/dev/vfio/%d", vfio_host.root, vfio_group(folder));
	_close_ int fd = vfio_host.open(path);

	return fd < 0 && errno == EBUSY;
}

/* Writes into a file beside or below the device's. */
static int
put(const char *folder, const char *name, const char *text, struct err *e)
{
	_free_ char *path = host_path(folder, name);

	if (vfio_host.write(path, text) == 0)
		return 0;
	return err_errno(
	    e, "cannot write to %s", path + strlen(vfio_host.root));
}

/* The kernel looks for a driver; none is no error. */
static int
probe_drivers(const char *address, struct err *e)
{
	return put("/sys/bus/pci", "drivers_probe", address, e);
}

int
vfio_bind(const char *address, struct err *e)
{
	_free_ char *folder = vfio_folder(address);
	_free_ char *former = vfio_driver(folder), *now = NULL;

	if (put(folder, "driver_override", "vfio-pci", e) < 0)
		return -1;
	if ((!former || put(folder, "driver/unbind", address, e) == 0) &&
	    probe_drivers(address, e) == 0) {
		now = vfio_driver(folder);
		if (str_eq(now, "vfio-pci"))
			return 0;
		err_set(e, "vfio-pci did not take it");
	}
	vfio_give_back(address, former != NULL, NULL);
	return -1;
}

int
vfio_give_back(const char *address, bool probe, struct err *e)
{
	_free_ char *folder = vfio_folder(address);
	_free_ char *driver = vfio_driver(folder),
		    *here = host_path(folder, "");

	if (access(here, F_OK) < 0)
		return 0; /* it was taken out of the host */
	/* An empty line is no name. */
	if (put(folder, "driver_override", "\n", e) < 0)
		return -1;
	if (str_eq(driver, "vfio-pci") &&
	    put(folder, "driver/unbind", address, e) < 0)
		return -1;
	if (!probe || (driver && !str_eq(driver, "vfio-pci")))
		return 0;
	return probe_drivers(address, e);
}
