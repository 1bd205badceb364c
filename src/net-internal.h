/* What the NIC family's files share: its parameters, the names of its parts,
 * its steps. Nobody else includes this. */
#ifndef NET_INTERNAL_H
#define NET_INTERNAL_H

#include "device.h"
#include "tap.h"

enum vhost { VHOST_AUTO, VHOST_ON, VHOST_OFF };

struct net {
	char *tap; /* NULL: given as descriptors */
	char *netns;
	char *fds;
	char *mac; /* in small letters */
	int64_t queues, mtu; /* 0: not given */
	int vhost;
	bool sent; /* QEMU has descriptors that no netdev has taken */
	bool left; /* as the last run left it: it may have some */
	int64_t closing; /* how many of them were tried */
};

/* The letters of its parts. */
#define NETDEV 'n'
#define TAP 't' /* the mark, and the names of descriptors */

/* net.c */

/* The mark's name (part.h); the caller frees. */
char *net_mark(const struct device *d);
/* The one that is there, or NULL; borrowed. */
const char *net_find_mark(const struct actual *a, const struct device *d);
/* Its adding was begun and not brought to its end. */
bool net_is_begun(const struct actual *a, const struct device *d);
/* The descriptors that were given, as numbers; how many they are, or -1. */
int net_parse_fds(const char *text, int fds[TAP_QUEUES_MAX]);

/* net-host.c */
/* The kernel's vhost-net; -1 when it is not there. */
int net_open_vhost(struct err *e);
int net_check_host(
    const struct device *d, const struct actual *a, struct err *e);
int net_place(struct placement *placement, struct device *d, struct err *e);

/* net-steps.c */
extern const struct step net_steps[];

#endif
