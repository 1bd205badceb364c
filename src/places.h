/*
 * Where things are, and which names may become part of a path.
 *
 *   QMPD_TEMPLATE_DIR  templates; should be on tmpfs
 *                      (/dev/shm/qmpd/templates)
 *   QMPD_STATE_DIR     VMs that were cloned, and what QEMU builds can do
 *                      (/run/qmpd; for other users than root
 *                      $XDG_RUNTIME_DIR/qmpd)
 *   QMPD_CACHE_DIR     what can be made again
 */
#ifndef PLACES_H
#define PLACES_H

#include "err.h"

#define NAME_MAX_LENGTH 63

/* [A-Za-z0-9][A-Za-z0-9_.-]{0,62}, and no "..": safe as a file's name and as
 * an argument of QEMU's -name. what: "template", "vm". */
int place_check_name(const char *what, const char *name, struct err *e);

/* The folder itself, made when it is not there, and trusted (host.h); the
 * caller frees. NULL on error. */
char *place_templates(struct err *e);
char *place_vms(struct err *e);
char *place_builds(struct err *e);
/* Where templates would be; nothing is made or believed. */
char *place_templates_path(void);

#endif
