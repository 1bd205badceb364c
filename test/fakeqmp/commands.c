/*
 * The table of monitor commands, its interpreter, and the commands that are
 * about the VM as a whole.
 */
#include "model.h"

void *
refuse(struct fake *fake, const char *error_class, const char *fmt, ...)
{
	va_list ap;

	fake->refusal_class = error_class;
	va_start(ap, fmt);
	vsnprintf(fake->refusal.text, sizeof(fake->refusal.text), fmt, ap);
	va_end(ap);
	return NULL;
}

const char *
text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

json_int_t
number_of(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

json_t *
nothing(void)
{
	return must(json_object());
}

/* ---- the interpreter ---- */

const struct command *
command_find(const struct command *rows, const char *name)
{
	for (; rows->name; rows++)
		if (str_eq(rows->name, name))
			return rows;
	return NULL;
}

static bool
is_among(const char *const *names, const char *name)
{
	size_t i;

	for (i = 0; i < COMMAND_ARGUMENTS; i++)
		if (str_eq(names[i], name))
			return true;
	return false;
}

/* 0, or -1 after refuse. */
static int
check_arguments(
    struct fake *fake, const struct command *command, const json_t *arguments)
{
	json_t *members = (json_t *)(uintptr_t)arguments; /* only read */
	const char *key;
	json_t *value;
	size_t i;

	for (i = 0; i < COMMAND_ARGUMENTS && command->needs[i]; i++)
		if (!json_object_get(arguments, command->needs[i])) {
			refuse(fake, GENERIC, "Parameter '%s' is missing",
			    command->needs[i]);
			return -1;
		}
	json_object_foreach (members, key, value)
		if (!command->takes_any && !is_among(command->needs, key) &&
		    !is_among(command->takes, key)) {
			refuse(
			    fake, GENERIC, "Parameter '%s' is unexpected", key);
			return -1;
		}
	return 0;
}

json_t *
command_run(
    struct fake *fake, const struct command *rows, const json_t *message)
{
	const char *name = text_of(message, "execute");
	const json_t *arguments = json_object_get(message, "arguments");
	const struct command *command = command_find(rows, name);

	if (!command)
		return refuse(fake, "CommandNotFound",
		    "The command %s has not been found", name);
	if (check_arguments(fake, command, arguments) < 0)
		return NULL;
	return command->fn(fake, arguments);
}

/* ---- the VM as a whole ---- */

static json_t *
query_version(struct fake *fake, const json_t *arguments)
{
	const struct fake_options *o = &fake->options;

	return json_pack("{s:{s:i, s:i, s:i}, s:s}", "qemu", "major",
	    (int)o->major, "minor", (int)o->minor, "micro", (int)o->micro,
	    "package", "fake");
}

static json_t *
query_status(struct fake *fake, const json_t *arguments)
{
	json_t *value = json_pack("{s:s, s:b}", "status", fake->status,
	    "running", (int)fake->is_running);

	if (fake->options.major < 9)
		json_object_set_new(value, "singlestep", json_false());
	return value;
}

static json_t *
query_kvm(struct fake *fake, const json_t *arguments)
{
	return json_pack(
	    "{s:b, s:b}", "enabled", (int)fake->options.is_kvm, "present", 1);
}

static json_t *
query_name(struct fake *fake, const json_t *arguments)
{
	return json_pack("{s:s}", "name", "fake");
}

void
set_running(struct fake *fake, bool is_running, const char *status)
{
	bool was_running = fake->is_running;

	fake->is_running = is_running;
	fake->status = status;
	if (was_running && !is_running)
		emit(fake, "STOP", NULL);
	if (!was_running && is_running)
		emit(fake, "RESUME", NULL);
	if (is_running)
		guest_wake(fake);
	side_update(&fake->sides[FAKE_AGENT]);
}

static json_t *
stop(struct fake *fake, const json_t *arguments)
{
	if (fake->is_running)
		set_running(fake, false, "paused");
	return nothing();
}

static json_t *
cont(struct fake *fake, const json_t *arguments)
{
	if (fake->is_loading)
		fake->was_running = true;
	else
		set_running(fake, true, "running");
	return nothing();
}

static json_t *
system_reset(struct fake *fake, const json_t *arguments)
{
	emit(fake, "RESET",
	    json_pack(
		"{s:b, s:s}", "guest", 0, "reason", "host-qmp-system-reset"));
	guest_reset(fake);
	return nothing();
}

static json_t *
quit(struct fake *fake, const json_t *arguments)
{
	emit(fake, "SHUTDOWN",
	    json_pack("{s:b, s:s}", "guest", 0, "reason", "host-qmp-quit"));
	fake->is_gone = true;
	return nothing();
}

/* ---- the table ---- */

const struct command monitor_commands[] = {
	{ "query-version", query_version },
	{ "query-status", query_status },
	{ "query-kvm", query_kvm },
	{ "query-name", query_name },
	{ "stop", stop },
	{ "cont", cont },
	{ "system_reset", system_reset },
	{ "quit", quit },

	{ "query-cpus-fast", query_cpus_fast },
	{ "query-hotpluggable-cpus", query_hotpluggable_cpus },
	{ "query-memdev", query_memdev },
	{ "query-memory-devices", query_memory_devices },
	{ "query-memory-size-summary", query_memory_size_summary },
	{ "query-acpi-ospm-status", query_acpi_ospm_status },
	{ "query-balloon", query_balloon },
	{ "balloon", balloon, { "value" } },
	{ "query-pci", query_pci },
	{ "device_add", device_add, { "driver" }, .takes_any = true },
	{ "device_del", device_del, { "id" } },
	{ "qom-list", qom_list, { "path" } },
	{ "qom-get", qom_get, { "path", "property" } },
	{ "qom-set", qom_set, { "path", "property", "value" } },
	{ "qom-list-types", qom_list_types,
	    .takes = { "implements", "abstract" } },
	{ "device-list-properties", device_list_properties, { "typename" } },
	{ "query-qmp-schema", query_qmp_schema },

	{ "query-block", query_block },
	{ "query-named-block-nodes", query_named_block_nodes,
	    .takes = { "flat" } },
	{ "blockdev-add", blockdev_add, { "driver" }, .takes_any = true },
	{ "blockdev-del", blockdev_del, { "node-name" } },
	{ "block_resize", block_resize, { "size" }, { "device", "node-name" } },
	{ "query-iothreads", query_iothreads },
	{ "object-add", object_add, { "qom-type", "id" }, .takes_any = true },
	{ "object-del", object_del, { "id" } },
	{ "query-chardev", query_chardev },
	{ "chardev-add", chardev_add, { "id", "backend" } },
	{ "chardev-remove", chardev_remove, { "id" } },
	{ "netdev_add", netdev_add, { "type", "id" }, .takes_any = true },
	{ "netdev_del", netdev_del, { "id" } },
	{ "getfd", getfd, { "fdname" } },
	{ "closefd", closefd, { "fdname" } },
	{ "human-monitor-command", human_monitor_command, { "command-line" },
	    { "cpu-index" } },

	{ "query-migrate", query_migrate },
	{ "query-migrate-capabilities", query_migrate_capabilities },
	{ "migrate-set-capabilities", migrate_set_capabilities,
	    { "capabilities" } },
	{ "migrate", migrate, { "uri" }, { "detach", "resume" } },
	{ "migrate-incoming", migrate_incoming, { "uri" } },
	{ NULL },
};
