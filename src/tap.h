/*
 * The host's side of a NIC: tap and macvtap interfaces, which belong to
 * whoever made them. They are looked at and opened; nothing here makes,
 * deletes or sets anything of one.
 */
#ifndef TAP_H
#define TAP_H

#include "err.h"

#define TAP_NAME_MAX 15 /* IFNAMSIZ and its NUL */
#define TAP_QUEUES_MAX 256 /* linux/if_tap.h and drivers/net/tun.c */

/* What the kernel says of an interface. */
struct tap {
	bool is_macvtap;
	bool is_multi_queue; /* more than one may be open; any macvtap */
	bool is_open; /* somebody has it open; of a macvtap nobody knows */
	unsigned mtu;
	/* What a guest on it is called unless somebody says so: a macvtap
	 * only takes frames for its own address; for a tap one is made of the
	 * host's boot, the namespace and the name, the same each time. */
	uint8_t guest_mac[6];
};

/* Whether an interface may be called so. */
int tap_check_name(const char *name, struct err *e);
/* The interface of this name in a namespace (netns.h; NULL: ours); what is
 * neither a tap nor a macvtap is an error. */
int tap_look(
    const char *netns, const char *name, struct tap *tap, struct err *e);
/* Opens so many queues of it; the caller closes. None stays open after an
 * error. */
int tap_open(
    const char *netns, const char *name, int *fds, size_t n, struct err *e);
/* Whether descriptors are queues of one open tap or macvtap; n > 0. */
int tap_check_fds(const int *fds, size_t n, struct err *e);

#endif
