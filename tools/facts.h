/*
 * What there is to say of one VM: what QEMU and its guest said, joined with
 * what is remembered of it. The shape is the contract's `show`.
 */
#ifndef FACTS_H
#define FACTS_H

#include "command.h"
#include "fit.h"
#include <jansson.h>

struct session;

/* All of it; what is not known is null. */
json_t *facts_json(const struct session *s);
/* Only {vcpus, memory}; desired's members that are 0: as it is remembered. */
json_t *facts_figures(const struct session *s, const struct size *desired);
/* The same of a VM that was cloned and not asked yet. */
json_t *facts_of_size(const struct size_base *base);

/* "2 vCPUs, 896Mi (confirmed by the guest agent)"; NULL when it is not known.
 * The caller frees. */
char *facts_sentence(const json_t *figures);

/* ---- what a request has to know of its VM ---- */

struct template;
struct size_base facts_template_base(const struct template *t);
/*
 * Fills guest_use and max_memory. A VM without a template is observed for
 * that: its guest's kernel takes what MemTotal does not have.
 */
int facts_of_request(struct session *s, struct request *request, struct err *e);

/*
 * A sentence where the request's memory differs from what it was fitted to:
 * DIMMs go only as a whole, and nothing goes below the boot size. NULL when it
 * does not; the caller frees.
 */
char *facts_of_rest(const struct session *s, const struct request *request,
    const struct fitted *fitted);

/* ---- what was wanted of it (desired.c) ---- */

/* Remembers the desired size, and why it is that; explain may be NULL. */
int desired_save(struct session *s, const struct size *desired,
    const json_t *explain, struct err *e);
/* Why it is desired, or NULL. */
json_t *desired_load(const struct session *s);

#endif
