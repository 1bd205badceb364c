/* Clones against booted VMs, one to eight of them: the memory of all, and the
 * time until all are ready, one after the other and all at once. */

#include "machine.h"
#include "report.h"

#define IDLE_US 1500000

static const size_t sizes[] = { 1, 2, 4, 8 };
#define SIZES_N ARRAY_SIZE(sizes)

static const char *const columns[] = { "PSS MiB", "PSS of one", "in turn ms",
	"at once ms", NULL };
#define COLUMNS_N (ARRAY_SIZE(columns) - 1)

enum column { PSS, PSS_OF_ONE, IN_TURN, AT_ONCE };

/* The ways to start n at once; *ms: until all are ready. */
typedef int start_fn(
    struct bench *b, struct machine *m, size_t n, double *ms, struct err *e);

static int
boot(struct bench *b, struct machine *m, size_t n, double *ms, struct err *e)
{
	double began = bench_ms();
	size_t i;

	for (i = 0; i < n; i++)
		if (machine_start(b, &m[i], e) < 0)
			return -1;
	for (i = 0; i < n; i++)
		if (machine_await(&m[i], FLOOR_WAIT_MS, e) < 0)
			return -1;
	*ms = bench_ms() - began;
	return 0;
}

/* With all fix-ups: each is itself. */
static int
clone(struct bench *b, struct machine *m, size_t n, double *ms, struct err *e)
{
	struct timing timings[MACHINES_MAX];
	double began = bench_ms();
	int rc = machine_clone_all(b, m, n, MEMORY_PRIVATE, timings, e);

	*ms = bench_ms() - began;
	return rc;
}

static const struct kind {
	const char *name;
	start_fn *start;
} kinds[] = {
	{ "booted", boot },
	{ "cloned", clone },
};

static void
end_all(struct machine *m, size_t n)
{
	while (n-- > 0)
		machine_end(&m[n]);
}

/* What they take when left alone for a while. */
static double
weigh(const struct machine *m, size_t n)
{
	double bytes = 0;
	size_t i;

	usleep(IDLE_US);
	for (i = 0; i < n; i++)
		bytes += (double)machine_pss(&m[i]);
	return bytes / (double)MIB;
}

/* Each is ready before the next one starts. */
static int
in_turn(struct bench *b, const struct kind *kind,
    double rows[SIZES_N][COLUMNS_N], struct err *e)
{
	struct machine m[MACHINES_MAX] = { 0 };
	double all_ms = 0, ms = 0;
	size_t n = 0, size;
	int rc = 0;

	for (size = 0; rc == 0 && size < SIZES_N; size++) {
		for (; rc == 0 && n < sizes[size]; n++) {
			rc = kind->start(b, &m[n], 1, &ms, e);
			all_ms += ms;
		}
		rows[size][PSS] = weigh(m, n);
		rows[size][PSS_OF_ONE] = rows[size][PSS] / (double)n;
		rows[size][IN_TURN] = all_ms;
	}
	end_all(m, MACHINES_MAX);
	return rc;
}

static int
at_once(struct bench *b, const struct kind *kind,
    double rows[SIZES_N][COLUMNS_N], struct err *e)
{
	size_t size;
	int rc = 0;

	for (size = 0; rc == 0 && size < SIZES_N; size++) {
		struct machine m[MACHINES_MAX] = { 0 };

		rc = kind->start(b, m, sizes[size], &rows[size][AT_ONCE], e);
		end_all(m, MACHINES_MAX);
	}
	return rc;
}

int
bench_fleet(struct bench *b, struct err *e)
{
	double rows[ARRAY_SIZE(kinds)][SIZES_N][COLUMNS_N];
	size_t kind, size;

	for (kind = 0; kind < ARRAY_SIZE(kinds); kind++)
		if (in_turn(b, &kinds[kind], rows[kind], e) < 0 ||
		    at_once(b, &kinds[kind], rows[kind], e) < 0)
			return err_wrap(e, "%s VMs", kinds[kind].name);
	report_table(b->report, "fleet", columns);
	for (size = 0; size < SIZES_N; size++)
		for (kind = 0; kind < ARRAY_SIZE(kinds); kind++) {
			_free_ char *name =
			    xasprintf("%zu %s", sizes[size], kinds[kind].name);

			report_line(
			    b->report, name, rows[kind][size], COLUMNS_N);
		}
	return 0;
}
