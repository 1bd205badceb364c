/*
 * What the benchmarks share: one run of the program.
 */
#ifndef BENCH_H
#define BENCH_H

#include "err.h"
#include "stats.h"
#include <signal.h>

struct clock;
struct report;
struct template;

#define BENCH_TEMPLATE "bench"
/* One more than at boot, however many CPUs this host has. */
#define BENCH_MAXVCPUS 2

struct bench {
	char *qemu;
	const char *guest; /* folder with vmlinuz and initrd */
	unsigned rounds;
	char **names; /* benchmarks and families to run; none: all */
	int names_n;
	bool verbose; /* each step and message of a plan, with its time */
	char *folder; /* everything that this run makes is in it */
	struct clock *clock;
	struct template *t;
	struct report *report;
};

/* What a time is of: qmpd is held against the faster of the two floors. */
enum side {
	SIDE_FLOOR, /* asks again at once */
	SIDE_FLOOR_PAUSED, /* asks again after 1 ms */
	SIDE_PLAN, /* the steps that change something */
	SIDE_APPLY, /* observe, fit, the steps, observe again */
	SIDES,
};

extern const char *const side_names[SIDES];

/*
 * Which side comes nth in a round: rows of a Latin square in which each side
 * also follows each other side equally often, so that neither a drift of the
 * machine nor what the side before left behind favours one of them.
 */
enum side bench_side(unsigned round, unsigned nth);

/* The rows of one group: the floors, and what is held against them. */
void bench_report_sides(struct bench *b, const char *what,
    const struct samples sides[SIDES], double target);
/* Two rows of the group that is there: the faster floor, and the plan. */
void bench_report_pair(struct bench *b, const char *what,
    const struct samples sides[SIDES], double target);
double bench_floor(const struct samples sides[SIDES]);

bool bench_is_asked_for(const struct bench *b, const char *name);
bool bench_is_family(const char *name);

/* A monotonic clock, in milliseconds. */
double bench_ms(void);
/* A signal asked for the end. */
extern volatile sig_atomic_t bench_stopped;

/* The benchmarks; each adds its groups to the report. */
int bench_template(struct bench *b, struct err *e);
int bench_start(struct bench *b, struct err *e);
int bench_disk(struct bench *b, struct err *e);
int bench_dimm(struct bench *b, struct err *e);
int bench_vcpu(struct bench *b, struct err *e);
int bench_families(struct bench *b, struct err *e);
int bench_maxvcpus(struct bench *b, struct err *e);
int bench_fleet(struct bench *b, struct err *e);

#endif
