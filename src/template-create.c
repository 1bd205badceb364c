/*
 * Making a template: boot a VM with its memory shared in a file, let its
 * guest come up, pause it, save its state beside the memory, and publish both
 * under the template's name by one rename.
 */

#include "actual.h"
#include "clock.h"
#include "commands.h"
#include "host.h"
#include "memory-file.h"
#include "observe.h"
#include "places.h"
#include "qemu.h"
#include "run.h"
#include "script.h"
#include "template.h"
#include "vm.h"
#include <fcntl.h>
#include <sys/stat.h>

struct create {
	struct template *t; /* t->folder: where it is being made */
	char *final; /* where it will be */
	char *lock_path;
	unsigned boot_ms;
	int lock;
	int memory; /* the memory file, while its zeros are punched */
	off_t at;
};

static void
create_free(void *subject)
{
	struct create *c = subject;

	close_fd(&c->lock);
	close_fd(&c->memory);
	template_free(c->t);
	free(c->final);
	free(c->lock_path);
	free(c);
}

/* ---- the folder ---- */

/* A folder of its own; what a creation that was killed left behind goes, and
 * its QEMU died with it. */
static int
make_own_folder(const struct create *c, struct err *e)
{
	if (access(c->final, F_OK) == 0)
		return err_set(e, "template %s exists already", c->t->name);
	if (remove_tree(c->t->folder, e) < 0 ||
	    make_folders(c->t->folder, 0700, e) < 0)
		return -1;
	if (memory_check_room(c->t->folder, c->t->config.default_memory, e) ==
	    0)
		return 0;
	remove_tree(c->t->folder, NULL);
	return -1;
}

static void
make_folder(struct run *run, void *subject)
{
	struct create *c = subject;
	struct err e;

	c->lock = lock_file(c->lock_path, &e);
	if (c->lock < 0 && errno == EWOULDBLOCK) {
		run_refuse(run, "template %s is being made by another program",
		    c->t->name);
	} else if (c->lock < 0) {
		run_refuse(run, "%s", e.text);
	} else if (make_own_folder(c, &e) < 0) {
		unlink(c->lock_path);
		run_refuse(run, "%s", e.text);
	}
}

static void
remove_folder(struct run *run, void *subject)
{
	const struct create *c = subject;
	struct err e;

	if (remove_tree(c->t->folder, &e) < 0)
		run_refuse(run, "%s", e.text);
	unlink(c->lock_path);
}

/* ---- QEMU ---- */

static char *
in_folder(const struct create *c, const char *name)
{
	return path_join(c->t->folder, name);
}

static void
start_qemu(struct run *run, void *subject)
{
	struct create *c = subject;
	_free_ char *memory = in_folder(c, "memory");

	template_config_draw(&c->t->config, run_clock(run));
	qemu_start(run,
	    &(struct qemu_start){
		.folder = c->t->folder,
		.config = &c->t->config,
		.launch = { .name = c->t->name,
		    .memory = memory,
		    .share = true },
		.dies_with_us = true,
	    });
}

static void
connect_monitor(struct run *run, void *subject)
{
	const struct create *c = subject;

	qemu_connect_monitor(run, c->t->folder, NULL);
}

static void
connect_agent(struct run *run, void *subject)
{
	const struct create *c = subject;

	qemu_connect_agent(
	    run, c->t->folder, "the guest agent to answer", c->boot_ms);
}

/* ---- what the guest says of itself ---- */

/* The device, reached through the driver that is bound to it: a platform
 * driver since Linux 6.10, an ACPI one before. */
#define VMGENID "/sys/bus/acpi/devices/QEMUVGID:00/"
#define VMGENID_PLATFORM VMGENID "physical_node/driver/QEMUVGID:00/uevent"
#define VMGENID_ACPI VMGENID "driver/QEMUVGID:00/uevent"

static void
on_vmgenid(struct run *run, void *subject, const json_t *value)
{
	struct create *c = subject;

	c->t->guest.vmgenid |= value != NULL;
	if (json_is_integer(value))
		want_reply(run, RUN_AGENT,
		    cmd_guest_file_close(json_integer_value(value)));
}

