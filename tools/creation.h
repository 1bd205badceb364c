/* Making a template, by itself or on the way to a clone. */
#ifndef CREATION_H
#define CREATION_H

#include "command.h"

struct outcome;

/* Boots and saves; -1 when nothing could be begun. */
int creation_run(struct cli *cli, const char *name, const char *file,
    struct outcome *outcome, struct err *e);
void creation_print(
    const struct cli *cli, const char *name, const struct outcome *outcome);

#endif
