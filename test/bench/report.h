/*
 * What was measured, group by group: for people, and as JSON.
 */
#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

#include "base.h"
#include "stats.h"
#include <jansson.h>

/* What a row is held against. A time is never a failure: it is printed. */
struct target {
	double ratio; /* 0: none */
	bool at_least; /* the ratio should be no less than that */
};

struct report;

struct report *report_new(void);
void report_free(struct report *r);

/* Rows that follow belong to this group. */
void report_group(struct report *r, const char *name);
/* Milliseconds; base is what they are divided by or into, 0: nothing. */
void report_times(struct report *r, const char *name, const struct samples *s,
    double base, struct target target);
/* One figure, with its unit. */
void report_figure(struct report *r, const char *name, const char *unit,
    double value, double ratio, struct target target);
/* A group of its own form: numbers under the names of columns; NULL
 * ends them. A number below 0 is not there. */
void report_table(
    struct report *r, const char *name, const char *const *columns);
void report_line(
    struct report *r, const char *name, const double *numbers, size_t n);

/* Why there are no figures of this. */
void report_left_out(struct report *r, const char *name, const char *why);

/* {groups: [{name, rows: [{name, unit, n, min, p50, p99, samples,
 * ratio?, target?, at_least?, met?, left_out?}] or columns and rows: [{name,
 * numbers}]}]}, with facts' members before;
 * facts is borrowed. */
void report_print_json(const struct report *r, json_t *facts);
void report_print(const struct report *r, const json_t *facts);

#endif
