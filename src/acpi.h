/*
 * What a guest's ACPI says of vCPUs and DIMMs: _OST reports (ACPI 6.5, 6.3.5),
 * which QEMU hands on as ACPI_DEVICE_OST and keeps, the last of each slot, for
 * query-acpi-ospm-status.
 *
 * It is the firmware's word, not the kernel's: Linux 6.12 under TCG reports
 * success for a vCPU that it then refuses.
 */
#ifndef ACPI_H
#define ACPI_H

#include "run.h"

/* An event about the device of this id. The guest refused: the step fails
 * with its reason. LOOK: it is worth asking now. */
enum verdict acpi_heard_insert(
    struct run *run, const char *id, const char *event, const json_t *data);
enum verdict acpi_heard_eject(
    struct run *run, const char *id, const char *event, const json_t *data);
/* The same, and what says it on other machines than x86, where the guest has
 * no ACPI: DEVICE_UNPLUG_GUEST_ERROR, and MEM_UNPLUG_ERROR with its reason. */
enum verdict acpi_heard_refusal(
    struct run *run, const char *id, const char *event, const json_t *data);
/* The same of an answer to query-acpi-ospm-status; MET once it was inserted. */
enum verdict acpi_probed_insert(
    struct run *run, const char *id, const json_t *slots);

#endif
