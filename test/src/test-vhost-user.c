/* The vhost-user families: parameters, sockets, and what is said to QEMU. */
#include "fitting.h"
#include "host.h"
#include "scratch.h"
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

static int listener = -1;

static int
set_up(void **state)
{
	struct err e;
	int rc = scratch_setup(state);

	listener = listen_unix(scratch_path("s"), &e);
	return listener < 0 ? -1 : rc;
}

static int
tear_down(void **state)
{
	close(listener);
	return scratch_teardown(state);
}

/* A VM whose memory others can map; "7.2/q35" has two vCPUs of four. */
static void
read_shared(struct fitting *f, const char *recording)
{
	json_t *memdevs, *v;
	size_t i;

	fitting_read(f, recording);
	memdevs = replies_value(&f->r, "query-memdev");
	json_array_foreach (memdevs, i, v)
		json_object_set_new(v, "share", json_true());
}

/* device add TYPE ID JSON, the socket being in the test's folder. */
static int
add_as(struct fitting *f, const char *id, const char *type, const char *json)
{
	json_auto_t *params = json_of(json);
	struct request request = {
		.add_type = type, .add_id = id, .add_params = params
	};
	const char *name = json_string_value(json_object_get(params, "socket"));

	if (name && *name != '/')
		json_object_set_new(
		    params, "socket", json_string(scratch_path(name)));
	return fitting_fit(f, &request);
}

/* Its disk has the id "data". */
static int
add(struct fitting *f, const char *type, const char *json)
{
	return add_as(f, "new", type, json);
}

/* ---- what is said to QEMU ---- */

static void
expect_added(const char *recording, const char *type, const char *json,
    const char *rehearsal)
{
	struct fitting f;

	read_shared(&f, recording);
	assert_ok(add(&f, type, json), &f.e);
	expect_rehearsal(&f, rehearsal);
	fitting_free(&f);
}

static void
a_disk_has_a_queue_for_each_vcpu_that_may_be(void **state)
{
	expect_added("7.2/q35", "vhost-user-blk", "{'socket': 's'}",
	    "vhost-user disk new: character device\n"
	    "  chardev-add {'backend': {'data': {'addr': {'data': {'path': "
	    "'s'}, 'type': 'unix'}, 'server': false}, 'type': 'socket'}, 'id': "
	    "'qmpd.B.new'}\n"
	    "vhost-user disk new: device\n"
	    "  device_add {'addr': '2', 'bus': 'pci-bridge-0', 'chardev': "
	    "'qmpd.B.new', 'driver': 'vhost-user-blk-pci', 'id': 'new', "
	    "'num-queues': 4}\n"
	    "vhost-user disk new: guest\n"
	    "  waits for the guest to show it\n");
}

static void
seconds_are_rounded_up(void **state)
{
	expect_added("7.2/q35", "vhost-user-scsi",
	    "{'socket': 's', 'queues': '3', 'reconnect': '1001'}",
	    "vhost-user SCSI controller new: character device\n"
	    "  chardev-add {'backend': {'data': {'addr': {'data': {'path': "
	    "'s'}, 'type': 'unix'}, 'reconnect': 2, 'server': false}, 'type': "
	    "'socket'}, 'id': 'qmpd.S.new.1001'}\n"
	    "vhost-user SCSI controller new: device\n"
	    "  device_add {'addr': '2', 'bus': 'pci-bridge-0', 'chardev': "
	    "'qmpd.S.new.1001', 'driver': 'vhost-user-scsi-pci', 'id': 'new', "
	    "'num_queues': 3}\n"
	    "vhost-user SCSI controller new: guest\n"
	    "  waits for the guest to set it up\n");
}

static void
newer_builds_know_ms(void **state)
{
	expect_added("11.1/q35", "vhost-user-fs",
	    "{'socket': 's', 'tag': 'x', 'reconnect': 1001,"
	    " 'queue-size': 256}",
	    "shared folder new: character device\n"
	    "  chardev-add {'backend': {'data': {'addr': {'data': {'path': "
	    "'s'}, 'type': 'unix'}, 'reconnect-ms': 1001, 'server': false}, "
	    "'type': 'socket'}, 'id': 'qmpd.F.new.1001'}\n"
	    "shared folder new: device\n"
	    "  device_add {'addr': '2', 'bus': 'pci-bridge-0', 'chardev': "
	    "'qmpd.F.new.1001', 'driver': 'vhost-user-fs-pci', 'id': 'new', "
	    "'queue-size': 256, 'tag': 'x'}\n"
	    "shared folder new: guest\n"
	    "  waits for the guest to set it up\n");
}