/* The observation has just been made: what it told is kept. */
static void
ask_guest(struct run *run, void *subject)
{
	struct create *c = subject;
	const struct actual *a = vm_actual(run_vm(run));
	const struct actual_guest *g = &a->guest;

	if (g->mem_available && g->mem_available < a->memory_boot)
		c->t->guest.use = a->memory_boot - g->mem_available;
	c->t->guest.mem_total = g->mem_total;
	c->t->guest.block_size = g->block_size;
	c->t->guest.agent_version = xstrdup0(g->version);
	c->t->machine = xstrdup0(a->machine);
	c->t->qemu_version =
	    xasprintf("%d.%d.%d", a->major, a->minor, a->micro);
	c->t->qemu_package = xstrdup(a->package ? a->package : "");
	if (!a->machine) {
		run_refuse(run, "QEMU does not say its machine type");
		return;
	}
	want_try(run, RUN_AGENT, cmd_guest_file_open(VMGENID_PLATFORM, "r"),
	    on_vmgenid);
	want_try(
	    run, RUN_AGENT, cmd_guest_file_open(VMGENID_ACPI, "r"), on_vmgenid);
}

/*
 * Memory that the guest has used and freed is not zero, and would be kept by
 * every template. A file of zeros in a tmpfs of its own, nearly as large as
 * what is free, overwrites it; the kernel's reserves are lifted meanwhile.
 */
static const char zero_script[] =
    "cd /proc/sys/vm\n"
    "read -r ratio <lowmem_reserve_ratio\n"
    "read -r least <min_free_kbytes\n"
    "echo 0 0 0 0 >lowmem_reserve_ratio\n"
    "echo 512 >min_free_kbytes\n"
    "echo 3 >drop_caches\n"
    "mkdir -p /run/qmpd-zero || exit 1\n"
    "mount -t tmpfs -o size=100% tmpfs /run/qmpd-zero || exit 1\n"
    "for round in 1 2 3; do\n"
    "  while read -r key value unit; do\n"
    "    [ \"$key\" != MemFree: ] || free=$value\n"
    "  done </proc/meminfo\n"
    "  dd if=/dev/zero of=/run/qmpd-zero/$round bs=65536"
    " count=$(((free - free / 400 - 1024) / 64)) 2>/dev/null\n"
    "done\n"
    "umount /run/qmpd-zero && rmdir /run/qmpd-zero\n"
    "status=$?\n"
    "echo $least >min_free_kbytes\n"
    "echo $ratio >lowmem_reserve_ratio\n"
    "exit $status\n";

static void
zero_free_memory(struct run *run, void *subject)
{
	want_slow_script(run, zero_script, "");
}

/* ---- saving ---- */

static void
let_agent_go(struct run *run, void *subject)
{
	vm_disconnect_agent(run_vm(run));
}

static void
pause_guest(struct run *run, void *subject)
{
	want_reply(run, RUN_MONITOR, cmd_stop());
}

static void
resume_guest(struct run *run, void *subject)
{
	want_reply(run, RUN_MONITOR, cmd_cont());
}

static enum verdict
probed_migrate(struct run *run, void *subject, const json_t *value)
{
	const char *status =
	    json_string_value(json_object_get(value, "status"));
	const char *why =
	    json_string_value(json_object_get(value, "error-desc"));

	if (str_eq(status, "completed"))
		return MET;
	if (str_eq(status, "failed") || str_eq(status, "cancelled"))
		return run_refuse(run, "QEMU could not save the state: %s",
		    why ? why : status);
	return NOT_YET;
}

/* exec: works on every QEMU; file: only from 8.2 on. */
static void
save_state(struct run *run, void *subject)
{
	const struct create *c = subject;
	_free_ char *state = in_folder(c, "state");
	_free_ char *quoted = shell_quote(state);
	_free_ char *uri = xasprintf("exec:cat >%s", quoted);

	want_reply(run, RUN_MONITOR, cmd_migrate(uri));
	want_until(run,
	    &(struct wait){
		.what = "QEMU to save the state",
		.probe = cmd_query_migrate(),
		.probed = probed_migrate,
		.timeout_ms = 60000,
	    });
}

static void
quit(struct run *run, void *subject)
{
	want_reply(run, RUN_MONITOR, cmd_quit());
	qemu_wait_exit(run);
}

/* ---- zero pages ---- */

static enum verdict
punch_some(struct run *run, void *subject)
{
	struct create *c = subject;
	struct err e;
	int more = punch_next(c->memory, &c->at, &e);

	if (more < 0)
		return run_refuse(run, "memory file: %s", e.text);
	return more ? NOT_YET : MET;
}

