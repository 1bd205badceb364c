/* QEMU's command line, argument by argument. */

#include "launch-internal.h"

void
args_add_flag(struct args *args, const char *option)
{
	args->v = xrealloc(args->v, args->n + 2, sizeof(*args->v));
	args->v[args->n++] = xstrdup(option);
	args->v[args->n] = NULL;
}

void
args_add(struct args *args, const char *option, const char *fmt, ...)
{
	_free_ char *value = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&value, fmt, ap) < 0)
		value = must(NULL);
	va_end(ap);
	args_add_flag(args, option);
	args_add_flag(args, value);
}

char *
args_escape(const char *text)
{
	char *out = xcalloc(2 * strlen(text) + 1, 1), *p = out;

	for (; *text; text++) {
		if (*text == ',')
			*p++ = ',';
		*p++ = *text;
	}
	return out;
}

/* ",more" after what is there, or nothing. */
static const char *
comma(const char *more)
{
	return more && *more ? "," : "";
}

static const char *
text(const char *more)
{
	return more ? more : "";
}

static void
add_machine(
    struct args *args, const struct template_config *c, const char *machine)
{
	const struct machine *m = args->machine;
	enum machine_side side =
	    c->accel == ACCEL_KVM ? MACHINE_KVM : MACHINE_TCG;

	args_add(args, "-machine", "%s,accel=%s,memory-backend=ram0%s%s%s%s",
	    machine ? machine : c->machine_type,
	    side == MACHINE_KVM ? "kvm" : "tcg", comma(m->options[side]),
	    m->options[side], comma(c->machine_accelerators),
	    text(c->machine_accelerators));
	args_add(args, "-cpu", "%s%s%s",
	    c->cpu_model ? c->cpu_model : m->cpu[side], comma(c->cpu_features),
	    text(c->cpu_features));
	args_add(args, "-smp", "%d,maxcpus=%d,sockets=%d,cores=1,threads=1",
	    (int)c->default_vcpus, (int)c->default_maxvcpus,
	    (int)c->default_maxvcpus);
}

static void
add_memory(struct args *args, const struct template_config *c,
    const struct launch *launch)
{
	_free_ char *path = args_escape(launch->memory);
	unsigned long long size = c->default_memory / KIB;
	unsigned long long max = c->default_maxmemory / KIB;

	if (c->memory_slots > 0 && max > size)
		args_add(args, "-m", "size=%lluk,slots=%d,maxmem=%lluk", size,
		    (int)c->memory_slots, max);
	else if (c->enable_virtio_mem && max > size)
		args_add(args, "-m", "size=%lluk,maxmem=%lluk", size, max);
	else
		args_add(args, "-m", "size=%lluk", size);
	args_add(args, "-object",
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
	static const enum machine_words words[2][2] = {
		{ MACHINE_QUIET, MACHINE_QUIET_SYSTEMD },
		{ MACHINE_DEBUG, MACHINE_DEBUG_SYSTEMD },
	};
	_free_ char *params = machine_kernel_params(args->machine,
	    words[c->enable_debug][c->use_systemd], c->kernel_params);

	args_add(args, "-kernel", "%s", c->kernel);
	if (c->initrd)
		args_add(args, "-initrd", "%s", c->initrd);
	args_add(args, "-append", "%s", params);
}

/* The first serial port. */
static void
add_console(struct args *args, const struct template_config *c,
    const struct launch *launch)
{
	_free_ char *path = args_escape(launch->console);

	if (c->console == CONSOLE_SOCKET)
		args_add(args, "-chardev",
		    "socket,id=console,fd=%d,server=on,wait=off",
		    launch->console_socket);
	else
		args_add(args, "-chardev", "file,id=console,path=%s,append=on",
		    path);
	args_add(args, "-serial", "chardev:console");
}

char **
launch_argv(const struct template_config *c, const char *machine,
    const struct launch *launch)
{
	struct args args = { .machine = machine_find(c->machine_type) };

	must((void *)(uintptr_t)args.machine);
	args.slot = args.machine->first_slot;
	args_add_flag(&args, c->path);
	args_add(&args, "-name", "%s", launch->name);
	args_add_flag(&args, "-nodefaults");
	args_add_flag(&args, "-no-user-config");
	args_add(&args, "-display", "none");
	add_machine(&args, c, machine);
	add_memory(&args, c, launch);
	if (launch->incoming)
		args_add_flag(&args, "-no-reboot");
	else
		add_kernel(&args, c);
	args_add(&args, "-chardev",
	    "socket,id=monitor,fd=%d,server=on,wait=off", launch->monitor);
	args_add(&args, "-mon", "chardev=monitor,mode=control");
	launch_devices(&args, c, launch);
	add_console(&args, c, launch);
	if (launch->incoming) {
		args_add_flag(&args, "-S");
		args_add(&args, "-incoming", "defer");
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
