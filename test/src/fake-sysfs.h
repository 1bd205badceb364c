/*
 * A host of the test's own, as VFIO sees it: a folder that looks like /sys and
 * /dev, and a kernel that does what is written there.
 */
#ifndef FAKE_SYSFS_H
#define FAKE_SYSFS_H

#include "vfio-host.h"
#include <jansson.h>

/* From now on vfio_host is this one; it has nothing but vfio-pci. */
void fake_sysfs_open(void);
void fake_sysfs_close(void);

/* A network card. native is the driver that the kernel has for it, and which
 * has it now; NULL: none. group -1: none. Made anew when it is there. */
void fake_sysfs_add(const char *address, int group, const char *native);
/* A file below the root; its folder is there. NULL: it goes. */
void fake_sysfs_put(const char *path, const char *text);
/* A folder with those above it. */
void fake_sysfs_folder(const char *path);
/* Somebody has this group open; -1: nobody has any. */
void fake_sysfs_hold(int group);
/* Writing to files of this name fails; "vfio-pci": it takes no device. NULL:
 * all goes well. */
void fake_sysfs_break(const char *name);

/* {address: "DRIVER OVERRIDE"}; the caller's. */
json_t *fake_sysfs_state(void);

#endif
