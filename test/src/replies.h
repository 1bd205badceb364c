/*
 * Recorded replies of QEMU and its guest (test/data/replies), and what is
 * observed when a peer gives them.
 */
#ifndef REPLIES_H
#define REPLIES_H

#include "actual.h"
#include "check.h"

struct replies {
	struct clock *clock;
	struct vm *vm;
	json_t *given; /* {NAME: {return: …}}; NAME.json of the folder */
	bool has_no_agent;
	unsigned features; /* what is wanted to be known (feature.h) */
};

/* The recording of this version and machine: "7.2/q35". */
void replies_read(struct replies *r, const char *recording);
void replies_free(struct replies *r);

/* What NAME answers, to be looked at or changed. */
json_t *replies_value(const struct replies *r, const char *name);
/* NAME answers this from now on: JSON with ' in place of ". */
void replies_set(struct replies *r, const char *name, const char *json);
/* NAME is refused, as by a QEMU or an agent that does not know it. */
void replies_refuse(struct replies *r, const char *name);
/* The agent knows no such command. */
void replies_disable(struct replies *r, const char *command);

/* Observes once more. Lives until the next time. */
struct actual *replies_observe(struct replies *r);

/* JSON from text with ' in place of "; the caller's. */
json_t *json_of(const char *text);

#endif
