/* What the steps of vfio.c and the decisions of vfio-fit.c share. */
#ifndef VFIO_INTERNAL_H
#define VFIO_INTERNAL_H

#include "device.h"
#include "vfio-host.h"

struct run;

#define VFIO_DRIVER_MAX 64

/* The letters of its parts. */
#define VFIO_MARK 'v'
#define VFIO_IOMMUFD 'i'

enum vfio_iommufd { VFIO_IOMMUFD_AUTO, VFIO_IOMMUFD_ON, VFIO_IOMMUFD_OFF };

struct vfio {
	char *host;
	char *sysfsdev;
	int iommufd; /* enum vfio_iommufd */
	/* What the rows do not know. */
	bool recalled; /* it is there, or something of it */
	bool binds; /* its driver is changed, or was */
	bool uses_iommufd;
	char former[VFIO_DRIVER_MAX]; /* "" when it had none */
	struct vfio_bars bars;
	json_int_t handle; /* of its file in the guest */
};

/* Its folder in the host's sysfs; the caller frees. */
char *vfio_folder_of(const struct vfio *v);
/* As an object's name may have it: letters, digits, '-' and '_'. */
void vfio_make_plain(char *text);
/* What is behind the id in its mark, or NULL. */
const char *vfio_find_mark(const struct actual *a, const struct device *d);

/* The device that a mark names; NULL: it is no mark. */
struct device *vfio_of_mark(const char *name);
/* Waits until nobody has it open, and gives it back. */
void vfio_give_back_step(struct run *run, void *device);

/* Members of the family's row (device.h). */
int vfio_check_params(struct device *d, struct err *e);
int vfio_check_host(
    const struct device *d, const struct actual *a, struct err *e);
int vfio_same(const struct device *d, const struct actual *a, struct err *e);
void vfio_recall(struct device *d, const struct actual *a);
int vfio_place(struct placement *placement, struct device *d, struct err *e);

#endif
