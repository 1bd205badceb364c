/*
 * Observing: what QEMU and the guest say is there now. A plan of quiet steps
 * that only read; its queries go out in one write, and what comes back is
 * checked before it is believed.
 */
#ifndef OBSERVE_H
#define OBSERVE_H

#include "plan.h"

struct vm;

/* How long an agent may take to answer before the guest is taken to have
 * none; its silence is no failure. */
#define OBSERVE_AGENT_MS 2000

/* Appends the steps; at their end vm_actual(vm) is new. */
void observe_plan(struct plan *plan);

/* The parts that read one answer each, for tests; value may be NULL (the
 * query failed: what it would have told stays unknown). */
struct actual;
void observe_memory_backend(struct actual *a, const json_t *value);
/* After it. */
void observe_memdevs(struct actual *a, const json_t *value);
void observe_cpus(struct actual *a, const json_t *value);
/* query-cpus-fast, where there are no places for vCPUs. */
void observe_boot_cpus(struct actual *a, const json_t *value);
void observe_dimms(struct actual *a, const json_t *value);
/* query-memory-devices: DIMMs, by observe_dimms, and virtio-mem. */
void observe_memory_devices(struct actual *a, const json_t *value);
/* The id of the VM's balloon, which becomes the actual's; NULL: none. */
const char *observe_find_balloon(struct actual *a);
void observe_balloon(struct actual *a, const json_t *value);
void observe_balloon_stats(struct actual *a, const json_t *value);
void observe_nodes(struct actual *a, const json_t *value);
void observe_chardevs(struct actual *a, const json_t *value);
void observe_networks(struct actual *a, const json_t *value);
void observe_removals(struct actual *a);
void observe_drives(struct actual *a, const json_t *value);
void observe_pci(struct actual *a, const json_t *value);
void observe_peripheral(struct actual *a, const json_t *value);
void observe_guest_cpus(struct actual *a, const json_t *value);
void observe_guest_blocks(struct actual *a, const json_t *value);
/* The text of /proc/meminfo. */
void observe_meminfo(struct actual *a, const char *text);

#endif
