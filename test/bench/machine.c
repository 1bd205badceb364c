/* Starting QEMUs, and ending them. */

#include "machine.h"
#include "clone.h"
#include "host.h"
#include "launch.h"
#include "plan.h"
#include "record.h"
#include "template.h"
#include "vm.h"
#include <assert.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

static void
machine_init(struct bench *b, struct machine *m)
{
	static unsigned last;

	*m = (struct machine){ .name = xasprintf("bench-%u", ++last) };
	m->folder = path_join(b->folder, m->name);
	m->qmp = path_join(m->folder, "qmp.sock");
	m->qga = path_join(m->folder, "qga.sock");
}

void
machine_end(struct machine *m)
{
	if (m->pid > 0) {
		kill(m->pid, SIGKILL);
		waitpid(m->pid, NULL, 0);
	}
	if (m->name)
		record_remove(m->name, NULL);
	if (m->folder)
		remove_tree(m->folder, NULL);
	free(m->name);
	free(m->folder);
	free(m->qmp);
	free(m->qga);
	*m = (struct machine){ 0 };
}

/* Bytes of a line of smaps_rollup. */
static uint64_t
rollup(const struct machine *m, const char *line)
{
	_free_ char *path = xasprintf("/proc/%d/smaps_rollup", (int)m->pid);
	_free_ char *text = read_file(path, 64 * KIB, NULL, NULL);
	const char *at = text ? strstr(text, line) : NULL;

	return at ? strtoull(at + strlen(line), NULL, 10) * KIB : 0;
}

uint64_t
machine_pss(const struct machine *m)
{
	return rollup(m, "\nPss:");
}

uint64_t
machine_rss(const struct machine *m)
{
	return rollup(m, "\nRss:");
}

uint64_t
machine_own_pss(const struct machine *m)
{
	return rollup(m, "\nPss:") - rollup(m, "\nPss_Shmem:");
}

uint64_t
machine_memory_file(const struct machine *m)
{
	_free_ char *folder = xasprintf("/proc/%d/fd", (int)m->pid);
	DIR *dir = opendir(folder);
	struct dirent *entry;
	uint64_t bytes = 0;

	while (dir && (entry = readdir(dir))) {
		_free_ char *path = path_join(folder, entry->d_name);
		struct stat st;

		if (stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
		    st.st_nlink == 0)
			bytes = MAX(bytes, (uint64_t)st.st_blocks * 512);
	}
	if (dir)
		closedir(dir);
	return bytes;
}

/* ---- the floor's ---- */

/* In the child. */
static void __attribute__((noreturn))
become(char **argv, int monitor, int agent, const char *folder)
{
	_free_ char *path = path_join(folder, "qemu.log");
	int log = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setsid();
	dup2(log, STDOUT_FILENO);
	dup2(log, STDERR_FILENO);
	fcntl(monitor, F_SETFD, 0);
	fcntl(agent, F_SETFD, 0);
	execvp(argv[0], argv);
	_exit(127);
}

/* fork and exec, with the sockets on which QEMU listens. */
static int
start(struct bench *b, struct machine *m, bool incoming, struct err *e)
{
	_free_ char *console = path_join(m->folder, "console.log");
	_free_ char *memory = path_join(m->folder, "memory");
	_close_ int monitor = listen_unix(m->qmp, e);
	_close_ int agent = listen_unix(m->qga, e);
	struct launch launch = {
		.name = m->name,
		.memory = incoming ? b->t->memory.path : memory,
		.incoming = incoming,
		.monitor = monitor,
		.agent = agent,
		.console = console,
	};
	char **argv;

	if (monitor < 0 || agent < 0)
		return -1;
	argv = launch_argv(&b->t->config, b->t->machine, &launch);
	m->pid = fork();
	if (m->pid == 0)
		become(argv, monitor, agent, m->folder);
	launch_free(argv);
	return m->pid < 0 ? err_errno(e, "fork") : 0;
}

int
machine_start(struct bench *b, struct machine *m, struct err *e)
{
	machine_init(b, m);
	if (make_folders(m->folder, 0700, e) < 0)
		return -1;
	return start(b, m, false, e);
}

int
machine_await(const struct machine *m, unsigned wait_ms, struct err *e)
{
	struct floor f;
	int rc;

	floor_init(&f, 0);
	f.wait_ms = wait_ms;
	rc = floor_open_agent(&f, m->qga, e);
	floor_close(&f);
	return rc;
}

