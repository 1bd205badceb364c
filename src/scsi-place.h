/*
 * Where SCSI disks go: which controller, and which target and LUN of it. Pure.
 */
#ifndef SCSI_PLACE_H
#define SCSI_PLACE_H

#include "placement.h"

/* Disk n of a controller is LUN n % 256 of target n / 256, as in Kata. */
#define SCSI_LUNS 256
#define SCSI_TARGETS 256

/* The controller's id: the one that is named, or the only one that is there or
 * wanted; NULL on error. The caller frees. */
char *scsi_controller(
    const struct placement *placement, const char *named, struct err *e);
/* Takes the first number that is free on the controller that d->bus names. */
int scsi_take(
    const struct placement *placement, struct device *d, struct err *e);

/* "ctl.0", the controller's bus; the caller frees. */
char *scsi_bus(const char *controller);
/* The id of the controller that a disk is on, by what QEMU says is its bus:
 * "/machine/peripheral/ctl/virtio-backend/ctl.0". NULL: not known; the caller
 * frees. */
char *scsi_controller_of(const struct actual_device *disk);

#endif
