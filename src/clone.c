/*
 * Cloning: a QEMU with the template's memory, mapped copy-on-write or copied
 * to be shared, takes in the saved state, runs, and is made itself by the
 * fix-ups.
 */

#include "clone.h"
#include "clock.h"
#include "commands.h"
#include "host.h"
#include "memory-file.h"
#include "places.h"
#include "qemu.h"
#include "qmp.h"
#include "record.h"
#include "run.h"
#include "template.h"
#include "vm.h"
#include <fcntl.h>

#define LOAD_MS 60000

struct clone {
	const struct template *t;
	struct record *record;
	char *folder; /* once it is there */
	int lock;
	struct memory_copy copy; /* its own memory, when that is shared */
};

static void
clone_free(void *subject)
{
	struct clone *c = subject;

	close_fd(&c->lock);
	close_fd(&c->copy.from);
	close_fd(&c->copy.to);
	record_free(c->record);
	free(c->folder);
	free(c);
}

/* ---- its name ---- */

/* Paths inside the VM's folder, once that is there. */
static int
fill_paths(struct clone *c, struct err *e)
{
	struct record *r = c->record;

	c->folder = record_folder(r->name, e);
	if (!c->folder)
		return -1;
	r->qmp = path_join(c->folder, "qmp.sock");
	r->qga = path_join(c->folder, "qga.sock");
	r->log = path_join(c->folder, "qemu.log");
	return 0;
}

static void
reserve(struct run *run, void *subject)
{
	struct clone *c = subject;
	struct err e;

	if (template_check_quick(c->t, &e) < 0) {
		run_refuse(run, "%s", e.text);
		return;
	}
	c->lock = record_reserve(c->record->name, &e);
	if (c->lock >= 0 && fill_paths(c, &e) == 0 &&
	    record_save(c->record, &e) == 0)
		return;
	if (c->lock >= 0)
		record_remove(c->record->name, NULL);
	run_refuse(run, "%s", e.text);
}

static void
release(struct run *run, void *subject)
{
	const struct clone *c = subject;
	struct err e;

	if (record_remove(c->record->name, &e) < 0)
		run_refuse(run, "%s", e.text);
}

/* ---- memory to be shared ---- */

static void
make_memory(struct run *run, void *subject)
{
	struct clone *c = subject;
	const struct template *t = c->t;
	struct err e;

	c->copy.from = open(t->memory.path, O_RDONLY | O_CLOEXEC);
	if (c->copy.from < 0)
		err_errno(&e, "%s", t->memory.path);
	else
		c->copy.to = memory_file_new(t->folder, t->memory.size, &e);
	if (c->copy.to < 0)
		run_refuse(run, "%s", e.text);
}

/* Nobody else has it by then: it is gone with its last descriptor. */
static void
drop_memory(struct run *run, void *subject)
{
	struct clone *c = subject;

	close_fd(&c->copy.from);
	close_fd(&c->copy.to);
	c->copy.from = c->copy.to = -1;
}

static enum verdict
copy_some(struct run *run, void *subject)
{
	struct clone *c = subject;
	struct err e;
	int more = memory_copy_next(&c->copy, &e);

	if (more < 0)
		return run_refuse(run,
		    "the template's memory could not be "
		    "copied: %s",
		    e.text);
	if (more)
		return NOT_YET;
	run_note(run, "%llu of %llu MiB copied",
	    (unsigned long long)(c->copy.copied / MIB),
	    (unsigned long long)(c->t->memory.size / MIB));
	return MET;
}

/* While QEMU starts: it does not look at its memory before the state is
 * loaded. */
static void
copy_memory(struct run *run, void *subject)
{
	want_work(run, copy_some);
}

/* ---- QEMU ---- */

/* Which process it is, on disk before it runs. */
static int
remember(void *arg, pid_t pid, uint64_t start_time, struct err *e)
{
	struct clone *c = arg;

	c->record->pid = pid;
	c->record->start_time = start_time;
	return record_save(c->record, e);
}

static void
start_qemu(struct run *run, void *subject)
{
	struct clone *c = subject;
	bool share = c->record->memory_sharing == MEMORY_SHARED;
	_free_ char *memory =
	    share ? memory_file_path(c->copy.to) : xstrdup(c->t->memory.path);

	qemu_start(run,
	    &(struct qemu_start){
		.folder = c->folder,
		.config = &c->t->config,
		.machine = c->t->machine,
		.launch = { .name = c->record->name,
		    .memory = memory,
		    .share = share,
		    .incoming = true },
		.memory = share ? c->copy.to : 0,
		.before = remember,
		.arg = c,
	    });
}

/* The greeting tells the build: a state is only for the one that wrote it. */
static enum verdict
look_build(struct run *run, void *subject)
{
	const struct clone *c = subject;
	const json_t *version, *qemu;
	const char *package;
	_free_ char *number = NULL;

	if (!vm_monitor_ready(run_vm(run)))
		return NOT_YET;
	version = qmp_version(vm_monitor(run_vm(run)));
	qemu = json_object_get(version, "qemu");
	package = json_string_value(json_object_get(version, "package"));
	number = xasprintf("%d.%d.%d",
	    (int)json_integer_value(json_object_get(qemu, "major")),
	    (int)json_integer_value(json_object_get(qemu, "minor")),
	    (int)json_integer_value(json_object_get(qemu, "micro")));
	if (str_eq(number, c->t->qemu_version) &&
	    str_eq(package ? package : "", c->t->qemu_package))
		return MET;
	return run_refuse(run,
	    "refused: template %s was made by QEMU %s (%s), and %s is %s (%s)",
	    c->t->name, c->t->qemu_version, c->t->qemu_package,
	    c->t->config.path, number, package ? package : "");
}

