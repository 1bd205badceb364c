/*
 * Cold plug: what a plan would say to a running QEMU, said on its command
 * line instead. Pure: it knows commands and options, and no device family.
 */
#ifndef COLD_PLUG_H
#define COLD_PLUG_H

#include "err.h"
#include <jansson.h>

/*
 * The option that does what a QMP command does, in key=value form, which
 * every QEMU takes: nested members dotted, list items by number, commas
 * doubled. Both are the caller's to free. 0 with *option NULL: the command
 * only asks. -1: there is no such option, and e says what stands in the way.
 */
int cold_plug_option(
    const json_t *command, char **option, char **value, struct err *e);

#endif
