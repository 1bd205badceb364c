/* Records of VMs: found again by name. */

#include "record.h"
#include "decode.h"
#include "host.h"
#include "places.h"
#include <dirent.h>
#include <signal.h>
#include <sys/stat.h>

const char *const memory_sharing_names[] = {
	[MEMORY_PRIVATE] = "private",
	[MEMORY_SHARED] = "shared",
	NULL,
};

struct record *
record_new(const char *name)
{
	struct record *r = xcalloc(1, sizeof(*r));

	r->name = xstrdup(name);
	return r;
}

void
record_free(struct record *r)
{
	if (!r)
		return;
	free(r->name);
	free(r->template);
	free(r->qmp);
	free(r->qga);
	free(r->log);
	free(r);
}

char *
record_folder(const char *name, struct err *e)
{
	_free_ char *vms = place_vms(e);

	return vms ? path_join(vms, name) : NULL;
}

static char *
record_path(const char *name, struct err *e)
{
	_free_ char *folder = record_folder(name, e);

	return folder ? xasprintf("%s.json", folder) : NULL;
}

/* The members of a record's file. */
struct members {
	int64_t version, pid, start_time, guest_use, vcpus, memory;
	char *name, *template, *qmp, *qga, *log;
	int memory_sharing;
	bool ready;
};

#define MEMBER(m) offsetof(struct members, m)
#define ANY_INT .min = 0, .max = INT64_MAX

static const struct decode_row rows[] = {
	{ "version", DECODE_INT, MEMBER(version), true, 1, RECORD_VERSION },
	{ "name", DECODE_STRING, MEMBER(name), true },
	{ "template", DECODE_STRING, MEMBER(template) },
	{ "memory_sharing", DECODE_ENUM, MEMBER(memory_sharing),
	    .names = memory_sharing_names },
	{ "qmp", DECODE_STRING, MEMBER(qmp), true },
	{ "qga", DECODE_STRING, MEMBER(qga) },
	{ "log", DECODE_STRING, MEMBER(log) },
	{ "pid", DECODE_INT, MEMBER(pid), true, 0, INT32_MAX },
	{ "start_time", DECODE_INT, MEMBER(start_time), true, ANY_INT },
	{ "ready", DECODE_BOOL, MEMBER(ready), true },
	{ "guest_use", DECODE_INT, MEMBER(guest_use), ANY_INT },
	{ "desired_vcpus", DECODE_INT, MEMBER(vcpus), .min = 0,
	    .max = INT32_MAX },
	{ "desired_memory", DECODE_INT, MEMBER(memory), ANY_INT },
	{ NULL },
};

/* The record that the members make; takes over their strings. */
static struct record *
from_members(const struct members *m)
{
	struct record *r = xcalloc(1, sizeof(*r));

	*r = (struct record){
		.name = m->name,
		.template = m->template,
		.memory_sharing = m->memory_sharing,
		.qmp = m->qmp,
		.qga = m->qga,
		.log = m->log,
		.pid = (pid_t)m->pid,
		.start_time = (uint64_t)m->start_time,
		.ready = m->ready,
		.guest_use = (uint64_t)m->guest_use,
		.desired_vcpus = (int)m->vcpus,
		.desired_memory = (uint64_t)m->memory,
	};
	return r;
}

struct record *
record_load(const char *name, struct err *e)
{
	_free_ char *path = record_path(name, e);
	struct members m = { 0 };
	struct document *doc;
	struct decode *d;
	struct record *r;
	int rc;

	if (!path)
		return NULL;
	if (access(path, F_OK) < 0) {
		err_set(e, "there is no vm \"%s\"", name);
		return NULL;
	}
	if (check_trusted(path, e) < 0)
		return NULL;
	doc = document_read(path, e);
	if (!doc)
		return NULL;
	d = decode_new(doc);
	rc = decode_object(d, document_root(doc), rows, &m, e);
	decode_free(d);
	document_free(doc);
	r = from_members(&m);
	if (rc == 0 && str_eq(r->name, name))
		return r;
	if (rc == 0)
		err_set(e, "%s: it is the record of \"%s\"", path, r->name);
	record_free(r);
	return NULL;
}

