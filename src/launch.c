/* QEMU's command line, argument by argument. */

#include "launch.h"

struct args {
	char **v;
	size_t n;
};

/* One option and its value. */
PRINTF(3, 4)
static void
add(struct args *args, const char *option, const char *fmt, ...)
{
	char *value = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&value, fmt, ap) < 0)
		value = must(NULL);
	va_end(ap);
	args->v = xrealloc(args->v, args->n + 3, sizeof(*args->v));
	args->v[args->n++] = xstrdup(option);
	args->v[args->n++] = value;
	args->v[args->n] = NULL;
}

/* An option without a value. */
static void
add_flag(struct args *args, const char *option)
{
	args->v = xrealloc(args->v, args->n + 2, sizeof(*args->v));
	args->v[args->n++] = xstrdup(option);
	args->v[args->n] = NULL;
}

/* A path inside an option's value: QEMU's parser doubles commas. */
static char *
escape(const char *text)
{
	char *out = xcalloc(2 * strlen(text) + 1, 1), *p = out;

	for (; *text; text++) {
		if (*text == ',')
			*p++ = ',';
		*p++ = *text;
	}
	return out;
}

static bool
is_q35(const struct template_config *c)
{
	return !str_starts(c->machine_type, "pc") ||
	    str_starts(c->machine_type, "pc-q35");
}

static void
add_machine(
    struct args *args, const struct template_config *c, const char *machine)
{
	const char *cpu = c->accel == ACCEL_KVM ? "host" : "max";

	add(args, "-machine", "%s,accel=%s,memory-backend=ram0",
	    machine ? machine : c->machine_type,
	    c->accel == ACCEL_KVM ? "kvm" : "tcg");
	add(args, "-cpu", "%s", c->cpu_model ? c->cpu_model : cpu);
	add(args, "-smp", "%d,maxcpus=%d,sockets=%d,cores=1,threads=1",
	    (int)c->default_vcpus, (int)c->default_maxvcpus,
	    (int)c->default_maxvcpus);
}

static void
add_memory(struct args *args, const struct template_config *c,
    const struct launch *launch)
{
	_free_ char *path = escape(launch->memory);
	unsigned long long size = c->default_memory / KIB;
	unsigned long long max = c->default_maxmemory / KIB;

	if (c->memory_slots > 0 && max > size)
		add(args, "-m", "size=%lluk,slots=%d,maxmem=%lluk", size,
		    (int)c->memory_slots, max);
	else
		add(args, "-m", "size=%lluk", size);
	add(args, "-object",
	    "memory-backend-file,id=ram0,mem-path=%s,size=%lluk,share=%s", path,
	    size, launch->share ? "on" : "off");
}

/*
 * A clone's kernel has been booted and is in its memory: QEMU's own copy of
 * the image would cost each clone that much more. So a clone cannot boot anew;
 * a guest that tries ends its QEMU.
 */
static void
add_kernel(struct args *args, const struct template_config *c)
{
	add(args, "-kernel", "%s", c->kernel);
	if (c->initrd)
		add(args, "-initrd", "%s", c->initrd);
	add(args, "-append", "%s", c->kernel_params ? c->kernel_params : "");
}

/*
 * Bridges and ports; the first slots of the root bus are theirs. ACPI does the
 * hotplug, so the bridges need no SHPC; without one SeaBIOS gives an empty
 * bridge no memory window unless it is told what to reserve.
 */
static void
add_buses(struct args *args, const struct template_config *c, const char *root,
    int *slot)
{
	int i;

	for (i = 0; i < c->default_bridges; i++)
		add(args, "-device",
		    "pci-bridge,id=" LAUNCH_BRIDGE
		    ",bus=%s,addr=%x,chassis_nr=%d,shpc=off,mem-reserve=4M",
		    i, root, (unsigned)(*slot)++, i + 1);
	for (i = 0; i < c->pcie_root_port; i++)
		add(args, "-device",
		    "pcie-root-port,id=" LAUNCH_PORT
		    ",bus=%s,addr=%x,chassis=%d,slot=%d",
		    i, root, (unsigned)(*slot)++, 100 + i, i);
}

/* The guest's agent, its console, and what tells it that it was cloned. */
static void
add_devices(struct args *args, const struct template_config *c,
    const struct launch *launch)
{
	const char *root = is_q35(c) ? "pcie.0" : "pci.0";
	_free_ char *console = escape(launch->console);
	int slot = 2;

	add_buses(args, c, root, &slot);
	add(args, "-device", "virtio-serial-pci,id=serial0,bus=%s,addr=%x",
	    root, (unsigned)slot);
	add(args, "-chardev", "socket,id=agent,fd=%d,server=on,wait=off",
	    launch->agent);
	add(args, "-device",
	    "virtserialport,bus=serial0.0,chardev=agent,name=" LAUNCH_AGENT);
	add(args, "-device", "vmgenid,guid=auto");
	add(args, "-chardev", "file,id=console,path=%s,append=on", console);
	add(args, "-serial", "chardev:console");
}

char **
launch_argv(const struct template_config *c, const char *machine,
    const struct launch *launch)
{
	struct args args = { 0 };

	add_flag(&args, c->path);
	add(&args, "-name", "%s", launch->name);
	add_flag(&args, "-nodefaults");
	add_flag(&args, "-no-user-config");
	add(&args, "-display", "none");
	add_machine(&args, c, machine);
	add_memory(&args, c, launch);
	if (launch->incoming)
		add_flag(&args, "-no-reboot");
	else
		add_kernel(&args, c);
	add(&args, "-chardev", "socket,id=monitor,fd=%d,server=on,wait=off",
	    launch->monitor);
	add(&args, "-mon", "chardev=monitor,mode=control");
	add_devices(&args, c, launch);
	if (launch->incoming) {
		add_flag(&args, "-S");
		add(&args, "-incoming", "defer");
	}
	return args.v;
}

void
launch_free(char **argv)
{
	size_t i;

	for (i = 0; argv && argv[i]; i++)
		free(argv[i]);
	free(argv);
}
