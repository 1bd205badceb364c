/* Starting VMs: booting, cloning by hand, cloning by qmpd; and what they then
 * take of the host's memory. */

#include "machine.h"
#include "report.h"
#include "template.h"

#define PAUSE_US 1000
#define BOOTS_MAX 5
#define IDLE_US 1500000
#define FLEET 8

struct results {
	struct samples clones[SIDES]; /* SIDE_APPLY: with all fix-ups */
	struct samples shared; /* clones with memory that others can map */
	struct samples boots;
	/* MiB: without fix-ups, with them, and among FLEET of its kind. */
	struct samples boot_pss, bare_pss, clone_pss, fleet_pss;
	/* MiB of a shared clone: its memory file; with what else it has. */
	struct samples shared_file, shared_all;
};

/* The memory of a VM that was left alone for a while. */
static void
weigh(const struct machine *m, struct samples *s)
{
	usleep(IDLE_US);
	samples_add(s, (double)machine_pss(m) / (double)MIB);
}

static int
boot(struct bench *b, struct results *r, struct err *e)
{
	struct machine m = { 0 };
	double ms;
	int rc = machine_boot(b, &m, &ms, e);

	if (rc == 0) {
		samples_add(&r->boots, ms);
		weigh(&m, &r->boot_pss);
	}
	machine_end(&m);
	return rc < 0 ? err_wrap(e, "boot") : 0;
}

static int
clone_once(struct bench *b, enum side side, bool heavy, struct results *r,
    struct err *e)
{
	struct machine m = { 0 };
	unsigned pause_us = side == SIDE_FLOOR_PAUSED ? PAUSE_US : 0;
	double ms, whole_ms = 0;
	int rc = side == SIDE_PLAN
	    ? machine_clone(b, &m, MEMORY_PRIVATE, &ms, &whole_ms, e)
	    : machine_clone_bare(b, &m, pause_us, &ms, e);

	if (rc == 0)
		samples_add(&r->clones[side], ms);
	if (rc == 0 && side == SIDE_PLAN)
		samples_add(&r->clones[SIDE_APPLY], whole_ms);
	if (rc == 0 && heavy && side != SIDE_FLOOR_PAUSED)
		weigh(&m, side == SIDE_PLAN ? &r->clone_pss : &r->bare_pss);
	machine_end(&m);
	return rc < 0 ? err_wrap(e, "clone: %s", side_names[side]) : 0;
}

/* The whole file counts, also what QEMU has not looked at. */
static int
clone_shared(struct bench *b, bool heavy, struct results *r, struct err *e)
{
	struct machine m = { 0 };
	double ms, whole_ms;
	int rc = machine_clone(b, &m, MEMORY_SHARED, &ms, &whole_ms, e);

	if (rc == 0)
		samples_add(&r->shared, ms);
	if (rc == 0 && heavy) {
		double file, rest;

		usleep(IDLE_US);
		file = (double)machine_memory_file(&m) / (double)MIB;
		rest = (double)machine_own_pss(&m) / (double)MIB;
		samples_add(&r->shared_file, file);
		samples_add(&r->shared_all, file + rest);
	}
	machine_end(&m);
	return rc < 0 ? err_wrap(e, "shared clone") : 0;
}

/* The side that is not of clones has its turn for shared ones. */
static int
all_rounds(struct bench *b, struct results *r, struct err *e)
{
	unsigned round, nth;

	for (round = 0; round < b->rounds; round++) {
		bool heavy = round < BOOTS_MAX;

		if (heavy && boot(b, r, e) < 0)
			return -1;
		for (nth = 0; nth < SIDES; nth++) {
			enum side side = bench_side(round, nth);
			int rc = side == SIDE_APPLY
			    ? clone_shared(b, heavy, r, e)
			    : clone_once(b, side, heavy, r, e);

			if (rc < 0)
				return -1;
		}
	}
	return 0;
}