static void
a_nic_has_a_netdev_too(void **state)
{
	expect_added("10.0/q35", "vhost-user-net",
	    "{'socket': 's', 'mac': '52:54:00:AA:bb:01', 'queues': 2,"
	    " 'mtu': 1400}",
	    "vhost-user interface new: character device\n"
	    "  chardev-add {'backend': {'data': {'addr': {'data': {'path': "
	    "'s'}, 'type': 'unix'}, 'server': false}, 'type': 'socket'}, 'id': "
	    "'qmpd.N.new'}\n"
	    "vhost-user interface new: netdev\n"
	    "  netdev_add {'chardev': 'qmpd.N.new', 'id': 'qmpd.M.new.2', "
	    "'queues': 2, 'type': 'vhost-user'}\n"
	    "vhost-user interface new: device\n"
	    "  device_add {'addr': '2', 'bus': 'pci-bridge-0', 'driver': "
	    "'virtio-net-pci', 'host_mtu': 1400, 'id': 'new', 'mac': "
	    "'52:54:00:AA:bb:01', 'mq': true, 'netdev': 'qmpd.M.new.2', "
	    "'romfile': '', 'vectors': 6}\n"
	    "vhost-user interface new: guest\n"
	    "  waits for the guest to show it\n");
}

/* 7.2 without KVM dies of its MSI-X. */
static void
a_nic_has_no_vectors_where_they_kill(void **state)
{
	expect_added("7.2/q35", "vhost-user-net",
	    "{'socket': 's', 'mac': '52:54:00:aa:bb:01'}",
	    "vhost-user interface new: character device\n"
	    "  chardev-add {'backend': {'data': {'addr': {'data': {'path': "
	    "'s'}, 'type': 'unix'}, 'server': false}, 'type': 'socket'}, 'id': "
	    "'qmpd.N.new'}\n"
	    "vhost-user interface new: netdev\n"
	    "  netdev_add {'chardev': 'qmpd.N.new', 'id': 'qmpd.M.new', "
	    "'queues': 1, 'type': 'vhost-user'}\n"
	    "vhost-user interface new: device\n"
	    "  device_add {'addr': '2', 'bus': 'pci-bridge-0', 'driver': "
	    "'virtio-net-pci', 'id': 'new', 'mac': '52:54:00:aa:bb:01', "
	    "'netdev': 'qmpd.M.new', 'romfile': '', 'vectors': 0}\n"
	    "vhost-user interface new: guest\n"
	    "  waits for the guest to show it\n");
}

/* ---- what is refused ---- */

