/* What the tests of qmp/ share. */
#ifndef CHECK_H
#define CHECK_H

#include "err.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

/* A small generator for tests that repeat by seed. */
static inline uint64_t
check_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

#endif
