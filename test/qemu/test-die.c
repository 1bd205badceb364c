/*
 * A real QEMU that is killed after every single step of making a template and
 * of cloning from it: each time one sentence, and nothing left: no process, no
 * folder, no record, no lock.
 *
 *   test-die TEMPLATE.YAML     with QMPD_TEMPLATE_DIR and QMPD_STATE_DIR set
 */

#include "clock.h"
#include "clone.h"
#include "host.h"
#include "record.h"
#include "run.h"
#include "template.h"
#include "vm.h"
#include <dirent.h>
#include <signal.h>

struct trial {
	struct clock *clock;
	struct vm *vm;
	int kill_at; /* the step after which QEMU is killed; -1: never */
	int steps;
	pid_t pid;
	bool done;
	struct run_result result;
};

static int passed, failed;

static void
check(bool good, const char *what, int step, const char *more)
{
	good ? passed++ : failed++;
	if (!good)
		printf(
		    "FAILED: %s, killed after step %d: %s\n", what, step, more);
}

/* QEMU is killed as soon as the step has ended. */
static void
on_step(void *arg, const struct plan_step *step)
{
	struct trial *t = arg;
	struct process *p = vm_process(t->vm);

	if (p)
		t->pid = process_pid(p);
	if (t->steps++ == t->kill_at && p)
		process_signal(p, SIGKILL);
}

static void
on_done(void *arg, struct plan *plan, const struct run_result *result)
{
	struct trial *t = arg;

	t->done = true;
	t->result = *result;
}

static bool
is_done(void *arg)
{
	return ((struct trial *)arg)->done;
}

/* Runs the plan; QEMU dies after the kill_at-th step. */
static struct trial
try_plan(struct clock *clock, struct vm *vm, struct plan *plan, int kill_at)
{
	struct trial t = { .clock = clock, .vm = vm, .kill_at = kill_at };
	struct run_options options = { .on_step = on_step, .arg = &t };
	struct err e;

	if (vm_submit(vm, plan, &options, on_done, &t, &e) == 0)
		clock_run(clock, is_done, &t);
	return t;
}

/* How many entries a folder has, dot files too. */
static int
count_entries(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	int n = 0;

	while (dir && (entry = readdir(dir)))
		n +=
		    !str_eq(entry->d_name, ".") && !str_eq(entry->d_name, "..");
	if (dir)
		closedir(dir);
	return n;
}

static bool
is_running(pid_t pid)
{
	return pid > 0 && kill(pid, 0) == 0;
}

/* The end of a plan whose QEMU died. */
static void
check_nothing_left(const struct trial *t, const char *what, const char *folder)
{
	check(t->result.end == PLAN_FAILED, what, t->kill_at,
	    plan_end_name(t->result.end));
	check(*t->result.error != '\0', what, t->kill_at, "no sentence");
	check(
	    !strchr(t->result.error, '\n'), what, t->kill_at, t->result.error);
	check(!is_running(t->pid), what, t->kill_at, "QEMU is still there");
	check(count_entries(folder) == 0, what, t->kill_at, folder);
}

/* Kills QEMU after step k; false when the plan has no such step, or does not
 * need QEMU any more by then. */
static bool
kill_create(const struct template_config *config, int k, const char *folder)
{
	struct clock *clock = clock_new();
	struct vm *vm = vm_new(clock, "die");
	struct err e;
	struct plan *plan = template_create_plan("die", config, 0, &e);
	struct trial t = try_plan(clock, vm, plan, k);
	bool more = t.result.end != PLAN_DONE;

	if (more)
		check_nothing_left(&t, "template create", folder);
	plan_free(plan);
	vm_free(vm);
	clock_free(clock);
	return more;
}

static bool
kill_clone(const struct template *template, enum memory_sharing sharing, int k,
    const char *folder)
{
	struct clock *clock = clock_new();
	struct vm *vm = vm_new(clock, "die");
	struct err e;
	struct plan *plan = clone_plan("die", template, sharing, &e);
	struct trial t = try_plan(clock, vm, plan, k);
	/* After the last step there is a VM, and it is dead. */
	bool more = t.steps > k + 1;

	if (more)
		check_nothing_left(&t, memory_sharing_names[sharing], folder);
	plan_free(plan);
	vm_free(vm);
	clock_free(clock);
	record_remove("die", NULL);
	return more;
}

/* From the step that starts QEMU to the last. */
static void
kill_clones(const struct template *template, enum memory_sharing sharing,
    const char *folder)
{
	int first = sharing == MEMORY_SHARED ? 2 : 1, k;

	for (k = first; k < 40; k++)
		if (!kill_clone(template, sharing, k, folder))
			break;
	check(k > first + 7, memory_sharing_names[sharing], k, "too few steps");
}

int
main(int argc, char **argv)
{
	struct template_config config;
	struct template *template;
	_free_ char *vms = path_join(getenv("QMPD_STATE_DIR"), "vms");
	struct err e;
	int k, sharing;

	if (argc != 2 || template_config_read(&config, argv[1], &e) < 0) {
		fprintf(stderr, "%s\n", argc == 2 ? e.text : "TEMPLATE.YAML");
		return 2;
	}
	/* From the step that starts QEMU to the one that ends it. */
	for (k = 1; k < 40; k++)
		if (!kill_create(&config, k, getenv("QMPD_TEMPLATE_DIR")))
			break;
	template = template_load("die", &e);
	check(template != NULL, "template create", k, e.text);
	for (sharing = 0; template && memory_sharing_names[sharing]; sharing++)
		kill_clones(template, (enum memory_sharing)sharing, vms);
	template_free(template);
	template_remove("die", true, NULL);
	template_config_release(&config);
	printf("%d passed, %d failed\n", passed, failed);
	return failed != 0;
}
