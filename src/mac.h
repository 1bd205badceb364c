/* Addresses of network interfaces, as text. */
#ifndef MAC_H
#define MAC_H

#include "err.h"

/* "52:54:00:12:34:56": of one interface, not of a group. */
int mac_check(const char *text, struct err *e);

#endif