static void
each_wrong_parameter_has_its_sentence(void **state)
{
	static const struct {
		const char *type, *json, *sentence;
	} rows[] = {
		{ "vhost-user-blk", "{}",
		    "vhost-user disk new: \"socket\" is missing" },
		{ "vhost-user-blk", "{'socket': 's', 'queues': 0}",
		    "vhost-user disk new: queues: must be between 1 and 1024, "
		    "not 0" },
		{ "vhost-user-blk", "{'socket': 's', 'reconnect': -1}",
		    "vhost-user disk new: reconnect: must be between 0 and "
		    "3600000, not -1" },
		{ "vhost-user-blk", "{'socket': 'nothing'}",
		    "vhost-user disk new: socket nothing: cannot be used: No "
		    "such file or directory" },
		{ "vhost-user-blk", "{'socket': '.'}",
		    "vhost-user disk new: socket .: not a socket" },
		{ "vhost-user-fs", "{'socket': 's'}",
		    "shared folder new: \"tag\" is missing" },
		{ "vhost-user-fs", "{'socket': 's', 'tag': ''}",
		    "shared folder new: tag: 1 to 36 bytes are wanted, not 0" },
		{ "vhost-user-fs",
		    "{'socket': 's', 'tag':"
		    " '1234567890123456789012345678901234567'}",
		    "shared folder new: tag: 1 to 36 bytes are wanted, not "
		    "37" },
		{ "vhost-user-fs",
		    "{'socket': 's', 'tag': 'x', 'queue-size': 100}",
		    "shared folder new: queue-size: 100 is not a power of 2" },
		{ "vhost-user-net", "{'socket': 's'}",
		    "vhost-user interface new: \"mac\" is missing" },
		{ "vhost-user-net", "{'socket': 's', 'mac': '52:54:00'}",
		    "vhost-user interface new: mac: six bytes such as "
		    "52:54:00:12:34:56 are wanted" },
		{ "vhost-user-net",
		    "{'socket': 's', 'mac': '01:00:5e:00:00:01'}",
		    "vhost-user interface new: mac: 01:00:5e:00:00:01 is not "
		    "the address of one NIC: the first byte is even, and not "
		    "all are 0" },
		{ "vhost-user-net",
		    "{'socket': 's', 'mac': '00:00:00:00:00:00'}",
		    "vhost-user interface new: mac: 00:00:00:00:00:00 is not "
		    "the address of one NIC: the first byte is even, and not "
		    "all are 0" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct fitting f;
		int rc;

		read_shared(&f, "10.0/q35");
		rc = add(&f, rows[i].type, rows[i].json);
		expect_refused(&f, rc, rows[i].sentence);
		fitting_free(&f);
	}
}

static void
private_memory_is_refused_with_a_way_out(void **state)
{
	struct fitting f;
	int rc;

	fitting_read(&f, "10.0/q35");
	rc = add(&f, "vhost-user-blk", "{'socket': 's'}");
	expect_refused(&f, rc,
	    "vhost-user disk new: its backend must map the guest's memory, "
	    "and this VM's is private: a clone made with --memory-sharing "
	    "shared has memory that can be mapped");
	fitting_free(&f);
}

/* A path that nobody listens on, and one with datagrams. */
static void
somebody_must_listen(void **state)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	_close_ int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	const char *path = scratch_path("d");
	struct fitting f;
	int rc;

	memcpy(sa.sun_path, path, strlen(path));
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	read_shared(&f, "10.0/q35");
	rc = add(&f, "vhost-user-blk", "{'socket': 'd'}");
	expect_refused(&f, rc,
	    "vhost-user disk new: socket d: a socket of datagrams, not of "
	    "streams");
	close(listener);
	listener = -1;
	rc = add(&f, "vhost-user-blk", "{'socket': 's'}");
	expect_refused(
	    &f, rc, "vhost-user disk new: socket s: nobody listens on it");
	fitting_free(&f);
}

/* Looking at it is no connection: the backend would take that for a QEMU. */
static void
the_backend_is_not_disturbed(void **state)
{
	struct fitting f;

	read_shared(&f, "10.0/q35");
	assert_ok(add(&f, "vhost-user-blk", "{'socket': 's'}"), &f.e);
	assert_int_equal(
	    poll(&(struct pollfd){ .fd = listener, .events = POLLIN }, 1, 0),
	    0);
	fitting_free(&f);
}

/* No schema, no word of how: it is not guessed. */
static void
reconnect_needs_a_schema(void **state)
{
	struct fitting f;
	int rc;

	read_shared(&f, "10.0/q35");
	replies_refuse(&f.r, "query-qmp-schema");
	rc = add(&f, "vhost-user-blk", "{'socket': 's', 'reconnect': 1}");
	expect_refused(&f, rc,
	    "vhost-user disk new: reconnect: this QEMU does not say that its "
	    "sockets can do it");
	assert_ok(add(&f, "vhost-user-blk", "{'socket': 's'}"), &f.e);
	fitting_free(&f);
}

/* ---- one that is there ---- */

/* The disk of the recording is a device of this family and driver. */
static void
give_device(struct fitting *f, const char *driver, const char *chardev,
    const char *filename)
{
	json_t *all = replies_value(&f->r, "qom-list-machine-peripheral"), *v;
	_free_ char *type = xasprintf("child<%s>", driver);
	size_t i;

	json_array_foreach (all, i, v)
		if (str_eq(
			json_string_value(json_object_get(v, "name")), "data"))
			json_object_set_new(v, "type", json_string(type));
	json_array_clear(replies_value(&f->r, "query-named-block-nodes"));
	json_object_set_new(f->r.given, "query-chardev",
	    json_pack("{s:[{s:s, s:s, s:b}]}", "return", "label", chardev,
		"filename", filename, "frontend-open", 1));
}

