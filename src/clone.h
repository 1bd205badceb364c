/*
 * Clones: a VM started from a template with its memory shared copy-on-write,
 * or with a copy of its own, then made itself: its clock, its random numbers,
 * its host name and its machine id. And the way out: taking a VM away.
 */
#ifndef CLONE_H
#define CLONE_H

#include "err.h"
#include "plan.h"
#include "record.h"

struct template;

/*
 * The plan that makes VM name from t (which must outlive it), for a vm
 * without links. Done: it runs, its agent answered, its record is saved as
 * ready. Failed: nothing of it is left. A fix-up that the guest cannot do
 * makes it PARTIAL and is named.
 */
struct plan *clone_plan(const char *name, const struct template *t,
    enum memory_sharing sharing, struct err *e);

/*
 * Ends a VM's QEMU (SIGTERM, SIGKILL after 5 s) and removes its folder and
 * record (which must outlive the plan). A QEMU that is gone already is fine.
 * An attached VM's QEMU is left alone.
 */
struct plan *remove_plan(const struct record *r);

/* ---- fixup.c ---- */

/* Appends the fix-ups; each is optional and reported. */
void fixup_plan(struct plan *plan, const char *name, const struct template *t);

#endif
