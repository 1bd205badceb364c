/* Among the files of launch: the arguments so far. */
#ifndef LAUNCH_INTERNAL_H
#define LAUNCH_INTERNAL_H

#include "launch.h"
#include "machine.h"

struct args {
	char **v;
	size_t n;
	const struct machine *machine;
	unsigned slot; /* the next free one of the root bus */
};

/* One option and its value. */
PRINTF(3, 4)
void args_add(struct args *args, const char *option, const char *fmt, ...);
/* An option without a value. */
void args_add_flag(struct args *args, const char *option);
/* A path inside an option's value: QEMU's parser doubles commas. The caller
 * frees. */
char *args_escape(const char *text);

/* launch-device.c: buses, and all that is on them. */
void launch_devices(struct args *args, const struct template_config *c,
    const struct launch *launch);

#endif
