/* Processes that outlive us: started, found again, watched by pidfd. */

#include "host.h"
#include <event2/event.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define LAST_WORDS_MAX 4096

struct process {
	pid_t pid;
	int pidfd;
	uint64_t start_time;
	char *log;
	bool ours, exited;
	int status;
	struct event *event;
	process_exit_fn *fn;
	void *arg;
};

/* Field 22 of /proc/PID/stat; 0 when there is no such process. */
static uint64_t
read_start_time(pid_t pid)
{
	_free_ char *path = xasprintf("/proc/%d/stat", (int)pid);
	_free_ char *text = read_file(path, 4096, NULL, NULL);
	char *p = text ? strrchr(text, ')') : NULL;
	int field;

	for (field = 2; p && field < 22; field++)
		p = strchr(p + 1, ' ');
	return p ? strtoull(p + 1, NULL, 10) : 0;
}

/* Reaps a child of ours; true once it has gone. */
static bool
has_exited(struct process *p)
{
	struct pollfd pfd = { .fd = p->pidfd, .events = POLLIN };

	if (p->exited)
		return true;
	if (poll(&pfd, 1, 0) != 1)
		return false;
	if (p->ours)
		waitpid(p->pid, &p->status, WNOHANG);
	return p->exited = true;
}

static void
on_readable(int fd, short events, void *arg)
{
	struct process *p = arg;

	if (has_exited(p) && p->fn)
		p->fn(p->arg);
}

/* Begins to watch pid; takes nothing on failure. */
static struct process *
watch(struct clock *clock, pid_t pid, const char *log, struct err *e)
{
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct process *p;

	if (pidfd < 0) {
		err_errno(e, "process %d", (int)pid);
		return NULL;
	}
	fcntl(pidfd, F_SETFD, FD_CLOEXEC);
	p = xcalloc(1, sizeof(*p));
	p->pid = pid;
	p->pidfd = pidfd;
	p->start_time = read_start_time(pid);
	p->log = xstrdup0(log);
	p->event =
	    must(event_new(clock_base(clock), pidfd, EV_READ, on_readable, p));
	event_add(p->event, NULL);
	return p;
}

/* In the child: standard descriptors, session, and what is inherited. */
static void
prepare_child(const struct process_options *o, pid_t parent)
{
	int null = open("/dev/null", O_RDONLY);
	int log = open(o->log, O_WRONLY | O_CREAT | O_APPEND, 0600);
	size_t i;

	setsid();
	if (o->dies_with_us && prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 &&
	    getppid() != parent)
		_exit(127);
	dup2(null, STDIN_FILENO);
	dup2(log >= 0 ? log : null, STDOUT_FILENO);
	dup2(log >= 0 ? log : null, STDERR_FILENO);
	for (i = 0; i < o->keep_n; i++)
		fcntl(o->keep[i], F_SETFD, 0);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGINT, SIG_DFL);
}

/* Two pipes between us and a child that has not become QEMU yet: it waits
 * for the word to go on, and reports why its exec failed. */
struct gate {
	int go[2];
	int report[2];
};

static void
gate_close(struct gate *gate)
{
	size_t i;

	for (i = 0; i < 2; i++) {
		close_fd(&gate->go[i]);
		close_fd(&gate->report[i]);
		gate->go[i] = gate->report[i] = -1;
	}
}

static int
gate_open(struct gate *gate, struct err *e)
{
	*gate = (struct gate){ { -1, -1 }, { -1, -1 } };
	if (pipe2(gate->go, O_CLOEXEC) == 0 &&
	    pipe2(gate->report, O_CLOEXEC) == 0)
		return 0;
	err_errno(e, "pipe");
	gate_close(gate);
	return -1;
}

/* The child's side: waits, execs, or tells errno through the pipe. */
static void __attribute__((noreturn))
run_child(const struct process_options *o, pid_t parent, struct gate *gate)
{
	int error;
	char go;

	close(gate->go[1]);
	prepare_child(o, parent);
	if (read(gate->go[0], &go, 1) != 1)
		_exit(127); /* nobody wrote us down: we never were */
	execvp(o->argv[0], o->argv);
	error = errno;
	if (write(gate->report[1], &error, sizeof(error)) < 0)
		_exit(126);
	_exit(127);
}

