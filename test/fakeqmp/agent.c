/*
 * The fake's guest agent: its table of commands, and those that are about
 * the guest as a whole.
 */
#include "model.h"

/* A word of the list of what is disabled? */
static bool
is_disabled(const struct fake *fake, const char *name)
{
	const char *at = fake->guest.disabled;
	size_t n = strlen(name), length;

	for (; at && *at; at += length + (at[length] == ' ')) {
		length = strcspn(at, " ");
		if (length == n && strncmp(at, name, n) == 0)
			return true;
	}
	return false;
}

bool
agent_allows(struct fake *fake, const char *name)
{
	if (!is_disabled(fake, name))
		return true;
	refuse(fake, "CommandNotFound", "Command %s has been disabled", name);
	return false;
}

static json_t *
guest_sync(struct fake *fake, const json_t *arguments)
{
	return json_incref(json_object_get(arguments, "id"));
}

static json_t *
guest_ping(struct fake *fake, const json_t *arguments)
{
	return nothing();
}

static json_t *
guest_info(struct fake *fake, const json_t *arguments)
{
	json_t *list = must(json_array());
	const struct command *row;

	for (row = agent_commands; row->name; row++)
		json_array_append_new(list,
		    json_pack("{s:s, s:b, s:b}", "name", row->name, "enabled",
			!is_disabled(fake, row->name), "success-response", 1));
	return json_pack("{s:o, s:o}", "version",
	    json_sprintf("%u.%u.%u", fake->options.major, fake->options.minor,
		fake->options.micro),
	    "supported_commands", list);
}

static json_t *
guest_set_time(struct fake *fake, const json_t *arguments)
{
	return nothing();
}

/* ---- the table ---- */

const struct command agent_commands[] = {
	{ "guest-sync-delimited", guest_sync, { "id" } },
	{ "guest-sync", guest_sync, { "id" } },
	{ "guest-ping", guest_ping },
	{ "guest-info", guest_info },
	{ "guest-get-vcpus", agent_get_vcpus },
	{ "guest-set-vcpus", agent_set_vcpus, { "vcpus" } },
	{ "guest-get-memory-blocks", agent_get_blocks },
	{ "guest-set-memory-blocks", agent_set_blocks, { "mem-blks" } },
	{ "guest-get-memory-block-info", agent_get_block_info },
	{ "guest-get-disks", agent_get_disks },
	{ "guest-network-get-interfaces", agent_get_interfaces },
	{ "guest-file-open", agent_file_open, { "path" }, { "mode" } },
	{ "guest-file-read", agent_file_read, { "handle" }, { "count" } },
	{ "guest-file-close", agent_file_close, { "handle" } },
	{ "guest-file-seek", agent_file_seek,
	    { "handle", "offset", "whence" } },
	{ "guest-exec", agent_exec, { "path" },
	    { "arg", "env", "input-data", "capture-output" } },
	{ "guest-exec-status", agent_exec_status, { "pid" } },
	{ "guest-set-time", guest_set_time, .takes = { "time" } },
	{ NULL },
};
