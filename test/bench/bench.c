/*
 * qmpd's engine against the least that a client of QEMU can do, in the same
 * run, on a real QEMU and the demo guest. No test: it fails when something
 * did not work, never because of a time.
 */

#include "bench.h"
#include "clock.h"
#include "host.h"
#include "report.h"
#include "template.h"
#include <getopt.h>
#include <sys/utsname.h>

#define ROUNDS 8 /* a multiple of SIDES: see bench_side */
#define ROUNDS_MAX 10000

static const struct {
	const char *name;
	int (*run)(struct bench *b, struct err *e);
} benches[] = {
	{ "start", bench_start },
	{ "disk", bench_disk },
	{ "memory", bench_dimm },
	{ "vcpu", bench_vcpu },
	{ "families", bench_families },
	{ "maxvcpus", bench_maxvcpus },
	{ "fleet", bench_fleet },
};

const char *const side_names[SIDES] = {
	[SIDE_FLOOR] = "floor, asking at once",
	[SIDE_FLOOR_PAUSED] = "floor, asking after 1 ms",
	[SIDE_PLAN] = "plan",
	[SIDE_APPLY] = "apply: observe, plan, observe",
};

volatile sig_atomic_t bench_stopped;

double
bench_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* ---- sides ---- */

enum side
bench_side(unsigned round, unsigned nth)
{
	static const enum side square[SIDES][SIDES] = {
		{ SIDE_FLOOR, SIDE_PLAN, SIDE_APPLY, SIDE_FLOOR_PAUSED },
		{ SIDE_PLAN, SIDE_FLOOR_PAUSED, SIDE_FLOOR, SIDE_APPLY },
		{ SIDE_FLOOR_PAUSED, SIDE_APPLY, SIDE_PLAN, SIDE_FLOOR },
		{ SIDE_APPLY, SIDE_FLOOR, SIDE_FLOOR_PAUSED, SIDE_PLAN },
	};

	return square[round % SIDES][nth];
}

double
bench_floor(const struct samples sides[SIDES])
{
	return MIN(samples_median(&sides[SIDE_FLOOR]),
	    samples_median(&sides[SIDE_FLOOR_PAUSED]));
}

void
bench_report_sides(struct bench *b, const char *what,
    const struct samples sides[SIDES], double target)
{
	double floor = bench_floor(sides);
	int side;

	report_group(b->report, what);
	for (side = 0; side < SIDES; side++) {
		struct target t = { side == SIDE_PLAN ? target : 0, false };

		report_times(b->report, side_names[side], &sides[side],
		    side < SIDE_PLAN ? 0 : floor, t);
	}
}

void
bench_report_pair(struct bench *b, const char *what,
    const struct samples sides[SIDES], double target)
{
	_free_ char *name = xasprintf("%s, floor", what);
	struct target none = { 0 }, most = { target, false };
	double floor = bench_floor(sides);
	enum side faster = samples_median(&sides[SIDE_FLOOR]) > floor
	    ? SIDE_FLOOR_PAUSED
	    : SIDE_FLOOR;

	report_times(b->report, name, &sides[faster], 0, none);
	report_times(b->report, what, &sides[SIDE_PLAN], floor, most);
}

/* ---- what was asked for ---- */

struct arguments {
	const char *qemu;
	bool json;
};

static void
usage(FILE *out)
{
	size_t i;

	fprintf(out,
	    "usage: bench [--qemu PATH] [--guest DIR] [--rounds N] [-o json] "
	    "[-v] [NAME…]\n\n"
	    "  --qemu PATH   QEMU's binary (qemu-system-x86_64)\n"
	    "  --guest DIR   folder with vmlinuz and initrd\n"
	    "  --rounds N    samples of each side (%d)\n"
	    "  -o json       JSON instead of tables\n"
	    "  -v            each step and message of qmpd, with its time\n\n"
	    "NAME is one of:",
	    ROUNDS);
	for (i = 0; i < ARRAY_SIZE(benches); i++)
		fprintf(out, " %s", benches[i].name);
	fprintf(out, "\nor a device family, of all that families has.\n");
}

static void
check_names(const struct bench *b)
{
	size_t j;
	int i;

	for (i = 0; i < b->names_n; i++) {
		for (j = 0; j < ARRAY_SIZE(benches); j++)
			if (str_eq(b->names[i], benches[j].name))
				break;
		if (j < ARRAY_SIZE(benches) || bench_is_family(b->names[i]))
			continue;
		fprintf(stderr, "bench: there is no benchmark \"%s\"\n",
		    b->names[i]);
		exit(2);
	}
}

