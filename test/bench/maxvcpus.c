/* What places for vCPUs cost that are not there yet: the guest's memory, QEMU's
 * and the time to boot, by default_maxvcpus. */

#include "base64.h"
#include "host.h"
#include "machine.h"
#include "report.h"
#include "template.h"

#define BOOT_MAX_MS 60000
#define LOOK_MS 2000 /* between looks at the console */
#define IDLE_US 1500000
#define MEMINFO_MAX 4096

/* 0 is the host's own, which a template file's 0 becomes. */
static const int maxvcpus[] = { 1, 2, 8, 32, 64, 128, 240, 0 };

static const char *const columns[] = { "MemTotal MiB", "MemAvail. MiB",
	"RSS MiB", "PSS MiB", "boot ms", NULL };
#define COLUMNS_N (ARRAY_SIZE(columns) - 1)

/* The console's line with which the guest's kernel gave up, or NULL; the
 * caller frees. */
static char *
panic_of(const struct machine *m)
{
	static const char sign[] = "Kernel panic - not syncing: ";
	_free_ char *path = path_join(m->folder, "console.log");
	_free_ char *text = read_file(path, MIB, NULL, NULL);
	char *at = text ? strstr(text, sign) : NULL;

	if (!at)
		return NULL;
	at += strlen(sign);
	return xasprintf("%.*s", (int)strcspn(at, "\r\n"), at);
}

/* 1: it has booted; 0: it does not, *why says why. */
static int
await_boot(struct machine *m, double began, char **why, struct err *e)
{
	while (bench_ms() - began < BOOT_MAX_MS) {
		_free_ char *panic = NULL;

		if (machine_await(m, LOOK_MS, e) == 0)
			return 1;
		if (bench_stopped)
			return -1;
		panic = panic_of(m);
		if (!panic)
			continue;
		*why = xasprintf("its kernel panics: %s", panic);
		return 0;
	}
	*why = xasprintf("it has not booted in %d s", BOOT_MAX_MS / 1000);
	return 0;
}

/* The reply to guest-file-read's text; the caller frees. NULL on error. */
static char *
read_guest_file(struct floor *f, const char *path, struct err *e)
{
	static const char sign[] = "\"buf-b64\": \"";
	_free_ char *open = xasprintf(
	    "{\"execute\":\"guest-file-open\",\"arguments\":{\"path\":\"%s\"}}"
	    "\n",
	    path);
	const char *reply = floor_ask(&f->agent, open, e);
	_free_ char *ask = NULL, *base64 = NULL;

	if (!reply)
		return NULL;
	ask = xasprintf("{\"execute\":\"guest-file-read\",\"arguments\":"
			"{\"handle\":%lld,\"count\":%d}}\n",
	    strtoll(reply + strlen("{\"return\": "), NULL, 10), MEMINFO_MAX);
	reply = floor_ask(&f->agent, ask, e);
	if (!reply)
		return NULL;
	reply = strstr(reply, sign);
	if (!reply) {
		err_set(e, "guest-file-read: no buf-b64");
		return NULL;
	}
	reply += strlen(sign);
	base64 = xasprintf("%.*s", (int)strcspn(reply, "\""), reply);
	return base64_decode(base64, NULL);
}

/* MiB of a line of meminfo (proc(5)); below 0: it is not there. */
static double
line_of(const char *text, const char *line)
{
	const char *at = strstr(text, line);

	return at ? (double)strtoll(at + strlen(line), NULL, 10) / 1024 : -1;
}

static int
look_into_guest(
    const struct machine *m, double *total, double *available, struct err *e)
{
	_free_ char *text = NULL;
	struct floor f;

	floor_init(&f, 0);
	if (floor_open_agent(&f, m->qga, e) == 0)
		text = read_guest_file(&f, "/proc/meminfo", e);
	floor_close(&f);
	if (!text)
		return err_wrap(e, "/proc/meminfo");
	*total = line_of(text, "MemTotal:");
	*available = line_of(text, "MemAvailable:");
	return 0;
}

/* One boot, with what the template's configuration now says. */
static int
boot(struct bench *b, const char *name, struct machine *m, struct err *e)
{
	double row[COLUMNS_N], began = bench_ms();
	_free_ char *why = NULL;
	int booted;

	if (machine_start(b, m, e) < 0)
		return -1;
	booted = await_boot(m, began, &why, e);
	row[4] = bench_ms() - began;
	if (booted < 0)
		return -1;
	if (!booted) {
		report_left_out(b->report, name, why);
		return 0;
	}
	usleep(IDLE_US);
	if (look_into_guest(m, &row[0], &row[1], e) < 0)
		return -1;
	row[2] = (double)machine_rss(m) / (double)MIB;
	row[3] = (double)machine_pss(m) / (double)MIB;
	report_line(b->report, name, row, COLUMNS_N);
	return 0;
}

static int
boot_with(struct bench *b, int max, struct err *e)
{
	int64_t *config = &b->t->config.default_maxvcpus, before = *config;
	_free_ char *name = max ? xasprintf("%d", max)
				: xasprintf("the host's: %d", host_cpus());
	struct machine m = { 0 };
	int rc;

	*config = max ? max : host_cpus();
	rc = boot(b, name, &m, e);
	*config = before;
	machine_end(&m);
	return rc < 0 ? err_wrap(e, "default_maxvcpus %s", name) : 0;
}

int
bench_maxvcpus(struct bench *b, struct err *e)
{
	size_t i;
	int rc = 0;

	report_table(b->report, "default_maxvcpus", columns);
	for (i = 0; rc == 0 && i < ARRAY_SIZE(maxvcpus); i++)
		rc = boot_with(b, maxvcpus[i], e);
	return rc;
}
