/* What is going on, on standard error. */
#ifndef PROGRESS_H
#define PROGRESS_H

#include "plan.h"
#include "qmp.h"

/* run_options.on_step; arg: struct cli. */
void progress_step(void *arg, const struct plan_step *step);
/* qmp_options.on_trace; arg: struct vm. */
void progress_trace(
    void *arg, enum qmp_dialect dialect, char way, const char *text, size_t n);

#endif
