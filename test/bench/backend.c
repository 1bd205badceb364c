/* Programs that serve devices. */

#include "backend.h"
#include "host.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define LISTEN_MAX_MS 30000
#define LOOK_US 5000

static pid_t running;
/* What it reads and never gets: an end of file would be the end of some. */
static int commands[2] = { -1, -1 };

char *
bench_word(const struct bench *b, const char *word)
{
	size_t length = strcspn(word, "@");

	return word[length] ? xasprintf("%.*s%s%s", (int)length, word,
				  b->folder, word + length + 1)
			    : xstrdup(word);
}

char *
backend_program(const struct backend *backend, struct err *e)
{
	size_t i;

	for (i = 0; backend->programs[i]; i++) {
		char *path = host_find_program(backend->programs[i], NULL);

		if (path)
			return path;
	}
	err_set(e, "there is no %s", backend->programs[0]);
	return NULL;
}

/* In the child. */
static void __attribute__((noreturn))
become(char **argv, const char *log, const char *folder)
{
	int fd = open(log, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	/* Where DPDK keeps what it has, for others of its kind to find. */
	setenv("RUNTIME_DIRECTORY", folder, 1);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(commands[0], STDIN_FILENO);
	dup2(fd, STDOUT_FILENO);
	dup2(fd, STDERR_FILENO);
	execv(argv[0], argv);
	_exit(127);
}

static int
await_socket(const char *path, const char *program, struct err *e)
{
	double began = bench_ms();
	struct stat st;

	while (bench_ms() - began < LISTEN_MAX_MS && !bench_stopped) {
		if (stat(path, &st) == 0 && S_ISSOCK(st.st_mode))
			return 0;
		if (waitpid(running, NULL, WNOHANG) == running) {
			running = 0;
			return err_set(e, "%s has ended", program);
		}
		usleep(LOOK_US);
	}
	return err_set(e, "%s does not listen", program);
}

int
backend_start(struct bench *b, const struct backend *backend, struct err *e)
{
	char *argv[BACKEND_ARGS_MAX + 2] = { NULL };
	_free_ char *log = path_join(b->folder, "backend.log");
	_free_ char *socket = path_join(b->folder, BACKEND_SOCKET);
	size_t i;
	int rc;

	backend_stop(b);
	if (commands[0] < 0 && pipe2(commands, O_CLOEXEC) < 0)
		return err_errno(e, "pipe");
	argv[0] = backend_program(backend, e);
	if (!argv[0])
		return -1;
	for (i = 0; backend->args[i]; i++)
		argv[i + 1] = bench_word(b, backend->args[i]);
	running = fork();
	if (running == 0)
		become(argv, log, b->folder);
	rc = running < 0 ? err_errno(e, "fork")
			 : await_socket(socket, argv[0], e);
	for (i = 0; argv[i]; i++)
		free(argv[i]);
	return rc;
}

void
backend_stop(const struct bench *b)
{
	_free_ char *socket = path_join(b->folder, BACKEND_SOCKET);

	if (running > 0) {
		kill(running, SIGKILL);
		waitpid(running, NULL, 0);
	}
	running = 0;
	unlink(socket);
}
