/*
 * A VM observed from recorded replies, a request, and the plan that fit()
 * makes of them, as text:
 *
 *   memory qmpd-dimm-0: backend
 *     object-add {'id': 'qmpd-mem-0', …}
 *     agent: guest-get-vcpus
 *     waits for the guest to show the vCPU
 */
#ifndef FITTING_H
#define FITTING_H

#include "fit.h"
#include "replies.h"
#include "spec.h"

struct fitting {
	struct replies r;
	struct plan *plan;
	struct fitted fitted;
	struct err e;
};

/* An image of 1 MiB, "disk.img", in a folder of the test's own; the fixture
 * that makes both (scratch_teardown ends them). */
extern const char *fitting_image;
int fitting_setup(void **state);

void fitting_read(struct fitting *f, const char *recording);
void fitting_free(struct fitting *f);

/* Observes and fits; what fit() returns. */
int fitting_fit(struct fitting *f, const struct request *request);
/* The same for a size of the VM; 0: as it is. */
int fitting_resize(struct fitting *f, int vcpus, uint64_t memory);
/* For a disk more, or one less. */
int fitting_add_disk(struct fitting *f, const char *id);
int fitting_remove_disk(struct fitting *f, const char *id);
/* For a document of the size that is recorded, with disks of these ids. */
int fitting_want_disks(struct fitting *f, const char *const *ids, size_t n);
/* An id that does not fit into a node's name. */
#define LONG_ID "a123456789-123456789-123456789-123456789-123456789-12345678"

/* The plan's steps by name, a line each; with their QMP. */
void expect_steps(const struct fitting *f, const char *names);
void expect_rehearsal(const struct fitting *f, const char *text);
/* It was refused with this sentence, and the plan is empty. */
void expect_refused(const struct fitting *f, int rc, const char *sentence);

/* ---- what the VM has, by changing the replies ---- */

/* DIMMs qmpd-dimm-NUMBER of these MiB, plugged and online; 0 MiB: none. */
void give_dimms(struct fitting *f, const unsigned *mib, size_t n);
/* It runs by KVM: its vCPUs can be unplugged. */
void give_kvm(struct fitting *f);
/* QEMU says that it can have so many DIMMs. */
void give_slots(struct fitting *f, int slots);
/* Devices without ids on the bridge, in slots 1 to n. */
void fill_bridge(struct fitting *f, unsigned n);
/* The images of qmpd's own block nodes. */
void give_image(struct fitting *f, const char *path);

#endif