int
machine_boot(struct bench *b, struct machine *m, double *ms, struct err *e)
{
	double began = bench_ms();
	int rc = machine_start(b, m, e);

	if (rc == 0)
		rc = machine_await(m, FLOOR_WAIT_MS, e);
	*ms = bench_ms() - began;
	return rc;
}

/* What clone.c sends until the guest runs. */
static int
load(struct bench *b, struct floor *f, struct err *e)
{
	struct floor_link *l = &f->monitor;

	if (floor_tell(l, e,
		"{\"execute\":\"migrate-set-capabilities\",\"arguments\":"
		"{\"capabilities\":[{\"capability\":\"x-ignore-shared\","
		"\"state\":true}]}}\n") < 0 ||
	    floor_tell(l, e,
		"{\"execute\":\"migrate-incoming\",\"arguments\":"
		"{\"uri\":\"exec:cat '%s'\"}}\n",
		b->t->state.path) < 0 ||
	    floor_ask_until(f, l, "{\"execute\":\"query-migrate\"}\n",
		"\"status\": \"completed\"", 1, e) < 0)
		return -1;
	return floor_tell(l, e, "{\"execute\":\"cont\"}\n");
}

int
machine_clone_bare(struct bench *b, struct machine *m, unsigned pause_us,
    double *ms, struct err *e)
{
	struct floor f;
	double began = bench_ms();
	int rc;

	machine_init(b, m);
	floor_init(&f, pause_us);
	rc = make_folders(m->folder, 0700, e);
	if (rc == 0)
		rc = start(b, m, true, e);
	if (rc == 0)
		rc = floor_open_monitor(&f, m->qmp, e);
	if (rc == 0)
		rc = load(b, &f, e);
	if (rc == 0)
		rc = floor_open_agent(&f, m->qga, e);
	*ms = bench_ms() - began;
	floor_close(&f);
	return rc;
}

/* ---- qmpd's ---- */

/* Where the clone's record says that its sockets are. */
static int
take_record(struct machine *m, struct err *e)
{
	struct record *r = record_load(m->name, e);

	if (!r)
		return -1;
	free(m->qmp);
	free(m->qga);
	m->qmp = xstrdup(r->qmp);
	m->qga = xstrdup(r->qga);
	m->pid = r->pid;
	record_free(r);
	return 0;
}

/* The plans run beside each other, in one loop. */
static int
run_clones(struct bench *b, struct machine *m, size_t n,
    enum memory_sharing sharing, struct timing *timings, struct err *e)
{
	struct plan *plans[MACHINES_MAX] = { NULL };
	struct vm *vms[MACHINES_MAX] = { NULL };
	size_t i;
	int rc = 0;

	assert(n <= MACHINES_MAX);
	for (i = 0; rc == 0 && i < n; i++) {
		plans[i] = clone_plan(m[i].name, b->t, sharing, e);
		vms[i] = vm_new(b->clock, m[i].name);
		timings[i] = (struct timing){ .step = "guest agent" };
		rc = plans[i] ? 0 : -1;
	}
	if (rc == 0)
		rc = engine_run_all(b, vms, plans, n, timings, e);
	else
		for (i = 0; i < n; i++)
			plan_free(plans[i]);
	for (i = 0; i < n; i++)
		vm_free(vms[i]);
	return rc;
}

int
machine_clone_all(struct bench *b, struct machine *m, size_t n,
    enum memory_sharing sharing, struct timing *timings, struct err *e)
{
	size_t i;
	int rc;

	for (i = 0; i < n; i++)
		machine_init(b, &m[i]);
	rc = run_clones(b, m, n, sharing, timings, e);
	/* One that was started and went wrong has to be ended, too. */
	for (i = 0; i < n; i++)
		if (take_record(&m[i], rc == 0 ? e : NULL) < 0)
			rc = -1;
	return rc;
}

int
machine_clone(struct bench *b, struct machine *m, enum memory_sharing sharing,
    double *agent_ms, double *ms, struct err *e)
{
	struct timing timing;
	int rc = machine_clone_all(b, m, 1, sharing, &timing, e);

	*agent_ms = timing.step_ms;
	*ms = timing.ms;
	return rc;
}
