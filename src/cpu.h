/*
 * vCPUs: the step tables for adding one, and for bringing those that are
 * there online or offline through the agent.
 */
#ifndef CPU_H
#define CPU_H

#include "actual.h"
#include "plan.h"

/*
 * What unplugging a vCPU does to this QEMU. Under TCG it is never harmless:
 * 7.2 is killed by the next change of its memory layout (a device, a DIMM, a
 * reset); 10.0 lives, but never gets back the vCPU's translation context, and
 * aborts when more vCPUs are added in its life than its maximum. Versions
 * between are not known and taken to be as 7.2.
 */
enum vcpu_undo {
	VCPU_UNPLUG, /* harmless */
	VCPU_WEARS, /* counts against what can be added: leave a mark */
	VCPU_KEEP, /* kills it: the vCPU stays */
};

struct vcpu {
	char *id;
	json_t *device; /* device_add's arguments */
	/* How many the guest shows, and has online, once it is there. */
	int guest_count, guest_online;
	/* Which one the guest will call it; seen anew when it shows. */
	int logical_id;
	enum vcpu_undo undo;
};

/* Logical ids, to be brought online or taken offline. */
struct vcpu_set {
	int *ids;
	size_t n;
	int guest_online; /* afterwards */
	const char *why; /* the reason why none is unplugged; NULL: none */
};

extern const struct step vcpu_steps_agent[];
extern const struct step vcpu_steps_acpi[];
extern const struct step vcpu_steps_online[];
extern const struct step vcpu_steps_offline[];

/* void *: plans' release functions. */
void vcpu_free(void *vcpu);
void vcpu_set_free(void *set);

enum vcpu_undo vcpu_undo_on(const struct actual *a);
/* How many were unplugged in this QEMU's life under TCG: each left a mark, an
 * empty throttle group, because nothing else in QEMU tells. */
int vcpu_marks(const struct actual *a);

#endif
