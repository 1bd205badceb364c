/*
 * Network namespaces of the host, by name as "ip netns" has them or by the
 * path of a file such as /proc/PID/ns/net.
 */
#ifndef NETNS_H
#define NETNS_H

#include "err.h"

typedef int netns_fn(void *arg, struct err *e);

/* Only by its form; nothing is looked up. */
int netns_check(const char *netns, struct err *e);
/* In place: a path below /run/netns becomes the name that it stands for, so
 * that one namespace is written in one way. */
void netns_shorten(char *netns);
/* The file of it; the caller frees. NULL is the one that we are in. */
char *netns_path(const char *netns);
/*
 * Calls fn in the namespace (NULL: in ours) and returns what it returns, after
 * it has ended. A namespace is a thread's own: fn runs on one of its own, so
 * that nothing has to be put back and nothing else is ever elsewhere.
 */
int netns_run(const char *netns, netns_fn *fn, void *arg, struct err *e);

#endif
