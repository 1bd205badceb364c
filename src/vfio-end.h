/*
 * Devices of the host whose QEMU is ended without its guest being asked: what
 * we took from a driver is given back.
 */
#ifndef VFIO_END_H
#define VFIO_END_H

#include "plan.h"

/*
 * Appends steps that read from QEMU what we took (qmp: its monitor's socket,
 * for a VM without a link), and that add others, at the plan's end, which wait
 * until nobody has it open and give it back. A QEMU that is gone, or does not
 * answer within a second, tells nothing.
 */
void vfio_end_plan(struct plan *plan, const char *qmp);

#endif
