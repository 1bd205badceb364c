/*
 * The devices of a template: cold-plugged, and the same on the command line
 * of each clone. Their families' own steps are rehearsed on the coming
 * machine; what they would say becomes options.
 */

#include "clock.h"
#include "cold-plug.h"
#include "fit.h"
#include "host.h"
#include "launch.h"
#include "spec-internal.h"
#include "template-config-internal.h"
#include "vm.h"

#define VERSION_BYTES 4096
#define VERSION_MS 5000

/* ---- what all clones may have at the same time ---- */

/* Those of one command whose key has a value that begins so. */
static const struct exclusive {
	const char *command, *key, *prefix, *why;
} exclusives[] = {
	{ "device_add", "driver", "vfio-",
	    "a device of the host belongs to one VM, and its state cannot be "
	    "saved" },
	{ "device_add", "driver", "vhost-",
	    "its backend serves one VM, and its state cannot be saved" },
	{ "getfd", "fdname", "", "a tap belongs to one VM" },
	{ "netdev_add", "type", "tap", "a tap belongs to one VM" },
	{ "netdev_add", "type", "vhost-", "its backend serves one VM" },
	{ "chardev-add", "backend.type", "socket",
	    "who is behind a socket serves one VM" },
	{ "chardev-add", "backend.type", "file",
	    "clones would write over each other's file" },
};

/* What a command must say where its key has this value (or any: NULL). */
static const struct obligation {
	const char *command, *key, *value;
	const char *flag;
	bool wanted;
	const char *why;
} obligations[] = {
	{ "blockdev-add", "driver", NULL, "read-only", true,
	    "read-only: true is wanted: the disk is that of the template and "
	    "of all its clones, and two writers destroy what is on it" },
	{ "object-add", "qom-type", "memory-backend-file", "share", false,
	    "private: true is wanted: the file is that of the template and of "
	    "all its clones, and two writers destroy what is in it" },
};

/* The string at a path of keys. */
static const char *
string_at(const json_t *v, const char *path)
{
	size_t n = strcspn(path, ".");
	_free_ char *key = must(strndup(path, n));

	v = json_object_get(v, key);
	return path[n] ? string_at(v, path + n + 1) : json_string_value(v);
}

#define ADD_LATER                                                             \
	"; a template's devices are those of all its clones: add it to each " \
	"clone instead"

static int
check_obligations(const char *name, const json_t *arguments, struct err *e)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(obligations); i++) {
		const struct obligation *o = &obligations[i];
		const json_t *flag = json_object_get(arguments, o->flag);

		if (!str_eq(name, o->command) ||
		    (o->value &&
			!str_eq(string_at(arguments, o->key), o->value)))
			continue;
		if (json_is_true(flag) != o->wanted)
			return err_set(e, "%s", o->why);
	}
	return 0;
}

int
template_check_shared(const json_t *command, struct err *e)
{
	const char *name = string_at(command, "execute");
	const json_t *arguments = json_object_get(command, "arguments");
	size_t i;

	for (i = 0; i < ARRAY_SIZE(exclusives); i++) {
		const struct exclusive *x = &exclusives[i];
		const char *value;

		if (!str_eq(name, x->command))
			continue;
		value = string_at(arguments, x->key);
		if (value && str_starts(value, x->prefix))
			return err_set(e, "%s" ADD_LATER, x->why);
	}
	return check_obligations(name, arguments, e);
}

/* ---- from a rehearsal to options ---- */

/* A port of PCI Express has no legacy devices: those there stay modern. */
static void
set_legacy(
    const struct template_config *c, const struct actual *a, json_t *arguments)
{
	const struct actual_bus *bus =
	    actual_bus(a, json_string_value(json_object_get(arguments, "bus")));

	if (c->disable_modern && (!bus || bus->type != BUS_PORT) &&
	    launch_is_transitional(string_at(arguments, "driver")))
		json_object_set_new(arguments, "disable-modern", json_true());
}

