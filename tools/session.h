/*
 * A VM as a command holds it: found by its name or by its sockets, locked
 * against other programs, its plans run to their end.
 *
 *   session_find ──▶ OPEN ──session_connect──▶ OPEN, or LOST
 *        └──▶ MAKING, UNFINISHED, DEAD, BUSY: there is no QEMU to talk to,
 *             session_why says what is the matter and what to do
 */
#ifndef SESSION_H
#define SESSION_H

#include "command.h"
#include "run.h"

struct record;
struct request;
struct session;
struct vm;

enum session_state {
	SESSION_OPEN,
	SESSION_MAKING, /* another program is cloning it */
	SESSION_UNFINISHED, /* its cloning was cut off */
	SESSION_DEAD, /* its QEMU has ended */
	SESSION_BUSY, /* another program holds it or its monitor */
	SESSION_LOST, /* its QEMU does not answer */
	SESSION_BROKEN, /* its record cannot be believed */
	SESSION_STATES
};

const char *session_state_name(enum session_state state);

/* How long another qmpctl is waited for. */
unsigned session_patience_ms(const struct cli *cli);

/*
 * By name; waits up to lock_ms for another program to let it go. NULL when
 * there is no such VM or its record cannot be believed.
 */
struct session *session_find(
    struct cli *cli, const char *name, unsigned lock_ms, struct err *e);
/* The command's VM, connected; anything else than OPEN is an error. */
struct session *session_open(struct cli *cli, struct err *e);
/* One that is yet to be made: no record, no lock. */
struct session *session_make(struct cli *cli, const char *name);
/* It was made: its record and its lock are taken. */
int session_take(struct session *s, struct err *e);
/* NULL is allowed. */
void session_free(struct session *s);

const char *session_name(const struct session *s);
enum session_state session_state(const struct session *s);
/* A sentence without the VM's name; "" when OPEN. */
const char *session_why(const struct session *s);
struct vm *session_vm(const struct session *s);
/* NULL when it was opened by sockets. */
struct record *session_record(const struct session *s);
const struct options *session_options(const struct session *s);

/* Runs the plan to its end: progress on standard error, a first SIGINT or
 * SIGTERM undoes it, a second one ends the program. */
void session_run(
    struct session *s, struct plan *plan, struct run_result *result);
/* vm_actual is new afterwards. */
int session_observe(struct session *s, struct err *e);
/* And has the features of QEMU that fitting the request depends on. */
int session_observe_for(
    struct session *s, const struct request *request, struct err *e);
/* Starts a plan, which the session takes over, without waiting for it. */
void session_begin(struct session *s, struct plan *plan);
bool session_is_done(const struct session *s);
/* Its end, once it is done. */
const struct run_result *session_result(const struct session *s);

/* ---- looking at many at the same time (look.c) ---- */

/*
 * Connects to those that are OPEN and observes them, all at once, for at most
 * ms. Those that do not answer become BUSY or LOST; the others have an
 * actual.
 */
void sessions_look(
    struct cli *cli, struct session **sessions, size_t n, unsigned ms);
/* Links as the record or the options say; failures come as a lost link. */
void session_connect(struct session *s);
PRINTF(3, 4)
void session_set_state(
    struct session *s, enum session_state state, const char *fmt, ...);

#endif
