/*
 * Every QMP and guest-agent command that qmpd sends, by small builders: the
 * only place where their names stand. Each returns {execute, arguments?} for
 * qmp_call, owned by the caller; json_t arguments are taken over.
 */
#ifndef COMMANDS_H
#define COMMANDS_H

#include "base.h"
#include <jansson.h>

/* Queries without arguments (QEMU qapi/misc.json, machine.json, …). */
json_t *cmd_query_status(void);
json_t *cmd_query_kvm(void);
json_t *cmd_query_accelerators(void);
json_t *cmd_query_hotpluggable_cpus(void);
json_t *cmd_query_memdev(void);
json_t *cmd_query_cpus_fast(void);
json_t *cmd_query_memory_devices(void);
json_t *cmd_query_memory_size_summary(void);
json_t *cmd_query_acpi_ospm_status(void);
json_t *cmd_query_block(void);
json_t *cmd_query_named_block_nodes(void);
json_t *cmd_query_chardev(void);
json_t *cmd_query_pci(void);
json_t *cmd_query_qmp_schema(void);
json_t *cmd_query_balloon(void);
json_t *cmd_query_migrate(void);
json_t *cmd_query_vm_generation_id(void);
json_t *cmd_qom_list(const char *path);
json_t *cmd_qom_get(const char *path, const char *property);
json_t *cmd_qom_set(const char *path, const char *property, json_t *value);
/* No QMP command lists network backends. */
json_t *cmd_info_network(void);
/* The size that the guest is to have left, of boot memory and DIMMs. */
json_t *cmd_balloon(uint64_t size);

/* The VM's life. */
json_t *cmd_stop(void);
json_t *cmd_cont(void);
json_t *cmd_quit(void);
json_t *cmd_migrate_set_capability(const char *capability, bool on);
json_t *cmd_migrate(const char *uri);
json_t *cmd_migrate_incoming(const char *uri);

/* Objects and devices. */
json_t *cmd_blockdev_add(json_t *options);
json_t *cmd_blockdev_del(const char *node);
json_t *cmd_block_resize(const char *node, uint64_t size);
json_t *cmd_object_add(json_t *options);
json_t *cmd_object_del(const char *id);
json_t *cmd_device_add(json_t *options);
json_t *cmd_device_del(const char *id);
json_t *cmd_netdev_add(json_t *options);
json_t *cmd_netdev_del(const char *id);
json_t *cmd_chardev_add(const char *id, json_t *backend);
json_t *cmd_chardev_remove(const char *id);
/* For want_reply_fd. */
json_t *cmd_getfd(const char *name);
json_t *cmd_closefd(const char *name);

/* The guest agent (QEMU qga/qapi-schema.json). */
json_t *cmd_guest_info(void);
json_t *cmd_guest_ping(void);
json_t *cmd_guest_get_vcpus(void);
json_t *cmd_guest_set_vcpus(json_t *vcpus);
json_t *cmd_guest_get_memory_block_info(void);
json_t *cmd_guest_get_memory_blocks(void);
json_t *cmd_guest_set_memory_blocks(json_t *blocks);
json_t *cmd_guest_get_disks(void);
json_t *cmd_guest_network_get_interfaces(void);
json_t *cmd_guest_set_time(uint64_t ns);
/* mode as in fopen(3). */
json_t *cmd_guest_file_open(const char *path, const char *mode);
json_t *cmd_guest_file_write(json_int_t handle, const char *base64);
json_t *cmd_guest_file_read(json_int_t handle, unsigned bytes);
json_t *cmd_guest_file_close(json_int_t handle);
/* Back to its first byte. */
json_t *cmd_guest_file_rewind(json_int_t handle);
/* script runs as /bin/sh -c; input, not NULL, is its standard input. */
json_t *cmd_guest_exec_script(const char *script, const char *input_base64);
json_t *cmd_guest_exec_status(json_int_t pid);

#endif
