/* Asking a program a short question: bounded in time and in size. */

#include "host.h"
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

static uint64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* Its output goes to fd, and nothing else of it is seen; -1: no process. */
static pid_t
spawn_asked(const char *const *argv, int fd)
{
	posix_spawn_file_actions_t actions;
	union {
		const char *const *argv;
		char *const *spawned;
	} u = { argv };
	pid_t pid = -1;

	if (posix_spawn_file_actions_init(&actions) != 0)
		return -1;
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, fd, 1);
	posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
	if (posix_spawn(&pid, argv[0], &actions, NULL, u.spawned, environ) != 0)
		pid = -1;
	posix_spawn_file_actions_destroy(&actions);
	return pid;
}

/* Fills text to the end of what it says; false when that never comes. */
static bool
read_answer(int fd, char *text, size_t max, uint64_t deadline)
{
	size_t n = 0;

	for (;;) {
		uint64_t now = now_ms();
		struct pollfd p = { .fd = fd, .events = POLLIN };
		ssize_t got;

		if (now >= deadline || poll(&p, 1, (int)(deadline - now)) == 0)
			return false;
		got = read(fd, text + n, max - n);
		if (got == 0)
			return true;
		if (got > 0)
			n += (size_t)got;
		if ((got < 0 && errno != EINTR) || n == max)
			return false;
	}
}

/* True when it ended well; one that does not end is made to. */
static bool
reap(pid_t pid, bool good, uint64_t deadline)
{
	const struct timespec moment = { .tv_nsec = 1000000 };
	int status = 0;

	while (good && waitpid(pid, &status, WNOHANG) == 0) {
		good = now_ms() < deadline;
		nanosleep(&moment, NULL);
	}
	if (good)
		return WIFEXITED(status) && WEXITSTATUS(status) == 0;
	kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return false;
}

char *
host_ask_program(const char *const *argv, size_t max, unsigned ms)
{
	uint64_t deadline = now_ms() + ms;
	_free_ char *text = xcalloc(max + 1, 1);
	int ends[2];
	pid_t pid;
	bool good;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return NULL;
	pid = spawn_asked(argv, ends[1]);
	close(ends[1]);
	good = pid > 0 && read_answer(ends[0], text, max, deadline);
	close(ends[0]);
	return pid > 0 && reap(pid, good, deadline) ? TAKE(text) : NULL;
}
