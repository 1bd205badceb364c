/*
 * What makes a clone itself. Clones of one template wake up with the same
 * clock, the same random numbers to come, the same host name and the same
 * machine id; each of these is mended, and reported, by a row here.
 */

#include "base64.h"
#include "clock.h"
#include "clone.h"
#include "commands.h"
#include "run.h"
#include "script.h"
#include "template.h"
#include "vm.h"

#define SEED_BYTES 64
#define ID_BYTES 16

struct fixup {
	char *name; /* of the VM */
};

static void
fixup_free(void *subject)
{
	struct fixup *f = subject;

	free(f->name);
	free(f);
}

/* ---- the clock ---- */

static void
set_clock(struct run *run, void *subject)
{
	want_reply(
	    run, RUN_AGENT, cmd_guest_set_time(clock_wall(run_clock(run))));
}

/* Random bytes as hexadecimal digits, one line. */
static char *
random_line(struct run *run, size_t bytes)
{
	char *text = xcalloc(2 * bytes + 2, 1);
	uint8_t random[SEED_BYTES];
	size_t i;

	clock_random(run_clock(run), random, bytes);
	for (i = 0; i < bytes; i++)
		snprintf(text + 2 * i, 3, "%02x", random[i]);
	text[2 * bytes] = '\n';
	return text;
}

/* ---- random numbers ---- */

/*
 * RNDRESEEDCRNG (random(4)) makes the kernel use what it was given at once;
 * a write alone is used at its next reseeding, up to a minute later.
 */
static const char reseed_script[] =
    "read -r seed\n"
    "if command -v qmpd-reseed >/dev/null; then\n"
    "  printf %s \"$seed\" | qmpd-reseed || exit 1\n"
    "  echo reseeded through the agent by qmpd-reseed\n"
    "elif command -v perl >/dev/null; then\n"
    "  printf %s \"$seed\" >/dev/urandom || exit 1\n"
    "  perl -e 'open(F,\"+<\",\"/dev/urandom\") or die \"$!\\n\";"
    " ioctl(F,0x5207,0) or die \"RNDRESEEDCRNG: $!\\n\"' || exit 1\n"
    "  echo reseeded through the agent by perl\n"
    "else\n"
    "  printf %s \"$seed\" >/dev/urandom\n"
    "  echo 'seed written, used only at the next reseeding: the guest has"
    " neither qmpd-reseed nor perl' >&2\n"
    "  exit 1\n"
    "fi\n";

static void
reseed(struct run *run, void *subject)
{
	_free_ char *seed = random_line(run, SEED_BYTES);

	want_script(run, reseed_script, seed);
}

/* Every QEMU starts with a new id: the guest's driver reseeds by itself. */
static void
on_generation(struct run *run, void *subject, const json_t *value)
{
	const char *guid = json_string_value(json_object_get(value, "guid"));

	run_note(run, "new VM generation id %s: the guest's kernel reseeds",
	    guid ? guid : "");
}

static void
check_generation(struct run *run, void *subject)
{
	want_value(
	    run, RUN_MONITOR, cmd_query_vm_generation_id(), on_generation);
}

/* ---- names ---- */

/*
 * Written by the agent itself: a program in the guest would be memory that
 * every clone touches. What is not there is not made.
 */
static void
write_text(struct run *run, json_int_t handle, const char *text)
{
	_free_ char *base64 = base64_encode(text, strlen(text));

	want_reply(run, RUN_AGENT, cmd_guest_file_write(handle, base64));
	want_reply(run, RUN_AGENT, cmd_guest_file_close(handle));
}

static void
on_hostname_file(struct run *run, void *subject, const json_t *value)
{
	const struct fixup *f = subject;
	_free_ char *line = xasprintf("%s\n", f->name);

	if (json_is_integer(value))
		write_text(run, json_integer_value(value), line);
	run_note(run, "%s", f->name);
}

/* /etc/hostname (hostname(5)) is for the next boot; guests without one keep
 * their name elsewhere, or nowhere. */
static void
set_hostname(struct run *run, void *subject)
{
	want_value(run, RUN_AGENT,
	    cmd_guest_file_open("/proc/sys/kernel/hostname", "w"),
	    on_hostname_file);
}

static void
on_etc_hostname(struct run *run, void *subject, const json_t *value)
{
	if (!json_is_integer(value))
		return;
	want_reply(
	    run, RUN_AGENT, cmd_guest_file_close(json_integer_value(value)));
	want_value(run, RUN_AGENT, cmd_guest_file_open("/etc/hostname", "w"),
	    on_hostname_file);
}

static void
set_etc_hostname(struct run *run, void *subject)
{
	want_try(run, RUN_AGENT, cmd_guest_file_open("/etc/hostname", "r"),
	    on_etc_hostname);
}

/* machine-id(5): 32 digits and a line end, so "r+" replaces all of it. */
static void
on_machine_id_file(struct run *run, void *subject, const json_t *value)
{
	_free_ char *id = random_line(run, ID_BYTES);

	if (!json_is_integer(value)) {
		run_note(run, "the guest has none");
		return;
	}
	write_text(run, json_integer_value(value), id);
	run_note(run, "%.*s", 2 * ID_BYTES, id);
}

static void
set_machine_id(struct run *run, void *subject)
{
	want_try(run, RUN_AGENT, cmd_guest_file_open("/etc/machine-id", "r+"),
	    on_machine_id_file);
}

/* ---- the list ---- */

static const struct step clock_steps[] = {
	{ "guest clock", set_clock, .flags = STEP_OPTIONAL },
	{ NULL },
};

static const struct step vmgenid_steps[] = {
	{ "random numbers", check_generation, .flags = STEP_OPTIONAL },
	{ NULL },
};

static const struct step reseed_steps[] = {
	{ "random numbers", reseed, .flags = STEP_OPTIONAL },
	{ NULL },
};

static const struct step hostname_steps[] = {
	{ "host name", set_hostname, .flags = STEP_OPTIONAL },
	{ "host name file", set_etc_hostname,
	    .flags = STEP_OPTIONAL | STEP_QUIET },
	{ NULL },
};

static const struct step machine_id_steps[] = {
	{ "machine id", set_machine_id, .flags = STEP_OPTIONAL },
	{ NULL },
};

static void
add(struct plan *plan, const struct step *steps, const char *name)
{
	struct fixup *f = xcalloc(1, sizeof(*f));

	f->name = xstrdup(name);
	plan_add(plan, steps, PLAN_MAKE, f, fixup_free, NULL, "%s", "");
}

void
fixup_plan(struct plan *plan, const char *name, const struct template *t)
{
	/* First what others could tell it apart by: the random numbers. */
	add(plan, t->guest.vmgenid ? vmgenid_steps : reseed_steps, name);
	add(plan, clock_steps, name);
	add(plan, hostname_steps, name);
	add(plan, machine_id_steps, name);
}