static void
connect_monitor(struct run *run, void *subject)
{
	const struct clone *c = subject;

	qemu_connect_monitor(run, c->folder, look_build);
}

/* ---- the saved state ---- */

static enum verdict
probed_load(struct run *run, void *subject, const json_t *value)
{
	const char *status =
	    json_string_value(json_object_get(value, "status"));
	const char *why =
	    json_string_value(json_object_get(value, "error-desc"));

	if (str_eq(status, "completed"))
		return MET;
	if (str_eq(status, "failed"))
		return run_refuse(run, "QEMU could not load the state: %s",
		    why ? why : status);
	return NOT_YET;
}

static void
load_state(struct run *run, void *subject)
{
	const struct clone *c = subject;
	_free_ char *quoted = shell_quote(c->t->state.path);
	_free_ char *uri = xasprintf("exec:cat %s", quoted);

	want_reply(run, RUN_MONITOR, cmd_migrate_incoming(uri));
	want_until(run,
	    &(struct wait){
		.what = "QEMU to load the state",
		.probe = cmd_query_migrate(),
		.probed = probed_load,
		.timeout_ms = LOAD_MS,
	    });
}

static void
resume(struct run *run, void *subject)
{
	want_reply(run, RUN_MONITOR, cmd_cont());
}

static void
connect_agent(struct run *run, void *subject)
{
	const struct clone *c = subject;

	qemu_connect_agent(run, c->folder, "the guest agent to answer", 0);
}

/* ---- its record ---- */

/* Said to be ready only when it still runs. */
static void
on_running(struct run *run, void *subject, const json_t *value)
{
	struct clone *c = subject;
	struct err e;

	c->record->ready = true;
	if (record_save(c->record, &e) < 0)
		run_refuse(run, "%s", e.text);
}

static void
finish(struct run *run, void *subject)
{
	want_value(run, RUN_MONITOR, cmd_query_status(), on_running);
}

/* How a clone comes by its memory and its QEMU. */
static const struct step begin_private[] = {
	{ "name", reserve, release, .flags = STEP_HOST },
	{ "start QEMU", start_qemu, qemu_kill, .flags = STEP_HOST | STEP_OWNS },
	{ NULL },
};

static const struct step begin_shared[] = {
	{ "name", reserve, release, .flags = STEP_HOST },
	{ "memory file", make_memory, drop_memory, .flags = STEP_HOST },
	{ "start QEMU", start_qemu, qemu_kill, .flags = STEP_HOST | STEP_OWNS },
	{ "copy memory", copy_memory },
	{ NULL },
};

static const struct step *const begin[] = {
	[MEMORY_PRIVATE] = begin_private,
	[MEMORY_SHARED] = begin_shared,
};

static const struct step load[] = {
	{ "monitor", connect_monitor },
	{ "leave memory out", qemu_leave_memory_out },
	{ "load state", load_state },
	{ "resume", resume },
	{ "guest agent", connect_agent },
	{ NULL },
};

static const struct step end[] = {
	{ "record", finish },
	{ NULL },
};

/*
 * What a guest gives up QEMU punches out of the file that its memory is a
 * mapping of, also of a private one: the template's own. It does so without
 * being asked, as the balloon reports free pages.
 */
static int
check_balloon(
    const struct template *t, enum memory_sharing sharing, struct err *e)
{
	if (!t->config.reclaim_guest_freed_memory || sharing == MEMORY_SHARED)
		return 0;
	return err_set(e,
	    "template %s has a balloon (reclaim_guest_freed_memory): what a "
	    "private clone gives back would be taken out of the template's "
	    "memory; clone it with --memory-sharing shared",
	    t->name);
}

struct plan *
clone_plan(const char *name, const struct template *t,
    enum memory_sharing sharing, struct err *e)
{
	struct clone *c;
	struct plan *plan;

	if (place_check_name("vm", name, e) < 0 ||
	    check_balloon(t, sharing, e) < 0)
		return NULL;
	c = xcalloc(1, sizeof(*c));
	c->t = t;
	c->lock = c->copy.from = c->copy.to = -1;
	c->record = record_new(name);
	c->record->template = xstrdup(t->name);
	c->record->memory_sharing = (int)sharing;
	c->record->guest_use = t->guest.use;
	plan = plan_new();
	plan_add(plan, begin[sharing], PLAN_MAKE, c, NULL, NULL, "%s", "");
	plan_add(plan, load, PLAN_MAKE, c, NULL, NULL, "%s", "");
	fixup_plan(plan, name, t);
	plan_add(plan, end, PLAN_MAKE, c, clone_free, NULL, "%s", "");
	return plan;
}
