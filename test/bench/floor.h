/*
 * The floor: the least that a client of QEMU can do. Blocking sockets, one
 * line read at a time, answers looked at by string matching, no event loop,
 * no checks. What qmpd does is measured against this.
 */
#ifndef BENCH_FLOOR_H
#define BENCH_FLOOR_H

#include "err.h"

#define FLOOR_WAIT_MS 60000

struct floor_link {
	int fd;
	char *bytes;
	size_t start, end, size;
	/* A line with both of these strings has come. */
	const char *awaited[2];
	bool seen;
};

struct floor {
	struct floor_link monitor, agent;
	unsigned pause_us; /* between two questions; 0: none */
	unsigned wait_ms; /* for an agent */
};

void floor_init(struct floor *f, unsigned pause_us);
void floor_close(struct floor *f);

/* Connects, and takes the greeting. */
int floor_open_monitor(struct floor *f, const char *path, struct err *e);
/* Connects and asks guest-sync-delimited until it is answered. */
int floor_open_agent(struct floor *f, const char *path, struct err *e);

/* Sends one line and returns the reply's; NULL when it is an error. The line
 * is valid until the next call on the same link. */
const char *floor_ask(struct floor_link *l, const char *line, struct err *e);
PRINTF(3, 4)
int floor_tell(struct floor_link *l, struct err *e, const char *fmt, ...);
/* The line carries a descriptor, which stays the caller's. */
int floor_tell_fd(
    struct floor_link *l, const char *line, int fd, struct err *e);
/* Asks until the reply has the string what at least n times. */
int floor_ask_until(struct floor *f, struct floor_link *l, const char *line,
    const char *what, unsigned n, struct err *e);

/* Asks until this is true of the reply. */
typedef bool floor_sign(const char *reply);
int floor_ask_until_sign(struct floor *f, struct floor_link *l,
    const char *line, floor_sign *sign, struct err *e);

/* To be called before the command that causes the event. */
void floor_expect(struct floor_link *l, const char *a, const char *b);
int floor_await(struct floor_link *l, struct err *e);

unsigned floor_count(const char *reply, const char *what);

#endif
