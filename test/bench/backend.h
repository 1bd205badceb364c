/*
 * What devices need on the host: programs that serve them, and a tap. All of
 * it is this run's own, and ends with it.
 */
#ifndef BENCH_BACKEND_H
#define BENCH_BACKEND_H

#include "bench.h"
#include <sys/types.h>

#define BACKEND_ARGS_MAX 16

/* A program that listens on a Unix socket. */
struct backend {
	const char *programs[3]; /* the first that is there; NULL ends */
	/* NULL ends; @ is the run's own folder. */
	const char *args[BACKEND_ARGS_MAX];
};

#define BACKEND_SOCKET "backend.sock" /* in the run's own folder */

/* The word with the run's own folder for its @; the caller frees. */
char *bench_word(const struct bench *b, const char *word);

/* Absolute; NULL: there is none. The caller frees. */
char *backend_program(const struct backend *backend, struct err *e);
/* Until it listens. */
int backend_start(
    struct bench *b, const struct backend *backend, struct err *e);
/* Kills the one that runs; none: nothing. */
void backend_stop(const struct bench *b);

/* A tap in a network namespace that this process from now on is in. */
#define NIC_TAP "bench0"
int nic_make_tap(struct err *e);
/* One of its descriptors, as a NIC's backend wants it. */
int nic_open_tap(struct err *e);

#endif
