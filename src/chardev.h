/*
 * Character devices, the host's end of ports and vhost-user backends: what
 * chardev-add wants, and what query-chardev tells. Pure.
 */
#ifndef CHARDEV_H
#define CHARDEV_H

#include "actual.h"
#include "err.h"

/* Backends for chardev-add (QEMU qapi/char.json), owned by the caller. QEMU
 * listens on this path, and does not wait for anybody. */
json_t *chardev_server(const char *path);
json_t *chardev_pty(void);

/* The path of the Unix socket behind this one; NULL: it is not one. The
 * caller frees. */
char *chardev_socket(const struct actual *a, const char *label);

/* Makes the path absolute (QEMU does not stand where we stand), and checks
 * that it fits into an address. */
int chardev_check_path(char **path, struct err *e);

#endif
