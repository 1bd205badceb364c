/* What the tests of src/ share. */
#ifndef CHECK_H
#define CHECK_H

#include "err.h"
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

/* Where the sources are; the makefile says. */
#ifndef SRCDIR
#define SRCDIR "."
#endif

/* An error that was not expected is shown before the test fails. */
#define assert_ok(result, e)                                         \
	do {                                                         \
		if ((result) != 0)                                   \
			fail_msg("unexpected error: %s", (e)->text); \
	} while (0)

#endif