static json_t *
record_json(const struct record *r)
{
	return must(json_pack(
	    "{s:i, s:s, s:s*, s:s*, s:s, s:s*, s:s*, s:i, s:I, s:b, s:I, s:i, "
	    "s:I}",
	    "version", RECORD_VERSION, "name", r->name, "template", r->template,
	    "memory_sharing",
	    r->template ? memory_sharing_names[r->memory_sharing] : NULL, "qmp",
	    r->qmp ? r->qmp : "", "qga", r->qga, "log", r->log, "pid",
	    (int)r->pid, "start_time", (json_int_t)r->start_time, "ready",
	    r->ready, "guest_use", (json_int_t)r->guest_use, "desired_vcpus",
	    r->desired_vcpus, "desired_memory", (json_int_t)r->desired_memory));
}

int
record_save(const struct record *r, struct err *e)
{
	_free_ char *path = record_path(r->name, e);
	json_auto_t *json = record_json(r);
	_free_ char *text = must(json_dumps(json, JSON_INDENT(1)));

	return path ? write_file(path, text, strlen(text), e) : -1;
}

int
record_remove(const char *name, struct err *e)
{
	_free_ char *folder = record_folder(name, e);
	_free_ char *path = record_path(name, e);

	if (!folder || !path || remove_tree(folder, e) < 0)
		return -1;
	if (unlink(path) < 0 && errno != ENOENT)
		return err_errno(e, "cannot remove %s", path);
	return 0;
}

/* ---- names ---- */

void
names_free(char **names, size_t n)
{
	while (n > 0)
		free(names[--n]);
	free(names);
}

static int
compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

char **
record_names(size_t *n, struct err *e)
{
	_free_ char *vms = place_vms(e);
	DIR *dir = vms ? opendir(vms) : NULL;
	char **names = xcalloc(1, sizeof(*names));
	struct dirent *entry;

	*n = 0;
	if (!dir) {
		free(names);
		return NULL;
	}
	while ((entry = readdir(dir))) {
		size_t length = strlen(entry->d_name);

		if (length < 6 || strcmp(entry->d_name + length - 5, ".json"))
			continue;
		names = xrealloc(names, *n + 1, sizeof(*names));
		names[(*n)++] = must(strndup(entry->d_name, length - 5));
	}
	closedir(dir);
	qsort(names, *n, sizeof(*names), compare);
	return names;
}

/* ---- locks ---- */

int
record_lock(const char *name, struct err *e)
{
	_free_ char *folder = record_folder(name, e);
	_free_ char *lock = folder ? path_join(folder, "lock") : NULL;

	return lock ? lock_file(lock, e) : -1;
}

/* Ends the QEMU of a creation that was killed; its record says which. */
static void
end_leftover(const struct record *r)
{
	struct clock *clock = clock_new();
	struct process *p =
	    process_adopt(clock, r->pid, r->start_time, NULL, NULL);

	if (p)
		process_signal(p, SIGKILL);
	process_free(p);
	clock_free(clock);
}

/* Whether what has this name may be taken away: half made, and its maker is
 * gone (its lock is free). */
static int
clear_leftover(const char *name, struct err *e)
{
	_free_ char *folder = record_folder(name, e);
	_free_ char *path = record_path(name, e);
	struct record *r = record_load(name, e);
	bool ready = r && r->ready;
	int lock = -1;

	if (!r && path && access(path, F_OK) == 0)
		return -1; /* it may be a vm's: not ours to take away */
	/* A removal that was killed may have left the record alone. */
	if (!ready && folder && make_folders(folder, 0700, NULL) == 0)
		lock = record_lock(name, NULL);

	if (ready || lock < 0) {
		record_free(r);
		return err_set(e,
		    ready ? "vm %s exists already"
			  : "vm %s is being made by another "
			    "program",
		    name);
	}
	if (r && r->pid)
		end_leftover(r);
	record_free(r);
	close(lock);
	return record_remove(name, e);
}

int
record_reserve(const char *name, struct err *e)
{
	_free_ char *folder = record_folder(name, e);
	_free_ char *path = record_path(name, e);
	bool there;

	if (!folder || !path)
		return -1;
	there = access(folder, F_OK) == 0 || access(path, F_OK) == 0;
	if (there && clear_leftover(name, e) < 0)
		return -1;
	if (mkdir(folder, 0700) < 0)
		return err_errno(e, "cannot make %s", folder);
	return record_lock(name, e);
}
