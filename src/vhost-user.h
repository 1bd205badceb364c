/*
 * What the vhost-user families share: a backend of somebody else's behind a
 * Unix socket, and the character device that QEMU reaches it by. QEMU speaks
 * with the backend on its main loop: one that accepts and says nothing blocks
 * QEMU until it goes away.
 */
#ifndef VHOST_USER_H
#define VHOST_USER_H

#include "device.h"

/* Stands first in each family's struct; its rows first in each table. */
struct vhost_user {
	char *socket;
	int64_t reconnect; /* ms; 0: not at all */
};

#define VHOST_USER_RECONNECT_MAX 3600000

#define VHOST_USER_ROWS                                                        \
	{ "socket", DECODE_STRING, offsetof(struct vhost_user, socket),        \
		.required = true,                                              \
		.help = "Unix socket on which the backend "                    \
			"listens" },                                           \
	{                                                                      \
		"reconnect", DECODE_INT,                                       \
		    offsetof(struct vhost_user, reconnect),                    \
		    .min = 0, .max = VHOST_USER_RECONNECT_MAX,                 \
		    .help = "when the backend goes away, ms between attempts " \
			    "to reach it again (default 0: none)"              \
	}

#define VHOST_USER_FEATURES (FEATURE_RECONNECT | FEATURE_RECONNECT_MS)

/* The family's first role is the character device's. Its name ends in ".MS"
 * where it reconnects, as QEMU does not tell; the caller frees. */
char *vhost_user_chardev(const struct device *d);

/* device_type's */
int vhost_user_check(struct device *d, struct err *e);
int vhost_user_check_host(
    const struct device *d, const struct actual *a, struct err *e);
int vhost_user_same(
    const struct device *d, const struct actual *a, struct err *e);
void vhost_user_recall(struct device *d, const struct actual *a);

/* Steps. */
void vhost_user_add_chardev(struct run *run, void *device);
void vhost_user_del_chardev(struct run *run, void *device);
bool vhost_user_has_chardev(const struct actual *a, const void *device);
/* device_add's arguments so far: on a PCI bus, with the character device. */
json_t *vhost_user_on_pci(const struct device *d, const char *driver);
/* As many queues as were asked for, else one for each vCPU that the VM may
 * ever have. */
int64_t vhost_user_queues(const struct device *d, int64_t asked);

#endif
