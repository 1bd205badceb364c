/*
 * The whole of a change as one plan: observe, fit, do it, observe again.
 */
#ifndef APPLY_H
#define APPLY_H

#include "fit.h"
#include "plan.h"

/*
 * request and fitted stay the caller's and must outlive the plan; fitted is
 * filled when the fitting step is taken (release it with fitted_release).
 * A request that cannot be met fails at that step, before anything is sent
 * that changes something. vm_actual(vm) is new at the end of a DONE plan.
 */
struct plan *apply_plan(const struct request *request, struct fitted *fitted);

#endif
