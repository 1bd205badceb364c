/* The template that everything here is cloned from. */

#include "host.h"
#include "machine.h"
#include "plan.h"
#include "report.h"
#include "template.h"
#include "vm.h"

#define MAXMEMORY (4 * GIB)
#define FILE_MAX (256 * MIB)

/* By hand: a template file's default_maxvcpus ends at the host's CPUs. */
static void
fill_config(const struct bench *b, struct template_config *c)
{
	template_config_init(c);
	c->path = xstrdup(b->qemu);
	c->machine_type = xstrdup("q35");
	c->machine_accelerators = xstrdup("nvdimm=on");
	c->kernel = path_join(b->folder, "vmlinuz");
	c->initrd = path_join(b->folder, "initrd");
	c->kernel_params = xstrdup("console=ttyS0 quiet");
	c->default_maxvcpus = BENCH_MAXVCPUS;
	c->default_maxmemory = MAXMEMORY;
	c->accel = ACCEL_TCG;
}

/* Copies of the guest's files: nobody replaces these in the meantime. */
static int
copy_guest(const struct bench *b, struct err *e)
{
	static const char *const names[] = { "vmlinuz", "initrd" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		_free_ char *from = path_join(b->guest, names[i]);
		_free_ char *to = path_join(b->folder, names[i]);
		size_t n = 0;
		_free_ char *bytes = read_file(from, FILE_MAX, &n, e);

		if (!bytes || write_file(to, bytes, n, e) < 0)
			return -1;
	}
	return 0;
}

static void
report(struct bench *b, double ms)
{
	const struct target none = { 0 }, most = { 0.25, false };
	double size = (double)b->t->memory.size;
	double resident = (double)b->t->resident;

	report_group(b->report, "template");
	report_figure(b->report, "made in", "ms", ms, 0, none);
	report_figure(b->report, "memory", "MiB", size / (double)MIB, 0, none);
	report_figure(b->report, "of it not a hole", "MiB",
	    resident / (double)MIB, resident / size, most);
}

int
bench_template(struct bench *b, struct err *e)
{
	struct timing timing = { 0 };
	struct template_config config;
	struct plan *plan;
	struct vm *vm;
	int rc;

	if (copy_guest(b, e) < 0)
		return -1;
	fill_config(b, &config);
	plan = template_create_plan(BENCH_TEMPLATE, &config, 0, e);
	template_config_release(&config);
	if (!plan)
		return -1;
	vm = vm_new(b->clock, BENCH_TEMPLATE);
	rc = engine_run(b, vm, plan, &timing, e);
	vm_free(vm);
	if (rc == 0)
		b->t = template_load(BENCH_TEMPLATE, e);
	if (!b->t)
		return err_wrap(e, "template");
	report(b, timing.ms);
	return 0;
}
