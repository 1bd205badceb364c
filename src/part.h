/*
 * Names of what stands behind a device: block nodes, objects, character
 * devices, network backends. Each is "qmpd.ROLE.ID": a letter that tells the
 * family and what it is for, and the device's id, so that what a crash left
 * behind tells whose it was. A mark may carry more behind one more dot.
 *
 * Within QEMU's limit for block nodes, and different for different ids: one
 * that does not fit stands there as "..DIGEST".
 *
 *   blk     f d G L O  file, format, throttle group and node, options (mark)
 *           H          iothread
 *   scsi    E D P T Q  as f d G L O
 *   scsi-controller C  iothread
 *   net     n t        netdev, tap (mark)
 *   pmem    m          memory backend
 *   rng     r          backend
 *   console c          character device
 *   serial-port p      character device
 *   vsock   k          mark
 *   vfio    v i        mark, iommufd
 *   vhost-user-blk, -fs, -scsi: B, F, S  character device
 *   vhost-user-net: N M                  character device, netdev
 *   any     x          PART_REMOVAL
 */
#ifndef PART_H
#define PART_H

#include "base.h"

/* A removal that was asked for and is not over; of any family. */
#define PART_REMOVAL 'x'

/* The caller frees. */
char *part_name(char role, const char *id);
/* '\0' when the name is not one of ours. */
char part_role(const char *name);
/* The id, or what stands for it; NULL when the name is not one of ours. The
 * caller frees. */
char *part_id(const char *name);
/* What stands behind the id, or NULL. */
const char *part_suffix(const char *name);
/* Whether the name is that of a part of this device. */
bool part_is_of(const char *name, const char *id);

#endif