static void
another_socket_is_another_device(void **state)
{
	static const struct {
		const char *json, *sentence;
	} rows[] = {
		{ "{'socket': 'other'}",
		    "vhost-user disk data: it is there with socket /run/s, "
		    "not other; remove it first" },
		{ "{'socket': '/run/s'}",
		    "vhost-user disk data: it is there with reconnect=500, "
		    "not 0; remove it first" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct fitting f;
		int rc;

		read_shared(&f, "10.0/q35");
		give_device(&f, "vhost-user-blk-pci", "qmpd.B.data.500",
		    "disconnected:unix:/run/s");
		rc = add_as(&f, "data", "vhost-user-blk", rows[i].json);
		expect_refused(&f, rc, rows[i].sentence);
		fitting_free(&f);
	}
}

/* A device whose backend has ended is not the one that is wanted. */
static void
a_backend_that_ended_is_said(void **state)
{
	struct fitting f;
	int rc;

	read_shared(&f, "10.0/q35");
	give_device(&f, "vhost-user-blk-pci", "qmpd.B.data",
	    "disconnected:unix:/run/s");
	rc = add_as(&f, "data", "vhost-user-blk", "{'socket': '/run/s'}");
	expect_refused(&f, rc,
	    "vhost-user disk data: its backend has ended, and without "
	    "reconnect QEMU does not look for it again; remove it first");
	fitting_free(&f);
}

/* 7.2's query-chardev does not say where a connected one leads. */
static void
the_path_is_found_in_the_tree(void **state)
{
	struct fitting f;
	int rc;

	read_shared(&f, "7.2/q35");
	give_device(&f, "vhost-user-blk-pci", "qmpd.B.data", "unix:");
	replies_set(&f.r, "qom-get-chardevs-qmpd.B.data-addr",
	    "{'type': 'unix', 'path': '/run/s'}");
	rc = add_as(&f, "data", "vhost-user-blk", "{'socket': 's'}");
	expect_refused(&f, rc,
	    "vhost-user disk data: it is there with socket /run/s, not s; "
	    "remove it first");
	fitting_free(&f);
}

static void
a_removal_names_what_is_there(void **state)
{
	struct request request = { .remove_id = "data" };
	struct fitting f;

	read_shared(&f, "10.0/q35");
	give_device(&f, "virtio-net-pci", "qmpd.N.data.500", "unix:/run/s");
	replies_set(&f.r, "human-monitor-command",
	    "' \\\\ qmpd.M.data.2: index=0,type=vhost-user,x\\r\\n'");
	assert_ok(fitting_fit(&f, &request), &f.e);
	expect_rehearsal(&f,
	    "vhost-user interface data: begin (remove)\n"
	    "  object-add {'id': 'qmpd.x.data', 'qom-type': 'throttle-group'}\n"
	    "vhost-user interface data: device (remove)\n"
	    "  device_del {'id': 'data'}\n"
	    "  waits for the guest to give it up\n"
	    "vhost-user interface data: netdev (remove)\n"
	    "  netdev_del {'id': 'qmpd.M.data.2'}\n"
	    "vhost-user interface data: character device (remove)\n"
	    "  chardev-remove {'id': 'qmpd.N.data.500'}\n"
	    "  waits for its character device to go\n"
	    "vhost-user interface data: end (remove)\n"
	    "  object-del {'id': 'qmpd.x.data'}\n");
	fitting_free(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
		TEST(a_disk_has_a_queue_for_each_vcpu_that_may_be),
		TEST(seconds_are_rounded_up),
		TEST(newer_builds_know_ms),
		TEST(a_nic_has_a_netdev_too),
		TEST(a_nic_has_no_vectors_where_they_kill),
		TEST(each_wrong_parameter_has_its_sentence),
		TEST(private_memory_is_refused_with_a_way_out),
		TEST(somebody_must_listen),
		TEST(the_backend_is_not_disturbed),
		TEST(reconnect_needs_a_schema),
		TEST(another_socket_is_another_device),
		TEST(a_backend_that_ended_is_said),
		TEST(the_path_is_found_in_the_tree),
		TEST(a_removal_names_what_is_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
