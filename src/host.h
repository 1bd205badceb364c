/*
 * The border to the host: processes and files. What plans do to the host goes
 * through here, each with something that takes it back.
 */
#ifndef HOST_H
#define HOST_H

#include "clock.h"
#include "err.h"
#include <sys/types.h>

struct process;
typedef void process_exit_fn(void *arg);

struct process_options {
	char *const *argv;
	const char *log; /* standard output and error are appended here */
	const int *keep; /* descriptors that it inherits, by number */
	size_t keep_n;
	bool dies_with_us; /* killed when this program ends, however */
	/* Called with the new process's identity before it may do anything:
	 * what is written down here is never a process that nobody knows.
	 * When it fails the process ends without a trace. */
	int (*before)(void *arg, pid_t pid, uint64_t start_time, struct err *e);
	void *arg;
};

/* Starts it in a session of its own. An exec that fails is an error here. */
struct process *process_spawn(
    struct clock *clock, const struct process_options *options, struct err *e);
/* One that runs already; NULL when pid is gone or is another process by now.
 * log may be NULL. */
struct process *process_adopt(struct clock *clock, pid_t pid,
    uint64_t start_time, const char *log, struct err *e);
/* It goes on running. NULL is allowed. */
void process_free(struct process *p);

pid_t process_pid(const struct process *p);
/* Clock ticks after boot (proc(5), stat field 22): with the pid, an identity
 * that is never given twice. */
uint64_t process_start_time(const struct process *p);
bool process_is_running(struct process *p);
void process_signal(struct process *p, int signal);
/* Calls fn from the loop when it has exited. */
void process_on_exit(struct process *p, process_exit_fn *fn, void *arg);
/* "exited with status 1: qemu-system-x86_64: …", or "" while it runs and has
 * said nothing; the caller frees. */
char *process_last_words(struct process *p);

/* CPUs that are online on this host. */
int host_cpus(void);
/* A CPU vendor's KVM module is loaded and /dev/kvm opens. A /dev/kvm without
 * one is a para-virtualised KVM, which does not run a stock kernel. */
bool host_has_kvm(void);

/* "/dev/NAME"; the caller frees. Tests put another folder in its place. */
char *host_device(const char *name);
extern const char *host_devices;

/* Bytes of memory that this host has. */
uint64_t host_memory(void);
/* The absolute path of a program, looked up in PATH when it has no '/';
 * NULL when it cannot be run. The caller frees. */
char *host_find_program(const char *name, struct err *e);
/* What a program says on standard output: at most max bytes within so many
 * milliseconds, and it must end well; else NULL. For short questions: it is
 * waited for. The caller frees. */
char *host_ask_program(const char *const *argv, size_t max, unsigned ms);
/* This host is itself a VM: its CPUs have the flag "hypervisor". */
bool host_is_vm(void);

/* ---- files ---- */

char *path_join(const char *folder, const char *name);
/* From the root: a relative path is relative to folder, or, when that is
 * NULL, to where this program stands. The caller frees. */
char *path_absolute(const char *folder, const char *path);
int make_folders(const char *path, mode_t mode, struct err *e);
/* Everything below, and the folder itself; what is gone already is fine. */
int remove_tree(const char *path, struct err *e);
/* Written beside it, flushed, renamed over it: old or new, never half. */
int write_file(const char *path, const char *text, size_t n, struct err *e);
/* At most max bytes; NUL-terminated; the caller frees. */
char *read_file(const char *path, size_t max, size_t *n, struct err *e);
/* A regular file of ours that nobody else may write. */
int check_trusted(const char *path, struct err *e);
/* Takes the lock without waiting; -1 and errno EWOULDBLOCK when held. The
 * descriptor holds it. */
int lock_file(const char *path, struct err *e);
/* A listening Unix socket, for QEMU to inherit; its mode is 0600. */
int listen_unix(const char *path, struct err *e);

/* Somebody holds a stream socket at this path: found out without connecting to
 * it, as some servers end when their first client goes. */
int check_socket(const char *path, struct err *e);

/* In single quotes, for sh; the caller frees. */
char *shell_quote(const char *text);

#endif
