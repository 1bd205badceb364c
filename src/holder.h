/* Devices that are plugged into other devices: SCSI disks into controllers. */
#ifndef HOLDER_H
#define HOLDER_H

#include "device.h"

/* Whether this family's devices are plugged into another's. */
bool holder_has(const struct device_type *type);
/* Those that are plugged into this one and are among wanted, or all of them
 * when that is NULL: "data, logs"; NULL: none. The caller frees. */
char *holder_names(
    const struct actual *a, const char *id, struct device **wanted, size_t n);
/* What holds others comes before what it holds. */
void holder_order(struct device **wanted, size_t n);

#endif
