/* The known word that a mistyped one was probably meant to be. */
#include "nearest.h"

#define ROW (NEAREST_WORD_MAX + 1)

/* The cell of row i and column j from its left, upper and diagonal ones. */
static unsigned
cheapest(const unsigned *upper, const unsigned *row, size_t j, bool same)
{
	return MIN(MIN(upper[j], row[j - 1]) + 1, upper[j - 1] + !same);
}

/* Optimal string alignment; three rows of the matrix are kept. */
unsigned
nearest_distance(const char *a, const char *b)
{
	unsigned rows[3][ROW];
	size_t i, j, n = strlen(a), m = strlen(b);

	if (n > NEAREST_WORD_MAX || m > NEAREST_WORD_MAX)
		return UINT8_MAX;
	for (j = 0; j <= m; j++)
		rows[0][j] = (unsigned)j;
	for (i = 1; i <= n; i++) {
		unsigned *row = rows[i % 3], *upper = rows[(i + 2) % 3];

		row[0] = (unsigned)i;
		for (j = 1; j <= m; j++) {
			row[j] = cheapest(upper, row, j, a[i - 1] == b[j - 1]);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				row[j] =
				    MIN(row[j], rows[(i + 1) % 3][j - 2] + 1);
		}
	}
	return rows[n % 3][m];
}

/* A third of the word may be wrong, and at least one letter right. */
struct nearest
nearest_to(const char *word)
{
	size_t n = strlen(word);

	return (struct nearest){ word, NULL, (unsigned)(n + 2) / 3 + (n > 1) };
}

void
nearest_try(struct nearest *n, const char *candidate)
{
	unsigned distance = nearest_distance(n->word, candidate);

	if (distance >= n->distance || distance >= strlen(candidate))
		return;
	n->distance = distance;
	n->found = candidate;
}
