/*
 * A fake on a virtual clock with a link on each side. JSON is written with '
 * in place of ", both ways, so that it can be read in C.
 */
#ifndef RIG_H
#define RIG_H

#include "fakeqmp.h"
#include "qmp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

struct rig {
	struct clock *clock;
	struct fake *fake;
	struct qmp *links[FAKE_SIDES];
	char *events;
	char *reply; /* the last: its value, or "CLASS: TEXT" */
	bool is_answered;
};

extern struct rig rig;

/* The options of a vCPU, but for its id and socket-id. */
#define CPU "'driver': 'max-x86_64-cpu', 'core-id': 0, 'thread-id': 0, "

void begin(const struct fake_options *options);
void end(void);
/* Connects this side (again). */
void link_up(enum fake_side side);
void pass(unsigned ms);

/* A command's reply: its value, or "CLASS: TEXT". */
const char *ask(const char *name, const char *arguments);
const char *ask_agent(const char *name, const char *arguments);
const char *ask_fd(enum fake_side side, const char *command, int fd);
/* The reply must be {}; must be this GenericError. */
void ok(const char *name, const char *arguments);
void no(const char *name, const char *arguments, const char *why);
/* What was told since the last time must be this. */
void events(const char *wanted);

/* A snapshot of the fake, as text. */
char *picture(void);
char *text_from(const json_t *value);
json_t *json_of(const char *text);
void has(const char *text, const char *part);
void has_not(const char *text, const char *part);
void has_picture(const char *part);
void has_no_picture(const char *part);

void set_guest(void (*change)(struct fake_guest *guest));
/* disk1 on node d1 in slot 1 of the bridge; a DIMM of this id. */
void add_disk(void);
/* A chardev of this id: a client of a socket, or one to nowhere. */
void add_socket(const char *id);
void add_null(const char *id);
void add_memory(const char *id, unsigned mib);

#endif
