/* Ctrl-C while a plan runs: the first undoes it, the second ends us. */
#ifndef INTERRUPT_H
#define INTERRUPT_H

#include "command.h"

struct interrupt;
struct vm;

/* From here on until it is freed; cli->interrupted remembers. */
struct interrupt *interrupt_new(struct cli *cli, struct vm *vm);
void interrupt_free(struct interrupt *interrupt);

#endif
