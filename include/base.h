/*
 * What every layer uses: memory that cannot run out quietly, and cleanup
 * attributes for what a function owns.
 */
#ifndef BASE_H
#define BASE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))
#define PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

#define KIB (UINT64_C(1) << 10)
#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)

/* Hands over what a cleanup attribute would release: x is NULL afterwards. */
#define TAKE(x)                            \
	({                                 \
		__typeof__(x) take_ = (x); \
		(x) = NULL;                \
		take_;                     \
	})

static inline void
free_pointer(void *p)
{
	free(*(void **)p);
}

static inline void
close_fd(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void
close_file(FILE **file)
{
	if (*file)
		fclose(*file);
}

#define _free_ __attribute__((cleanup(free_pointer)))
#define _close_ __attribute__((cleanup(close_fd)))
#define _fclose_ __attribute__((cleanup(close_file)))

/* Out of memory ends the program, and so does a bug of ours that asks for
 * what cannot be made; p is returned when it is not NULL. */
static inline void *
must(void *p)
{
	if (!p) {
		fputs(
		    "out of memory, or a value that cannot be made\n", stderr);
		abort();
	}
	return p;
}

static inline void *
xcalloc(size_t n, size_t size)
{
	return must(calloc(n ? n : 1, size ? size : 1));
}

static inline void *
xrealloc(void *p, size_t n, size_t size)
{
	return must(reallocarray(p, n ? n : 1, size));
}

static inline char *
xstrdup(const char *s)
{
	return must(strdup(s));
}

/* NULL stays NULL. */
static inline char *
xstrdup0(const char *s)
{
	return s ? xstrdup(s) : NULL;
}

PRINTF(1, 2)
static inline char *
xasprintf(const char *fmt, ...)
{
	char *s;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) < 0)
		s = NULL;
	va_end(ap);
	return must(s);
}

static inline bool
str_eq(const char *a, const char *b)
{
	return a && b && strcmp(a, b) == 0;
}

/* Nothing is the same as nothing. */
static inline bool
str_same(const char *a, const char *b)
{
	return a == b || str_eq(a, b);
}

static inline bool
str_starts(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

#endif
