/*
 * An error is a sentence. It is set where it happens, wrapped on the way up
 * ("disk data: open /x: No such file or directory") and printed once, at the
 * top. Functions that take a struct err return 0 or -1 (or NULL).
 */
#ifndef ERR_H
#define ERR_H

#include "base.h"
#include <errno.h>

#define ERR_MAX 1024

struct err {
	char text[ERR_MAX];
};

/* Sets the sentence and returns -1, so that callers write return err_set(...).
 * A NULL e is allowed: the caller does not want to know why. */
PRINTF(2, 3)
static inline int
err_set(struct err *e, const char *fmt, ...)
{
	va_list ap;

	if (!e)
		return -1;
	va_start(ap, fmt);
	vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	return -1;
}

/* The sentence, then ": " and what errno means. */
PRINTF(2, 3)
static inline int
err_errno(struct err *e, const char *fmt, ...)
{
	int saved = errno;
	char what[ERR_MAX / 2];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	return err_set(e, "%s: %s", what, strerror(saved));
}

/* Puts "what: " before the sentence that is there. */
PRINTF(2, 3)
static inline int
err_wrap(struct err *e, const char *fmt, ...)
{
	char what[ERR_MAX / 2], old[ERR_MAX / 2];
	va_list ap;

	if (!e)
		return -1;
	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	snprintf(old, sizeof(old), "%.*s", ERR_MAX / 2 - 1, e->text);
	return err_set(e, "%s: %s", what, old);
}

#endif
