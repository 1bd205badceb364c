/*
 * QEMU's command line, from what a template says. Pure.
 */
#ifndef LAUNCH_H
#define LAUNCH_H

#include "template.h"

struct actual;

#define LAUNCH_BRIDGE "pci-bridge-%d"
#define LAUNCH_PORT "root-port-%d"
#define LAUNCH_BALLOON "balloon0"
#define LAUNCH_STATS_SECONDS "10" /* how often the balloon asks the guest */
#define LAUNCH_AGENT "org.qemu.guest_agent.0"

struct launch {
	const char *name; /* -name */
	const char *memory; /* the memory file */
	bool share; /* the template itself; clones: copy on write */
	bool incoming; /* wait for a saved state, stay paused */
	const char *console; /* file for the serial console */
	/* Listening sockets that QEMU inherits. */
	int monitor, agent;
	int console_socket; /* instead of the file, where that is wanted */
	int ports[TEMPLATE_PORTS_MAX]; /* one for each serial port */
};

/* NULL-terminated; free with launch_free. machine: QEMU's resolved type, or
 * NULL for the configured one. */
char **launch_argv(const struct template_config *c, const char *machine,
    const struct launch *launch);
void launch_free(char **argv);

/* Whether all that it puts on the root bus has a slot there. */
int launch_check(const struct template_config *c, struct err *e);
/* What an observation of the machine would find before its guest has begun:
 * its size, its buses and what is on them. */
struct actual *launch_actual(const struct template_config *c);

/* The driver is one of a virtio device that can do without virtio 1.0. */
bool launch_is_transitional(const char *driver);

/* ---- launch-socket.c: the host's side ---- */

#define LAUNCH_SOCKETS_MAX (3 + TEMPLATE_PORTS_MAX)

struct launch_sockets {
	int fds[LAUNCH_SOCKETS_MAX];
	size_t n;
};

/* Makes all sockets that this QEMU inherits, in folder, and writes their
 * numbers into launch; they listen at once. To be closed in any case. */
int launch_sockets_open(struct launch_sockets *s,
    const struct template_config *c, const char *folder, struct launch *launch,
    struct err *e);
void launch_sockets_close(struct launch_sockets *s);

#endif
