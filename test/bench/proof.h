/*
 * What proves to the floor that the guest has a device.
 */
#ifndef BENCH_PROOF_H
#define BENCH_PROOF_H

#include "replay.h"

/* What is looked for. */
#define PROOF_ID "bench"
#define PROOF_MAC "52:54:00:be:4c:01"

extern const struct proof proof_mapped;
extern const struct proof proof_disk;
extern const struct proof proof_scsi_disk;
extern const struct proof proof_interface;

#endif