static void
punch_zeros(struct run *run, void *subject)
{
	struct create *c = subject;
	_free_ char *memory = in_folder(c, "memory");

	c->memory = open(memory, O_RDWR | O_CLOEXEC);
	c->at = 0;
	if (c->memory < 0)
		run_refuse(run, "%s: %s", memory, strerror(errno));
	else
		want_work(run, punch_some);
}

/* ---- the record ---- */

/* What identifies a file of the folder, with the path that it will have. */
static int
read_own_file(struct template_file *f, const struct create *c, const char *name,
    digest_fn *digest, struct err *e)
{
	_free_ char *path = in_folder(c, name);

	if (template_file_read(f, path, digest, e) < 0)
		return -1;
	free(f->path);
	f->path = path_join(c->final, name);
	return 0;
}

static int
describe(struct create *c, struct err *e)
{
	struct template *t = c->t;
	struct stat st;

	if (fstat(c->memory, &st) == 0)
		t->resident = (uint64_t)st.st_blocks * 512;
	if (template_file_read(&t->qemu, t->config.path, NULL, e) < 0 ||
	    template_file_read(&t->kernel, t->config.kernel, file_digest, e) <
		0 ||
	    read_own_file(&t->memory, c, "memory", sparse_digest, e) < 0 ||
	    read_own_file(&t->state, c, "state", file_digest, e) < 0 ||
	    template_files_read(&t->disks, &t->config.device_options, e) < 0)
		return -1;
	if (t->config.image &&
	    template_file_read(&t->image, t->config.image, sparse_digest, e) <
		0)
		return -1;
	return t->config.initrd
	    ? template_file_read(&t->initrd, t->config.initrd, file_digest, e)
	    : 0;
}

static void
write_record(struct run *run, void *subject)
{
	struct create *c = subject;
	struct err e;

	c->t->created = clock_wall(run_clock(run)) / UINT64_C(1000000000);
	if (describe(c, &e) < 0 || template_save(c->t, &e) < 0)
		run_refuse(run, "%s", e.text);
	else
		run_note(run, "%llu of %llu MiB are not zero",
		    (unsigned long long)(c->t->resident / MIB),
		    (unsigned long long)(c->t->memory.size / MIB));
}

static void
publish(struct run *run, void *subject)
{
	struct create *c = subject;

	if (rename(c->t->folder, c->final) < 0)
		run_refuse(run, "%s: %s", c->final, strerror(errno));
	else
		unlink(c->lock_path);
}

static const struct step begin[] = {
	{ "folder", make_folder, remove_folder, .flags = STEP_HOST },
	{ "start QEMU", start_qemu, qemu_kill, .flags = STEP_HOST | STEP_OWNS },
	{ "monitor", connect_monitor },
	{ "boot", connect_agent },
	{ NULL },
};

static const struct step end[] = {
	{ "guest", ask_guest },
	{ "zero free memory", zero_free_memory, .flags = STEP_OPTIONAL },
	{ "let the agent go", let_agent_go },
	{ "pause", pause_guest, resume_guest },
	{ "leave memory out", qemu_leave_memory_out },
	{ "save state", save_state },
	{ "quit", quit, .flags = STEP_QUITS },
	{ "punch zero pages", punch_zeros },
	{ "record", write_record },
	{ "publish", publish },
	{ NULL },
};

static struct create *
create_new(const char *name, const char *templates, unsigned boot_ms)
{
	struct create *c = xcalloc(1, sizeof(*c));

	c->t = template_new(name);
	c->t->folder = template_new_folder(templates, name);
	c->final = path_join(templates, name);
	c->lock_path = xasprintf("%s/.%s.lock", templates, name);
	c->boot_ms = boot_ms ? boot_ms : TEMPLATE_BOOT_MS;
	c->lock = c->memory = -1;
	return c;
}

struct plan *
template_create_plan(const char *name, const struct template_config *config,
    unsigned boot_ms, struct err *e)
{
	_free_ char *templates = NULL;
	struct create *c;
	struct plan *plan;

	if (place_check_name("template", name, e) < 0)
		return NULL;
	templates = place_templates(e);
	if (!templates)
		return NULL;
	c = create_new(name, templates, boot_ms);
	if (template_config_copy(&c->t->config, config, e) < 0) {
		create_free(c);
		return NULL;
	}
	plan = plan_new();
	plan_add(plan, begin, PLAN_MAKE, c, NULL, NULL, "%s", "");
	observe_plan(plan);
	plan_add(plan, end, PLAN_MAKE, c, create_free, NULL, "%s", "");
	return plan;
}
