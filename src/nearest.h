/* The known word that a mistyped one was probably meant to be. */
#ifndef NEAREST_H
#define NEAREST_H

#include "base.h"

/* Words longer than this are never near to anything. */
#define NEAREST_WORD_MAX 63

/* A search: nearest_to(), nearest_try() for each candidate, then found. */
struct nearest {
	const char *word;
	const char
	    *found; /* borrowed from the candidates; NULL: none is near */
	unsigned distance;
};

struct nearest nearest_to(const char *word);
void nearest_try(struct nearest *n, const char *candidate);

/* Insertions, deletions, changes and swaps of neighbours from a to b. */
unsigned nearest_distance(const char *a, const char *b);

#endif