static int
add_command(struct template_config *c, const struct actual *a,
    const json_t *deed, struct err *e)
{
	const json_t *command = json_object_get(deed, "command");
	const char *name = string_at(command, "execute");
	json_t *arguments = json_object_get(command, "arguments");
	_free_ char *option = NULL, *value = NULL;

	if (!command)
		return 0; /* a wait */
	if (str_eq(string_at(deed, "to"), "agent"))
		return err_set(e, "it needs the guest's agent");
	if (template_check_shared(command, e) < 0)
		return -1;
	if (str_eq(name, "device_add"))
		set_legacy(c, a, arguments);
	if (cold_plug_option(command, &option, &value, e) < 0)
		return -1;
	if (option) {
		template_list_add(&c->device_options, option);
		template_list_add(&c->device_options, value);
	}
	return 0;
}

static int
add_step(struct template_config *c, const struct actual *a,
    const struct plan_step *s, struct err *e)
{
	size_t i;
	json_t *deed;

	if (s->step->flags & STEP_HOST)
		return err_set(e,
		    "it needs the host to be changed (%s)" ADD_LATER,
		    s->step->name);
	json_array_foreach (s->commands, i, deed)
		if (add_command(c, a, deed, e) < 0)
			return -1;
	return 0;
}

/* Every step of the plan, rehearsed on a VM that is not there. */
static int
add_plan(struct template_config *c, struct plan *plan, struct actual *a,
    struct err *e)
{
	struct clock *clock = clock_new_virtual(1);
	struct vm *vm = vm_new(clock, "template");
	int rc = 0;
	size_t i;

	vm_set_actual(vm, a);
	run_rehearse(vm, plan);
	for (i = 0; i < plan_length(plan) && rc == 0; i++) {
		const struct plan_step *s = plan_at(plan, i);

		rc = add_step(c, a, s, e);
		if (rc < 0)
			err_wrap(e, "%s", s->item->label);
	}
	vm_free(vm);
	clock_free(clock);
	return rc;
}

/* ---- what is wanted ---- */

/* Families may look at the version; not known is as old as can be. */
static void
read_version(struct actual *a, const char *qemu)
{
	_free_ char *said =
	    host_ask_program((const char *const[]){ qemu, "--version", NULL },
		VERSION_BYTES, VERSION_MS);

	if (said)
		sscanf(said, "QEMU emulator version %d.%d.%d", &a->major,
		    &a->minor, &a->micro);
}

/* The devices alone, as a VM's spec that says no size. */
static struct spec *
spec_of_devices(const struct template_config *c, struct err *e)
{
	struct spec *spec = xcalloc(1, sizeof(*spec));
	struct decode *d = decode_new(NULL);
	int rc;

	/* For errors: devices[0]. */
	decode_push_key(d, NULL, "devices");
	rc = spec_decode_devices(d, c->devices, spec, e);
	decode_free(d);
	spec->kind = SPEC_VM;
	if (rc == 0)
		return spec;
	spec_free(spec);
	return NULL;
}

int
template_plug_devices(struct template_config *c, struct err *e)
{
	struct request request = { 0 };
	struct fitted fitted = { 0 };
	struct spec *spec;
	struct actual *a;
	struct plan *plan;
	int rc;

	if (!c->devices)
		return 0;
	spec = spec_of_devices(c, e);
	if (!spec)
		return -1;
	request.spec = spec;
	a = launch_actual(c);
	read_version(a, c->path);
	plan = plan_new();
	rc = fit(a, &request, plan, &fitted, e);
	if (rc == 0)
		rc = add_plan(c, plan, a, e);
	else
		actual_free(a);
	if (rc < 0 && e && !str_starts(e->text, "devices["))
		err_wrap(e, "devices");
	plan_free(plan);
	fitted_release(&fitted);
	spec_free(spec);
	return rc;
}