/* Clones that share what they did not write to. */
static int
fleet(struct bench *b, struct results *r, struct err *e)
{
	struct machine m[FLEET] = { 0 };
	double ms;
	int rc = 0;
	size_t i;

	for (i = 0; rc == 0 && i < FLEET; i++)
		rc = machine_clone(b, &m[i], MEMORY_PRIVATE, &ms, &ms, e);
	usleep(IDLE_US);
	for (i = 0; rc == 0 && i < FLEET; i++)
		samples_add(
		    &r->fleet_pss, (double)machine_pss(&m[i]) / (double)MIB);
	for (i = 0; i < FLEET; i++)
		machine_end(&m[i]);
	return rc < 0 ? err_wrap(e, "%d clones", FLEET) : 0;
}

static void
report_clones(struct bench *b, const struct results *r)
{
	const struct samples *c = r->clones;
	const struct target none = { 0 }, least = { 1.05, false };
	const struct target faster = { 20, true }, copied = { 1.5, false };
	double floor = bench_floor(c);

	report_group(b->report, "clone, until its agent answers");
	report_times(
	    b->report, side_names[SIDE_FLOOR], &c[SIDE_FLOOR], 0, none);
	report_times(b->report, side_names[SIDE_FLOOR_PAUSED],
	    &c[SIDE_FLOOR_PAUSED], 0, none);
	report_times(b->report, "clone", &c[SIDE_PLAN], floor, least);
	report_times(
	    b->report, "clone, with all fix-ups", &c[SIDE_APPLY], floor, none);
	report_group(b->report, "shared clone, until its agent answers");
	report_times(b->report, "private clone", &c[SIDE_PLAN], 0, none);
	report_times(b->report, "shared clone", &r->shared,
	    samples_median(&c[SIDE_PLAN]), copied);
	report_group(b->report, "clone against boot (times faster)");
	report_times(b->report, "boot", &r->boots, 0, none);
	report_times(b->report, "clone", &c[SIDE_PLAN],
	    samples_median(&r->boots), faster);
}

/* Their medians, in shares of a booted VM's. */
static void
report_memory(struct bench *b, const struct results *r)
{
	const struct target none = { 0 }, most = { 0.15, false };
	double booted = samples_median(&r->boot_pss);
	const struct {
		const char *name;
		const struct samples *s;
		struct target target;
	} rows[] = {
		{ "cloned, without fix-ups, alone", &r->bare_pss, none },
		{ "cloned, alone", &r->clone_pss, most },
		{ "cloned, one of 8", &r->fleet_pss, most },
		{ "cloned, shared memory", &r->shared_all, none },
	};
	size_t i;

	report_group(b->report, "memory of an idle VM (PSS)");
	report_figure(b->report, "booted", "MiB", booted, 0, none);
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		double pss = samples_median(rows[i].s);

		report_figure(b->report, rows[i].name, "MiB", pss,
		    booted > 0 ? pss / booted : 0, rows[i].target);
	}
}

/* What a shared clone costs more than its template does anyway. */
static void
report_shared(struct bench *b, const struct results *r)
{
	const struct target none = { 0 };
	double kept = (double)b->t->resident / (double)MIB;
	double file = samples_median(&r->shared_file);

	report_group(b->report, "memory file of an idle shared clone");
	report_figure(
	    b->report, "template's non-zero pages", "MiB", kept, 0, none);
	report_figure(
	    b->report, "shared clone", "MiB", file, file / kept, none);
}

int
bench_start(struct bench *b, struct err *e)
{
	struct results r = { 0 };
	int rc = all_rounds(b, &r, e), side;

	if (rc == 0)
		rc = fleet(b, &r, e);
	if (rc == 0) {
		report_clones(b, &r);
		report_memory(b, &r);
		report_shared(b, &r);
	}
	for (side = 0; side < SIDES; side++)
		samples_release(&r.clones[side]);
	samples_release(&r.shared);
	samples_release(&r.shared_file);
	samples_release(&r.shared_all);
	samples_release(&r.boots);
	samples_release(&r.boot_pss);
	samples_release(&r.bare_pss);
	samples_release(&r.clone_pss);
	samples_release(&r.fleet_pss);
	return rc;
}
