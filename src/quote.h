/*
 * Text from outside, made fit for a sentence: control characters become "?"
 * and what is too long is cut. Adds no quotation marks.
 */
#ifndef QUOTE_H
#define QUOTE_H

#include "base.h"

#define QUOTE_MAX 96

struct quoted {
	char text[QUOTE_MAX];
};

/* By value, so that callers write quote(s).text among printf's arguments. */
struct quoted quote(const char *s);

#endif
