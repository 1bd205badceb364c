/* Order statistics of few samples. */

#include "stats.h"
#include "base.h"

void
samples_add(struct samples *s, double v)
{
	s->v = xrealloc(s->v, s->n + 1, sizeof(*s->v));
	s->v[s->n++] = v;
}

void
samples_release(struct samples *s)
{
	free(s->v);
	*s = (struct samples){ 0 };
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* A sorted copy; the caller frees. */
static double *
sorted(const struct samples *s)
{
	double *v = xcalloc(s->n, sizeof(*v));

	if (s->n)
		memcpy(v, s->v, s->n * sizeof(*v));
	qsort(v, s->n, sizeof(*v), compare);
	return v;
}

double
samples_quantile(const struct samples *s, double q)
{
	_free_ double *v = sorted(s);
	size_t i = 0;

	if (!s->n)
		return 0;
	while (i + 1 < s->n && (double)(i + 1) < q * (double)s->n)
		i++;
	return v[i];
}

double
samples_min(const struct samples *s)
{
	return samples_quantile(s, 0);
}

double
samples_median(const struct samples *s)
{
	_free_ double *v = sorted(s);

	if (!s->n)
		return 0;
	return (v[s->n / 2] + v[(s->n - 1) / 2]) / 2;
}
