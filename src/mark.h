/*
 * What a mark (part.h) carries behind its device's id: fields of any text, in
 * the letters that the name of an object may have.
 */
#ifndef MARK_H
#define MARK_H

#include "base.h"

/* "a.b.c", each field escaped; NULL is an empty one. The caller frees. */
char *mark_join(const char *const *fields, size_t n);
/* The fields again; the caller frees each. False, and none, when it is not
 * the text of so many. */
bool mark_split(const char *text, char **fields, size_t n);

#endif
