/* QEMU's command line, against files of it: test/data/argv. */
#include "actual.h"
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
	.bridge_mem_reserve = 4 * MIB,
	.accel = ACCEL_TCG,
};

static const struct launch template_launch = {
	.name = "web",
	.memory = "/dev/shm/web/memory",
	.share = true,
	.monitor = 5,
	.agent = 6,
	.console = "/run/web/console.log",
	.console_socket = 7,
	.ports = { 8, 9 },
};

static struct template_volume volumes[] = {
	{ (char[]){ "share" }, (char[]){ "/srv/a,b" }, false },
	{ (char[]){ "tools" }, (char[]){ "/usr/share" }, true },
};
static char *ports[] = { (char[]){ "org.example.0" }, (char[]){ "two" } };
static char *options[] = { (char[]){ "-blockdev" },
	(char[]){ "raw,node-name=qmpd.d.data,read-only=on" },
	(char[]){ "-device" },
	(char[]){ "virtio-blk-pci,id=data,drive=qmpd.d.data,"
		  "bus=pci-bridge-0,addr=1" } };

/* All that can be said of a machine at once. */
static struct template_config
with_everything(void)
{
	static char accelerators[] = "dump-guest-core=off";
	static char features[] = "pmu=off", image[] = "/srv/os,1.img";
	static char id[] = "0123456789abcdef";
	struct template_config c = base;

	c.pcie_root_port = 1;
	c.machine_accelerators = accelerators;
	c.cpu_features = features;
	c.image = image;
	c.image_id = id;
	c.console = CONSOLE_SOCKET;
	c.bridge_mem_reserve = 16 * MIB;
	c.bridge_pref64_reserve = 64 * MIB;
	c.port_mem_reserve = 8 * MIB;
	c.port_pref64_reserve = 32 * GIB;
	c.volumes = (struct template_volumes){ volumes, 2 };
	c.serial_ports = (struct template_list){ ports, 2 };
	c.device_options = (struct template_list){ options, 4 };
	return c;
}

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

/* virtio-mem needs room and no slots; the balloon stands behind the agent's
 * controller. */
static void
memory_that_comes_and_goes(void **state)
{
	struct template_config c = base;
	struct launch launch = template_launch;

	c.memory_slots = 0;
	c.enable_virtio_mem = true;
	c.reclaim_guest_freed_memory = true;
	expect("virtio-mem", &c, NULL, &launch);
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
everything_on_q35(void **state)
{
	struct template_config c = with_everything();

	c.enable_debug = true;
	expect("q35-all", &c, NULL, &template_launch);
}

/* What a clone does not have is its kernel; all else is the same. */
static void
a_clone_with_everything(void **state)
{
	struct template_config c = with_everything();
	struct launch launch = template_launch;

	launch.share = false;
	launch.incoming = true;
	expect("q35-all-clone", &c, "pc-q35-7.2", &launch);
}

/* In a VM, by KVM: virtio devices are as before virtio 1.0. */
static void
everything_on_pc_in_a_vm(void **state)
{
	struct template_config c = with_everything();

	c.machine_type = (char[]){ "pc-i440fx-7.2" };
	c.accel = ACCEL_KVM;
	c.disable_modern = true;
	c.pcie_root_port = 0;
	c.use_systemd = true;
	expect("pc-all", &c, NULL, &template_launch);
}

static struct template_config
of_virt(struct template_config c)
{
	static char qemu[] = "/usr/bin/qemu-system-aarch64";
	static char type[] = "virt", kernel[] = "/boot/Image";

	c.path = qemu;
	c.machine_type = type;
	c.kernel = kernel;
	c.kernel_params = NULL;
	c.default_maxvcpus = 1;
	c.memory_slots = 0;
	return c;
}

static void
a_virt(void **state)
{
	struct template_config c = of_virt(base);

	c.default_bridges = 0;
	c.pcie_root_port = 4;
	expect("virt", &c, NULL, &template_launch);
}

static void
everything_on_virt(void **state)
{
	struct template_config c = of_virt(with_everything());

	c.machine_type = (char[]){ "virt-7.2" };
	c.accel = ACCEL_KVM;
	c.enable_debug = c.use_systemd = true;
	expect("virt-all", &c, NULL, &template_launch);
}

/* ---- the machine that it makes ---- */

static void
the_coming_machine_has_its_buses(void **state)
{
	struct template_config c = with_everything();
	struct actual *a = launch_actual(&c);

	assert_int_equal(a->buses_n, 3);
	assert_string_equal(a->buses[0].id, "pcie.0");
	assert_false(a->buses[0].hotplug);
	/* Bridge, port, serial ports, image and two volumes, from slot 2. */
	assert_int_equal(a->buses[0].used, 0xfc);
	assert_string_equal(a->buses[1].id, "pci-bridge-0");
	assert_int_equal(a->buses[1].type, BUS_BRIDGE);
	/* What is plugged already has its slot. */
	assert_int_equal(a->buses[1].used, 2);
	assert_string_equal(a->buses[2].id, "root-port-0");
	assert_int_equal(a->buses[2].type, BUS_PORT);
	assert_int_equal(a->buses[2].last, 0);
	assert_non_null(actual_device(a, "image"));
	assert_non_null(actual_device(a, "volume-share"));
	assert_string_equal(actual_device(a, "data")->bus, "pci-bridge-0");
	assert_int_equal(a->vcpus_max, 4);
	assert_int_equal(a->memory_boot, 256 * MIB);
	assert_false(a->takes_nvdimms);
	actual_free(a);
	c.machine_accelerators = (char[]){ "dump-guest-core=off,nvdimm=on" };
	a = launch_actual(&c);
	assert_true(a->takes_nvdimms);
	actual_free(a);
}

static void
a_root_bus_has_an_end(void **state)
{
	static struct template_volume many[8];
	struct template_config c = base;
	struct err e = { "" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(many); i++)
		many[i] = volumes[0];
	c.default_bridges = 5;
	c.pcie_root_port = 16;
	c.volumes = (struct template_volumes){ many, 7 };
	assert_ok(launch_check(&c, &e), &e);
	c.volumes.n = 8;
	assert_int_equal(launch_check(&c, &e), -1);
	assert_string_equal(e.text,
	    "default_bridges, pcie_root_port and volumes: the root bus has "
	    "room for 29 of them, the image and the agent's port; 1 more are "
	    "wanted");
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
		cmocka_unit_test(memory_that_comes_and_goes),
		cmocka_unit_test(commas_in_paths),
		cmocka_unit_test(many_ports_are_counted_in_hex),
		cmocka_unit_test(everything_on_q35),
		cmocka_unit_test(a_clone_with_everything),
		cmocka_unit_test(everything_on_pc_in_a_vm),
		cmocka_unit_test(a_virt),
		cmocka_unit_test(everything_on_virt),
		cmocka_unit_test(the_coming_machine_has_its_buses),
		cmocka_unit_test(a_root_bus_has_an_end),
		cmocka_unit_test(nothing_is_freed_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
