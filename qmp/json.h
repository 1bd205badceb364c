/*
 * JSON as QEMU writes it, to and from jansson.
 */
#ifndef JSON_H
#define JSON_H

#include "err.h"
#include <jansson.h>

/*
 * A whole text to a value, or NULL. Unlike jansson alone it takes integers
 * above INT64_MAX (guest-stats has 18446744073709551615 for "unknown"): they,
 * and only they, become reals. A string with \u0000 and an object that has a
 * key twice are refused: QEMU writes neither, and they read as something else
 * than what they are.
 */
json_t *json_parse(const char *text, size_t n, struct err *e);

/* True when whole has all that part has: objects member by member, at every
 * level; anything else must be equal. NULL asks for nothing. */
bool json_subset(const json_t *part, const json_t *whole);

#endif
