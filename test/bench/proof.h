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
/* A virtio-mem device has PROOF_BLOCK plugged and online; nothing. */
#define PROOF_BLOCK (128 * MIB)
extern const struct proof proof_plugged, proof_unplugged;
/* A balloon has left the guest so much of its memory; all. */
#define PROOF_LEFT (192 * MIB)
#define PROOF_ALL (256 * MIB)
extern const struct proof proof_inflated, proof_deflated;

#endif
