/*
 * The host's side of VFIO: what sysfs tells of a device, and which driver has
 * it. A device is named by its folder, "/sys/bus/pci/devices/0000:00:05.0".
 */
#ifndef VFIO_HOST_H
#define VFIO_HOST_H

#include "err.h"

/* All that touches the host, so that tests can have one of their own. */
struct vfio_host {
	const char *root; /* stands before /sys and /dev */
	/* Into a file of sysfs; 0, or -1 and errno. */
	int (*write)(const char *path, const char *text);
	/* Of /dev/vfio/N: a descriptor, or -1 and errno. Who has a device of
	 * the group has it open, and nobody else can. */
	int (*open)(const char *path);
};

extern struct vfio_host vfio_host;

/* "0000:00:05.0" of that or of "00:05.0"; NULL when it is neither. The caller
 * frees. */
char *vfio_address(const char *text);
/* The folder of a PCI device; the caller frees. */
char *vfio_folder(const char *address);

/* The driver that has it, or NULL; the caller frees. */
char *vfio_driver(const char *folder);
/* vfio-pci, or a device's own variant of it. */
bool vfio_is_vfio(const char *driver);
/* The number of its IOMMU group; -1: none. */
int vfio_group(const char *folder);

/* What it wants of a bridge's windows. */
struct vfio_bars {
	uint64_t memory; /* must be below 4 GiB */
	uint64_t prefetchable; /* 64 bits wide */
	bool express; /* it is a PCI Express device */
};

struct vfio_bars vfio_bars(const char *folder);

enum vfio_known {
	VFIO_GROUP_OURS = 1 << 0, /* this VM has a device of its group */
	VFIO_BIND_BEGAN = 1 << 1, /* we were about to give it to vfio-pci */
};

/*
 * All that can be known before a VM gets it: it is there, has an IOMMU group,
 * nobody uses anything of that group, and it has a VFIO driver or can be given
 * one.
 */
int vfio_check(const char *folder, unsigned known, struct err *e);

/* Gives a PCI device to vfio-pci. When that fails, it is as it was. */
int vfio_bind(const char *address, struct err *e);
/* Some program has a device of its group. */
bool vfio_is_held(const char *folder);
/* The other way: away from vfio-pci; with probe, to the driver that the kernel
 * chooses. Waits as long as somebody has it (vfio_is_held). */
int vfio_give_back(const char *address, bool probe, struct err *e);

#endif