/* Leaves with status 2 on what it does not understand. */
static void
read_arguments(int argc, char **argv, struct bench *b, struct arguments *a)
{
	static const struct option options[] = {
		{ "qemu", required_argument, NULL, 'q' },
		{ "guest", required_argument, NULL, 'g' },
		{ "rounds", required_argument, NULL, 'n' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL },
	};
	unsigned long n;
	int c;

	while ((c = getopt_long(argc, argv, "hvo:", options, NULL)) != -1) {
		n = c == 'n' ? strtoul(optarg, NULL, 10) : 0;
		if (c == 'q')
			a->qemu = optarg;
		else if (c == 'g')
			b->guest = optarg;
		else if (c == 'n' && n > 0 && n <= ROUNDS_MAX)
			b->rounds = (unsigned)n;
		else if (c == 'v')
			b->verbose = true;
		else if (c == 'o' && str_eq(optarg, "json"))
			a->json = true;
		else {
			usage(c == 'h' ? stdout : stderr);
			exit(c == 'h' ? 0 : 2);
		}
	}
	b->names = argv + optind;
	b->names_n = argc - optind;
	check_names(b);
}

bool
bench_is_asked_for(const struct bench *b, const char *name)
{
	int i;

	for (i = 0; i < b->names_n; i++)
		if (str_eq(b->names[i], name))
			return true;
	return b->names_n == 0;
}

/* ---- running ---- */

static void
on_signal(int signal)
{
	bench_stopped = 1;
}

static void
catch_signals(void)
{
	struct sigaction action = { .sa_handler = on_signal };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* Templates and clones of this run are in a folder of its own, in memory. */
static int
make_places(struct bench *b, struct err *e)
{
	char folder[] = "/dev/shm/qmpd-bench-XXXXXX";
	_free_ char *templates = NULL, *state = NULL;

	if (!mkdtemp(folder))
		return err_errno(e, "%s", folder);
	b->folder = xstrdup(folder);
	templates = path_join(folder, "templates");
	state = path_join(folder, "state");
	setenv("QMPD_TEMPLATE_DIR", templates, 1);
	setenv("QMPD_STATE_DIR", state, 1);
	return 0;
}

/* What was measured on, in words that fit many machines. */
static json_t *
facts(const struct bench *b)
{
	struct utsname host;

	uname(&host);
	return must(json_pack("{s:s, s:s, s:s, s:i, s:s, s:i}", "qemu",
	    b->t ? b->t->qemu_version : "", "machine",
	    b->t ? b->t->machine : "", "accel", "tcg", "host_cpus", host_cpus(),
	    "host_kernel", host.release, "rounds", (int)b->rounds));
}

static int
run(struct bench *b, const struct arguments *a, struct err *e)
{
	size_t i;

	b->qemu = host_find_program(a->qemu, e);
	if (!b->qemu || make_places(b, e) < 0)
		return -1;
	if (bench_template(b, e) < 0)
		return -1;
	for (i = 0; i < ARRAY_SIZE(benches); i++)
		if ((benches[i].run == bench_families ||
			bench_is_asked_for(b, benches[i].name)) &&
		    benches[i].run(b, e) < 0)
			return -1;
	return 0;
}

int
main(int argc, char **argv)
{
	struct bench b = { .rounds = ROUNDS };
	struct arguments a = { .qemu = "qemu-system-x86_64" };
	json_t *told;
	struct err e = { "" };
	int rc;

	read_arguments(argc, argv, &b, &a);
	if (!b.guest) {
		usage(stderr);
		return 2;
	}
	catch_signals();
	b.clock = clock_new();
	b.report = report_new();
	rc = run(&b, &a, &e);
	told = facts(&b);
	if (a.json)
		report_print_json(b.report, told);
	else
		report_print(b.report, told);
	if (rc < 0)
		fprintf(stderr, "bench: %s%s\n", e.text,
		    bench_stopped ? " (interrupted)" : "");
	json_decref(told);
	report_free(b.report);
	template_free(b.t);
	if (b.folder)
		remove_tree(b.folder, NULL);
	free(b.folder);
	free(b.qemu);
	clock_free(b.clock);
	return rc < 0 ? 1 : 0;
}
