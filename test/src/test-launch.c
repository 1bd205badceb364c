/* QEMU's command line, against files of it: test/data/argv. */
#include "check.h"
#include "host.h"
#include "launch.h"

#define FOLDER SRCDIR "/test/data/argv/"

static const struct template_config base = {
	.path = (char[]){ "/usr/bin/qemu-system-x86_64" },
	.machine_type = (char[]){ "q35" },
	.kernel = (char[]){ "/boot/vmlinuz" },
	.initrd = (char[]){ "/boot/initrd" },
	.kernel_params = (char[]){ "console=ttyS0 quiet" },
	.default_vcpus = 1,
	.default_maxvcpus = 4,
	.default_memory = 256 * MIB,
	.default_maxmemory = 8 * GIB,
	.memory_slots = 10,
	.default_bridges = 1,
	.accel = ACCEL_TCG,
};

static const struct launch template_launch = {
	.name = "web",
	.memory = "/dev/shm/web/memory",
	.share = true,
	.monitor = 5,
	.agent = 6,
	.console = "/run/web/console.log",
};

/* One argument a line. */
static char *
lines(char **argv)
{
	char *text = xstrdup("");

	for (; *argv; argv++) {
		char *longer = xasprintf("%s%s\n", text, *argv);

		free(text);
		text = longer;
	}
	return text;
}

static void
expect(const char *file, const struct template_config *c, const char *machine,
    const struct launch *launch)
{
	_free_ char *path = xasprintf(FOLDER "%s.txt", file);
	struct err e = { "" };
	_free_ char *wanted = read_file(path, MIB, NULL, &e);
	char **argv = launch_argv(c, machine, launch);
	_free_ char *got = lines(argv);

	launch_free(argv);
	if (!wanted)
		fail_msg("%s\n%s", e.text, got);
	assert_string_equal(got, wanted);
}

/* The template itself: its memory is written to the file. */
static void
a_q35_template(void **state)
{
	struct template_config c = base;

	c.pcie_root_port = 2;
	c.default_bridges = 2;
	expect("q35", &c, NULL, &template_launch);
}

/* Its clone: copy-on-write, of the machine that the template was. */
static void
a_q35_clone(void **state)
{
	struct launch launch = template_launch;

	launch.share = false;
	launch.incoming = true;
	expect("q35-clone", &base, "pc-q35-7.2", &launch);
}

static void
a_pc_by_kvm(void **state)
{
	struct template_config c = base;

	c.machine_type = (char[]){ "pc" };
	c.accel = ACCEL_KVM;
	c.initrd = c.kernel_params = NULL;
	expect("pc", &c, NULL, &template_launch);
}

/* No slots, or no room: QEMU refuses one without the other. */
static void
memory_that_does_not_grow(void **state)
{
	struct template_config c = base;
	struct launch launch = template_launch;

	c.memory_slots = 0;
	c.default_bridges = 0;
	c.cpu_model = (char[]){ "Nehalem,-vmx" };
	expect("fixed", &c, NULL, &launch);
	c.memory_slots = 10;
	c.default_maxmemory = c.default_memory;
	expect("fixed", &c, NULL, &launch);
}

/* Inside an option a comma is doubled; where the value is the option's own
 * (-kernel, -append) it is not. */
static void
commas_in_paths(void **state)
{
	struct template_config c = base;
	struct launch launch = template_launch;

	c.kernel = (char[]){ "/boot/a,b/vmlinuz" };
	c.initrd = (char[]){ "/boot/a,b/initrd" };
	c.kernel_params = (char[]){ "console=ttyS0,115200 root=/dev/vda,x" };
	launch.memory = "/dev/shm/a,b,,c/memory";
	launch.console = ",/console.log,";
	expect("commas", &c, NULL, &launch);
}

static void
many_ports_are_counted_in_hex(void **state)
{
	struct template_config c = base;

	c.default_bridges = 5;
	c.pcie_root_port = 16;
	expect("ports", &c, "pc-q35-10.0", &template_launch);
}

static void
nothing_is_freed_twice(void **state)
{
	launch_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_q35_template),
		cmocka_unit_test(a_q35_clone),
		cmocka_unit_test(a_pc_by_kvm),
		cmocka_unit_test(memory_that_does_not_grow),
		cmocka_unit_test(commas_in_paths),
		cmocka_unit_test(many_ports_are_counted_in_hex),
		cmocka_unit_test(nothing_is_freed_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
