/* Builders of commands: QEMU's names and shapes, and nothing else. */

#include "commands.h"

/* {execute} or {execute, arguments}. */
static json_t *
command(const char *name, json_t *arguments)
{
	return must(
	    json_pack("{s:s, s:o*}", "execute", name, "arguments", arguments));
}

#define QUERY(function, name)               \
	json_t *function(void)              \
	{                                   \
		return command(name, NULL); \
	}

QUERY(cmd_query_status, "query-status")
QUERY(cmd_query_kvm, "query-kvm")
QUERY(cmd_query_accelerators, "query-accelerators")
QUERY(cmd_query_hotpluggable_cpus, "query-hotpluggable-cpus")
QUERY(cmd_query_memdev, "query-memdev")
QUERY(cmd_query_cpus_fast, "query-cpus-fast")
QUERY(cmd_query_memory_devices, "query-memory-devices")
QUERY(cmd_query_memory_size_summary, "query-memory-size-summary")
QUERY(cmd_query_acpi_ospm_status, "query-acpi-ospm-status")
QUERY(cmd_query_block, "query-block")
QUERY(cmd_query_chardev, "query-chardev")
QUERY(cmd_query_qmp_schema, "query-qmp-schema")
QUERY(cmd_query_pci, "query-pci")
QUERY(cmd_query_balloon, "query-balloon")
QUERY(cmd_query_migrate, "query-migrate")
QUERY(cmd_query_vm_generation_id, "query-vm-generation-id")
QUERY(cmd_stop, "stop")
QUERY(cmd_cont, "cont")
QUERY(cmd_quit, "quit")
QUERY(cmd_guest_info, "guest-info")
QUERY(cmd_guest_ping, "guest-ping")
QUERY(cmd_guest_get_vcpus, "guest-get-vcpus")
QUERY(cmd_guest_get_memory_block_info, "guest-get-memory-block-info")
QUERY(cmd_guest_get_memory_blocks, "guest-get-memory-blocks")
QUERY(cmd_guest_get_disks, "guest-get-disks")
QUERY(cmd_guest_network_get_interfaces, "guest-network-get-interfaces")

/* A command with one string argument. */
static json_t *
command_of(const char *name, const char *key, const char *value)
{
	return command(name, must(json_pack("{s:s}", key, value)));
}

json_t *
cmd_query_named_block_nodes(void)
{
	return command(
	    "query-named-block-nodes", must(json_pack("{s:b}", "flat", 1)));
}

json_t *
cmd_qom_list(const char *path)
{
	return command_of("qom-list", "path", path);
}

json_t *
cmd_qom_get(const char *path, const char *property)
{
	return command("qom-get",
	    must(json_pack("{s:s, s:s}", "path", path, "property", property)));
}

json_t *
cmd_qom_set(const char *path, const char *property, json_t *value)
{
	return command("qom-set",
	    must(json_pack("{s:s, s:s, s:o}", "path", path, "property",
		property, "value", value)));
}

json_t *
cmd_balloon(uint64_t size)
{
	return command(
	    "balloon", must(json_pack("{s:I}", "value", (json_int_t)size)));
}

json_t *
cmd_migrate_set_capability(const char *capability, bool on)
{
	return command("migrate-set-capabilities",
	    must(json_pack("{s:[{s:s, s:b}]}", "capabilities", "capability",
		capability, "state", on)));
}

json_t *
cmd_migrate(const char *uri)
{
	return command_of("migrate", "uri", uri);
}

json_t *
cmd_migrate_incoming(const char *uri)
{
	return command_of("migrate-incoming", "uri", uri);
}

json_t *
cmd_info_network(void)
{
	return command_of(
	    "human-monitor-command", "command-line", "info network");
}

json_t *
cmd_blockdev_add(json_t *options)
{
	return command("blockdev-add", options);
}

json_t *
cmd_blockdev_del(const char *node)
{
	return command_of("blockdev-del", "node-name", node);
}

json_t *
cmd_block_resize(const char *node, uint64_t size)
{
	return command("block_resize",
	    must(json_pack(
		"{s:s, s:I}", "node-name", node, "size", (json_int_t)size)));
}

json_t *
cmd_object_add(json_t *options)
{
	return command("object-add", options);
}

json_t *
cmd_object_del(const char *id)
{
	return command_of("object-del", "id", id);
}

json_t *
cmd_device_add(json_t *options)
{
	return command("device_add", options);
}

json_t *
cmd_device_del(const char *id)
{
	return command_of("device_del", "id", id);
}

json_t *
cmd_netdev_add(json_t *options)
{
	return command("netdev_add", options);
}

json_t *
cmd_netdev_del(const char *id)
{
	return command_of("netdev_del", "id", id);
}

json_t *
cmd_chardev_add(const char *id, json_t *backend)
{
	return command("chardev-add",
	    must(json_pack("{s:s, s:o}", "id", id, "backend", backend)));
}

json_t *
cmd_chardev_remove(const char *id)
{
	return command_of("chardev-remove", "id", id);
}

json_t *
cmd_getfd(const char *name)
{
	return command_of("getfd", "fdname", name);
}

json_t *
cmd_closefd(const char *name)
{
	return command_of("closefd", "fdname", name);
}

json_t *
cmd_guest_set_vcpus(json_t *vcpus)
{
	return command(
	    "guest-set-vcpus", must(json_pack("{s:o}", "vcpus", vcpus)));
}

json_t *
cmd_guest_set_memory_blocks(json_t *blocks)
{
	return command("guest-set-memory-blocks",
	    must(json_pack("{s:o}", "mem-blks", blocks)));
}

json_t *
cmd_guest_set_time(uint64_t ns)
{
	return command(
	    "guest-set-time", must(json_pack("{s:I}", "time", (json_int_t)ns)));
}

json_t *
cmd_guest_file_open(const char *path, const char *mode)
{
	return command("guest-file-open",
	    must(json_pack("{s:s, s:s}", "path", path, "mode", mode)));
}

json_t *
cmd_guest_file_write(json_int_t handle, const char *base64)
{
	return command("guest-file-write",
	    must(json_pack("{s:I, s:s}", "handle", handle, "buf-b64", base64)));
}

json_t *
cmd_guest_file_read(json_int_t handle, unsigned bytes)
{
	return command("guest-file-read",
	    must(json_pack(
		"{s:I, s:I}", "handle", handle, "count", (json_int_t)bytes)));
}

json_t *
cmd_guest_file_close(json_int_t handle)
{
	return command(
	    "guest-file-close", must(json_pack("{s:I}", "handle", handle)));
}

json_t *
cmd_guest_file_rewind(json_int_t handle)
{
	return command("guest-file-seek",
	    must(json_pack("{s:I, s:i, s:s}", "handle", handle, "offset", 0,
		"whence", "set")));
}

json_t *
cmd_guest_exec_script(const char *script, const char *input_base64)
{
	return command("guest-exec",
	    must(json_pack("{s:s, s:[s,s], s:s*, s:b}", "path", "/bin/sh",
		"arg", "-c", script, "input-data", input_base64,
		"capture-output", 1)));
}

json_t *
cmd_guest_exec_status(json_int_t pid)
{
	return command(
	    "guest-exec-status", must(json_pack("{s:I}", "pid", pid)));
}
