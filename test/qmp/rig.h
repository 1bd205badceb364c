/*
 * A link on a virtual clock with a test as its peer: what the peer says and
 * hears are strings, and so is all that the link calls back with.
 */
#ifndef RIG_H
#define RIG_H

#include "check.h"
#include "qmp.h"

#define RIG_OPEN_MS 1000
#define RIG_REPLY_MS 5000

#define GREETING                                                            \
	"{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 22, \"minor\": 2, " \
	"\"major\": 7}, \"package\": \"Debian\"}, \"capabilities\": "       \
	"[\"oob\"]}}\r\n"

struct named;

struct rig {
	struct clock *clock;
	struct qmp *qmp;
	int peer;
	char *log; /* one line for each callback */
	bool frees; /* the next callback frees the link */
	bool is_in_call; /* the test is inside a function of qmp.h */
	unsigned open_ms;
	struct named *calls;
};

/* Before the link there is a clock and a peer; then opened, then READY. */
void rig_init(struct rig *rig);
void rig_open(struct rig *rig, enum qmp_dialect dialect);
void rig_open_path(struct rig *rig, const char *path, enum qmp_dialect dialect);
void rig_ready_monitor(struct rig *rig);
void rig_ready_agent(struct rig *rig);
void rig_free(struct rig *rig);

/* Runs until nothing is left to do; then lets so much time pass. */
void rig_settle(struct rig *rig);
void rig_wait(struct rig *rig, uint64_t ms);

/* What the peer says; what it has heard since it was last asked. */
void rig_say(struct rig *rig, const char *text);
void rig_say_n(struct rig *rig, const char *bytes, size_t n);
const char *rig_heard(struct rig *rig);
void rig_hang_up(struct rig *rig);

/* A call that logs "NAME: …"; name lives as long as the rig. */
uint64_t rig_call(struct rig *rig, const char *name);
uint64_t rig_call_fd(struct rig *rig, const char *name, int fd);
unsigned rig_unanswered(const struct rig *rig);

/* The log since it was last asked; what the peer has heard since then. */
void rig_expect(struct rig *rig, const char *log);
void rig_expect_heard(struct rig *rig, const char *text);

/* The id of the last guest-sync-delimited heard; n of them in all. */
uint64_t rig_sync_id(struct rig *rig, unsigned *n);

/* For sinks of a test's own. */
void rig_log_event(void *arg, const char *name, json_t *data);
PRINTF(2, 3) void rig_log(struct rig *rig, const char *fmt, ...);

#endif
