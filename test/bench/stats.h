/*
 * Samples of one quantity, and what they say together.
 */
#ifndef BENCH_STATS_H
#define BENCH_STATS_H

#include <stddef.h>

struct samples {
	double *v;
	size_t n;
};

void samples_add(struct samples *s, double v);
void samples_release(struct samples *s);

/* The smallest value that a share q (0 to 1) of the samples does not exceed;
 * 0 without samples. With less than 100 samples, 0.99 is their largest. */
double samples_quantile(const struct samples *s, double q);
double samples_min(const struct samples *s);
/* The middle one, or the mean of the two in the middle. */
double samples_median(const struct samples *s);

#endif
