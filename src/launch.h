/*
 * QEMU's command line, from what a template says. Pure.
 */
#ifndef LAUNCH_H
#define LAUNCH_H

#include "template.h"

#define LAUNCH_BRIDGE "pci-bridge-%d"
#define LAUNCH_PORT "root-port-%d"
#define LAUNCH_AGENT "org.qemu.guest_agent.0"

struct launch {
	const char *name; /* -name */
	const char *memory; /* the memory file */
	bool share; /* the template itself; clones: copy on write */
	bool incoming; /* wait for a saved state, stay paused */
	int monitor, agent; /* listening sockets that QEMU inherits */
	const char *console; /* file for the serial console */
};

/* NULL-terminated; free with launch_free. machine: QEMU's resolved type, or
 * NULL for the configured one. */
char **launch_argv(const struct template_config *c, const char *machine,
    const struct launch *launch);
void launch_free(char **argv);

#endif
