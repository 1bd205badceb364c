/*
 * Small shell scripts in the guest, by the agent's guest-exec: for what the
 * agent has no command of its own.
 */
#ifndef SCRIPT_H
#define SCRIPT_H

#include "run.h"

/*
 * The step wants script to have run in the guest's /bin/sh and to have exited
 * with 0; input is its standard input. The first line that it printed becomes
 * the step's note; what it printed to standard error, the reason of a failure.
 */
void want_script(struct run *run, const char *script, const char *input);
/* One that may take longer than a user waits for a guest. */
#define SCRIPT_SLOW_MS 60000
void want_slow_script(struct run *run, const char *script, const char *input);

#endif
