/*
 * The fake's migrations: a template's state out, a clone's state in.
 */
#include "model.h"

#define MIGRATE_US 20000

static const char *const names[] = { "xbzrle", "auto-converge", "events",
	"postcopy-ram", "release-ram", "return-path", "pause-before-switchover",
	"multifd", "x-ignore-shared", "validate-uuid", "mapped-ram", NULL };

static const char *const schemes[] = {
	"exec:", "fd:", "unix:", "tcp:", "file:", NULL
};

static bool
has_capability(const struct fake *fake, const char *name)
{
	return json_is_true(json_object_get(fake->capabilities, name));
}

static void
set_migration(struct fake *fake, const char *status)
{
	fake->migration = status;
	if (has_capability(fake, "events"))
		emit(fake, "MIGRATION", json_pack("{s:s}", "status", status));
}

static void
saved(struct fake *fake)
{
	set_running(fake, false, "postmigrate");
	set_migration(fake, "completed");
}

static void
loaded(struct fake *fake)
{
	fake->is_loading = false;
	set_migration(fake, "completed");
	set_running(
	    fake, fake->was_running, fake->was_running ? "running" : "paused");
}

static void
on_migrated(void *arg)
{
	struct fake *fake = arg;

	free(fake->migration_error);
	fake->migration_error = TAKE(fake->next_migration_error);
	if (fake->migration_error)
		set_migration(fake, "failed");
	else if (fake->is_loading)
		loaded(fake);
	else
		saved(fake);
}

void
migrate_init(struct fake *fake)
{
	size_t i;

	fake->capabilities = must(json_object());
	for (i = 0; names[i]; i++)
		if (!str_eq(names[i], "mapped-ram") || fake->options.major >= 9)
			json_object_set_new(
			    fake->capabilities, names[i], json_false());
	fake->migrate_timer = timer_new(fake->clock, on_migrated, fake);
}

/* ---- commands ---- */

/* 0, or -1 after refuse. 7.2 knows no file:. */
static int
check_uri(struct fake *fake, const char *uri)
{
	size_t i;

	for (i = 0; uri && schemes[i]; i++)
		if (str_starts(uri, schemes[i]) &&
		    (fake->options.major > 7 || !str_eq(schemes[i], "file:")))
			return 0;
	refuse(fake, GENERIC,
	    "Parameter 'uri' expects a valid migration protocol");
	return -1;
}

static bool
is_migrating(const struct fake *fake)
{
	return str_eq(fake->migration, "setup");
}

static json_t *
start(struct fake *fake)
{
	set_migration(fake, "setup");
	timer_start(fake->migrate_timer, MIGRATE_US);
	return nothing();
}

json_t *
migrate(struct fake *fake, const json_t *arguments)
{
	if (check_uri(fake, text_of(arguments, "uri")) < 0)
		return NULL;
	if (is_migrating(fake))
		return refuse(
		    fake, GENERIC, "There's a migration process in progress");
	if (fake->is_loading)
		return refuse(fake, GENERIC,
		    "Guest is waiting for an incoming "
		    "migration");
	return start(fake);
}

json_t *
migrate_incoming(struct fake *fake, const json_t *arguments)
{
	if (!fake->options.is_incoming)
		return refuse(fake, GENERIC,
		    "'-incoming' was not specified on the command line");
	if (!fake->is_loading || is_migrating(fake))
		return refuse(fake, GENERIC,
		    "The incoming migration has already been started");
	if (check_uri(fake, text_of(arguments, "uri")) < 0)
		return NULL;
	return start(fake);
}

json_t *
query_migrate(struct fake *fake, const json_t *arguments)
{
	return json_pack("{s:s*, s:s*}", "status", fake->migration,
	    "error-desc", fake->migration_error);
}

json_t *
migrate_set_capabilities(struct fake *fake, const json_t *arguments)
{
	const json_t *list = json_object_get(arguments, "capabilities");
	json_t *entry;
	size_t i;

	json_array_foreach (list, i, entry) {
		const char *name = text_of(entry, "capability");

		if (!json_object_get(fake->capabilities, name))
			return refuse(fake, GENERIC,
			    "Parameter 'capability' does not accept value '%s'",
			    name);
		json_object_set(
		    fake->capabilities, name, json_object_get(entry, "state"));
	}
	return nothing();
}

json_t *
query_migrate_capabilities(struct fake *fake, const json_t *arguments)
{
	json_t *list = must(json_array()), *state;
	const char *name;

	json_object_foreach (fake->capabilities, name, state)
		json_array_append_new(list,
		    json_pack(
			"{s:s, s:O}", "capability", name, "state", state));
	return list;
}

void
fake_fail_migration(struct fake *fake, const char *text)
{
	free(fake->next_migration_error);
	fake->next_migration_error = xstrdup(text);
}
