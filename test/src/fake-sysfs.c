/* A host of the test's own, as VFIO sees it. */

#include "fake-sysfs.h"
#include <assert.h>
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>

#define DEVICES "/sys/bus/pci/devices"
#define DRIVERS "/sys/bus/pci/drivers"

static char root[] = "/tmp/qmpd-sysfs-XXXXXX";
static const char *broken;
static int held = -1;

/* A path below the root. */
PRINTF(1, 2)
static char *
at(const char *fmt, ...)
{
	_free_ char *path = NULL;
	va_list ap;

	va_start(ap, fmt);
	assert(vasprintf(&path, fmt, ap) >= 0);
	va_end(ap);
	return xasprintf("%s%s", root, path);
}

void
fake_sysfs_folder(const char *path)
{
	_free_ char *all = at("%s", path);
	char *slash = all + strlen(root);

	while ((slash = strchr(slash + 1, '/'))) {
		*slash = '\0';
		mkdir(all, 0755);
		*slash = '/';
	}
	mkdir(all, 0755);
}

void
fake_sysfs_put(const char *path, const char *text)
{
	_free_ char *file = at("%s", path);
	FILE *out;

	unlink(file);
	if (!text)
		return;
	out = fopen(file, "w");
	assert(out && fputs(text, out) >= 0);
	fclose(out);
}

PRINTF(2, 3)
static void
put(const char *text, const char *fmt, ...)
{
	_free_ char *path = NULL;
	va_list ap;

	va_start(ap, fmt);
	assert(vasprintf(&path, fmt, ap) >= 0);
	va_end(ap);
	fake_sysfs_put(path, text);
}

/* The first line of a file below the root; NULL: not there. */
static char *
line_of(const char *folder, const char *address, const char *name)
{
	_free_ char *path = at("%s/%s/%s", folder, address, name);
	_fclose_ FILE *in = fopen(path, "r");
	char text[256] = "";

	if (!in || !fgets(text, sizeof(text), in))
		return NULL;
	text[strcspn(text, "\n")] = '\0';
	return xstrdup(text);
}

/* ---- the kernel ---- */

static void
set_driver(const char *address, const char *driver)
{
	_free_ char *link = at(DEVICES "/%s/driver", address);
	_free_ char *target = xasprintf("../../drivers/%s", driver);
	_free_ char *folder = xasprintf(DRIVERS "/%s", driver);

	unlink(link);
	if (!driver)
		return;
	fake_sysfs_folder(folder);
	assert(symlink(target, link) == 0);
}

/* The group's file is there while vfio-pci has a device of it. */
static void
set_group_file(const char *address, bool there)
{
	_free_ char *folder = vfio_folder(address);

	put(there ? "" : NULL, "/dev/vfio/%d", vfio_group(folder));
}

static void
probe(const char *address)
{
	_free_ char *folder = vfio_folder(address);
	_free_ char *now = vfio_driver(folder);
	_free_ char *override = line_of(DEVICES, address, "driver_override");
	_free_ char *native = line_of("", "native", address);
	const char *chosen = !str_eq(override, "(null)") ? override : native;

	if (now || !chosen || !*chosen || str_eq(chosen, broken))
		return;
	set_driver(address, chosen);
	if (str_eq(chosen, "vfio-pci"))
		set_group_file(address, true);
}

static int
store(const char *path, const char *text)
{
	const char *name = strrchr(path, '/') + 1;
	const char *below = path + strlen(root);

	if (str_eq(name, broken)) {
		errno = EIO;
		return -1;
	}
	if (str_eq(name, "driver_override"))
		put(*text == '\n' ? "(null)\n" : text, "%s", below);
	else if (str_eq(name, "drivers_probe"))
		probe(text);
	else if (str_eq(name, "unbind")) {
		set_group_file(text, false);
		set_driver(text, NULL);
	}
	return 0;
}

static int
open_group(const char *path)
{
	_free_ char *busy = at("/dev/vfio/%d", held);

	if (str_eq(path, busy)) {
		errno = EBUSY;
		return -1;
	}
	return open(path, O_RDWR | O_CLOEXEC);
}

/* ---- for tests ---- */

void
fake_sysfs_open(void)
{
	assert(mkdtemp(root));
	vfio_host = (struct vfio_host){ root, store, open_group };
	fake_sysfs_folder(DEVICES);
	fake_sysfs_folder(DRIVERS "/vfio-pci");
	fake_sysfs_folder("/dev/vfio");
	fake_sysfs_folder("/native");
}

static int
remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	return remove(path);
}

void
fake_sysfs_close(void)
{
	nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	memcpy(strrchr(root, '-') + 1, "XXXXXX", 6);
	broken = NULL;
	held = -1;
}

void
fake_sysfs_add(const char *address, int group, const char *native)
{
	_free_ char *folder = vfio_folder(address);
	_free_ char *members =
	    xasprintf("/sys/kernel/iommu_groups/%d/devices", group);
	_free_ char *link = at("%s/iommu_group", folder);
	_free_ char *target =
	    xasprintf("../../../../kernel/iommu_groups/%d", group);
	_free_ char *member = at("%s/%s", members, address);
	_free_ char *device =
	    xasprintf("../../../../bus/pci/devices/%s", address);

	fake_sysfs_folder(folder);
	put("0x020000\n", "%s/class", folder);
	put("(null)\n", "%s/driver_override", folder);
	put("0x1000 0x1fff 0x40200\n", "%s/resource", folder);
	put(native ? native : "", "/native/%s", address);
	if (group >= 0) {
		fake_sysfs_folder(members);
		unlink(link);
		unlink(member);
		assert(symlink(target, link) == 0);
		assert(symlink(device, member) == 0);
		set_group_file(address, false);
	}
	set_driver(address, native);
}

void
fake_sysfs_hold(int group)
{
	held = group;
}

void
fake_sysfs_break(const char *name)
{
	broken = name;
}

json_t *
fake_sysfs_state(void)
{
	_free_ char *path = at(DEVICES);
	json_t *state = must(json_object());
	DIR *devices = opendir(path);
	struct dirent *entry;

	assert(devices);
	while ((entry = readdir(devices))) {
		const char *address = entry->d_name;
		_free_ char *folder = vfio_folder(address);
		_free_ char *driver = vfio_driver(folder);
		_free_ char *override =
		    line_of(DEVICES, address, "driver_override");

		if (*address != '.')
			json_object_set_new(state, address,
			    must(json_sprintf(
				"%s %s", driver ? driver : "none", override)));
	}
	closedir(devices);
	return state;
}