/* Lets the child go on; 0 once it has become QEMU. */
static int
let_go(const struct process_options *o, struct gate *gate, struct err *e)
{
	int error = 0;

	if (write(gate->go[1], "", 1) != 1)
		return err_errno(e, "cannot start %s", o->argv[0]);
	close(gate->report[1]);
	gate->report[1] = -1;
	if (read(gate->report[0], &error, sizeof(error)) > 0) {
		errno = error;
		return err_errno(e, "cannot start %s", o->argv[0]);
	}
	return 0;
}

struct process *
process_spawn(
    struct clock *clock, const struct process_options *o, struct err *e)
{
	pid_t parent = getpid(), pid;
	struct process *p = NULL;
	struct gate gate;
	bool good;

	if (gate_open(&gate, e) < 0)
		return NULL;
	pid = fork();
	if (pid == 0)
		run_child(o, parent, &gate);
	if (pid < 0)
		err_errno(e, "fork");
	else
		p = watch(clock, pid, o->log, e);
	good = p &&
	    (!o->before || o->before(o->arg, pid, p->start_time, e) == 0) &&
	    let_go(o, &gate, e) == 0;
	gate_close(&gate);
	if (p)
		p->ours = true;
	if (good)
		return p;
	if (pid > 0)
		waitpid(pid, NULL, 0);
	process_free(p);
	return NULL;
}

struct process *
process_adopt(struct clock *clock, pid_t pid, uint64_t start_time,
    const char *log, struct err *e)
{
	struct process *p;

	if (pid <= 1 || read_start_time(pid) != start_time) {
		err_set(e, "process %d is gone", (int)pid);
		return NULL;
	}
	p = watch(clock, pid, log, e);
	if (p && p->start_time != start_time) {
		process_free(p);
		err_set(e, "process %d is gone", (int)pid);
		return NULL;
	}
	return p;
}

void
process_free(struct process *p)
{
	if (!p)
		return;
	event_free(p->event);
	close(p->pidfd);
	free(p->log);
	free(p);
}

pid_t
process_pid(const struct process *p)
{
	return p->pid;
}

uint64_t
process_start_time(const struct process *p)
{
	return p->start_time;
}

bool
process_is_running(struct process *p)
{
	return !has_exited(p);
}

void
process_signal(struct process *p, int signal)
{
	syscall(SYS_pidfd_send_signal, p->pidfd, signal, NULL, 0);
}

void
process_on_exit(struct process *p, process_exit_fn *fn, void *arg)
{
	p->fn = fn;
	p->arg = arg;
}

/* The last line of text that has something in it; text is changed. */
static const char *
last_line(char *text)
{
	size_t n = strlen(text);
	char *line;

	while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == ' '))
		text[--n] = '\0';
	line = strrchr(text, '\n');
	return line ? line + 1 : text;
}

/* The end of the log, at most LAST_WORDS_MAX bytes of it. */
static char *
read_tail(const char *path)
{
	_close_ int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	char *text = xcalloc(1, LAST_WORDS_MAX + 1);
	off_t size = fd >= 0 ? lseek(fd, 0, SEEK_END) : 0;
	off_t from = size > LAST_WORDS_MAX ? size - LAST_WORDS_MAX : 0;

	if (fd >= 0 && pread(fd, text, LAST_WORDS_MAX, from) < 0)
		*text = '\0';
	return text;
}

char *
process_last_words(struct process *p)
{
	_free_ char *tail = read_tail(p->log);
	const char *line = last_line(tail);
	const char *colon = *line ? ": " : "";

	if (!has_exited(p) || !p->ours)
		return xstrdup(line);
	if (WIFSIGNALED(p->status))
		return xasprintf("QEMU was killed by signal %d (%s)%s%s",
		    WTERMSIG(p->status), strsignal(WTERMSIG(p->status)), colon,
		    line);
	return xasprintf("QEMU exited with status %d%s%s",
	    WEXITSTATUS(p->status), colon, line);
}
