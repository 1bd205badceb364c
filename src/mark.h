/*
 * Marks: empty objects in QEMU that only stand there for their names (part.h).
 * Behind its device's id one may carry fields of any text, in the letters that
 * the name of an object may have.
 */
#ifndef MARK_H
#define MARK_H

#include "base.h"
#include <jansson.h>

/* object-add's arguments of one. */
json_t *mark_object(const char *name);

/* "a.b.c", each field escaped; NULL is an empty one. The caller frees. */
char *mark_join(const char *const *fields, size_t n);
/* The fields again; the caller frees each. False, and none, when it is not
 * the text of so many. */
bool mark_split(const char *text, char **fields, size_t n);

#endif
