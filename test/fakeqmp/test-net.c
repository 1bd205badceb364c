/* Chardevs, netdevs, descriptors and NICs, against what QEMU says of them. */
#include "rig.h"

#include <fcntl.h>

static const struct fake_options ten = { .major = 10 };

/* ---- character devices ---- */

static void
chardevs_are_checked(void **state)
{
	begin(NULL);
	no("chardev-add", "'id': 'c', 'backend': {'type': 'bogus', 'data': {}}",
	    "Parameter 'type' does not accept value 'bogus'");
	no("chardev-add",
	    "'id': 'c', 'backend': {'type': 'socket', 'data': {}}",
	    "Parameter 'backend.data.addr' is missing");
	no("chardev-add", "'id': 'c', 'backend': {'type': 'null'}",
	    "Parameter 'backend.data' is missing");
	no("chardev-add",
	    "'id': 'c', 'backend': {'type': 'null', 'data': {'x': 1}}",
	    "Parameter 'backend.data.x' is unexpected");
	no("chardev-add",
	    "'id': 'c', 'backend': {'type': 'ringbuf', 'data': {'size': 100}}",
	    "Failed to add chardev 'c': size of ringbuf chardev must be power "
	    "of two");
	add_null("c");
	no("chardev-add", "'id': 'c', 'backend': {'type': 'null', 'data': {}}",
	    "Chardev with id 'c' already exists");
	no("chardev-remove", "'id': 'x'", "Chardev 'x' not found");
	assert_string_equal(ask("chardev-add",
				"'id': 'p', 'backend': {'type': 'pty', "
				"'data': {}}"),
	    "{'pty':'/dev/pts/0'}");
	ok("chardev-remove", "'id': 'p'");
	ok("chardev-remove", "'id': 'c'");
	end();
}

/* Seconds until 11.1, milliseconds since 9.2. */
static void
reconnecting_has_two_spellings(void **state)
{
	const char *seconds =
	    "'id': 'a', 'backend': {'type': 'socket', 'data': {'server': false,"
	    " 'reconnect': 1, 'addr': {'type': 'unix', 'data': {'path': '/x'}"
	    "}}}";
	const char *millis =
	    "'id': 'b', 'backend': {'type': 'socket', 'data': {'server': false,"
	    " 'reconnect-ms': 1, 'addr': {'type': 'unix', 'data': {'path': "
	    "'/x'}}}}";
	const struct fake_options eleven = { .major = 11, .minor = 1 };

	begin(NULL);
	ok("chardev-add", seconds);
	no("chardev-add", millis,
	    "Parameter 'backend.data.reconnect-ms' is unexpected");
	end();
	begin(&ten);
	ok("chardev-add", seconds);
	ok("chardev-add", millis);
	end();
	begin(&eleven);
	no("chardev-add", seconds,
	    "Parameter 'backend.data.reconnect' is unexpected");
	ok("chardev-add", millis);
	end();
}

/* ---- network backends ---- */

static void
netdevs_are_checked(void **state)
{
	begin(NULL);
	no("netdev_add", "'type': 'bogus', 'id': 'n'",
	    "Parameter 'type' does not accept value 'bogus'");
	no("netdev_add", "'type': 'user', 'id': '1n'",
	    "Parameter 'id' expects an identifier");
	no("netdev_add", "'type': 'user', 'id': 'n', 'x': 1",
	    "Parameter 'x' is unexpected");
	no("netdev_add", "'type': 'vhost-user', 'id': 'n'",
	    "Parameter 'chardev' is missing");
	no("netdev_add", "'type': 'vhost-user', 'id': 'n', 'chardev': 'x'",
	    "chardev \"x\" not found");
	add_null("c");
	no("netdev_add", "'type': 'vhost-user', 'id': 'n', 'chardev': 'c'",
	    "chardev \"c\" is not reconnectable");
	ok("netdev_add", "'type': 'user', 'id': 'n'");
	no("netdev_add", "'type': 'user', 'id': 'n'", "Duplicate ID 'n'");
	ok("netdev_del", "'id': 'n'");
	assert_string_equal(ask("netdev_del", "'id': 'n'"),
	    "DeviceNotFound: Device 'n' not found");
	end();
}

/* Its chardev goes with it: nothing is left to remove. */
static void
a_vhost_user_netdev_takes_its_chardev_along(void **state)
{
	_free_ char *before = NULL, *after = NULL;

	begin(NULL);
	before = picture();
	add_socket("c");
	ok("netdev_add", "'type': 'vhost-user', 'id': 'n', 'chardev': 'c'");
	no("netdev_add", "'type': 'vhost-user', 'id': 'm', 'chardev': 'c'",
	    "Device 'vhost-user' could not be initialized");
	no("chardev-remove", "'id': 'c'", "Chardev 'c' is busy");
	ok("netdev_del", "'id': 'n'");
	no("chardev-remove", "'id': 'c'", "Chardev 'c' not found");
	after = picture();
	assert_string_equal(before, after);
	end();
}

static void
pass_fd(const char *name, int fd)
{
	_free_ char *command = xasprintf(
	    "{'execute': 'getfd', 'arguments': {'fdname': '%s'}}", name);

	assert_string_equal(ask_fd(FAKE_MONITOR, command, fd), "{}");
}

static void
descriptors_are_named_used_and_closed(void **state)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	begin(NULL);
	no("getfd", "'fdname': 'x'",
	    "No file descriptor supplied via SCM_RIGHTS");
	pass_fd("x", fd);
	pass_fd("x", fd);
	has_picture("'fds':{'x':true}");
	no("netdev_add", "'type': 'tap', 'id': 'n', 'fd': 'y'",
	    "File descriptor named 'y' has not been found");
	ok("netdev_add", "'type': 'tap', 'id': 'n', 'fd': 'x'");
	has_picture("'fds':{}");
	pass_fd("z", fd);
	ok("closefd", "'fdname': 'z'");
	no("closefd", "'fdname': 'z'", "File descriptor named 'z' not found");
	close(fd);
	end();
}

/* What was taken before one is missed stays taken. */
static void
queues_have_a_descriptor_each(void **state)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	begin(NULL);
	pass_fd("a", fd);
	pass_fd("b", fd);
	pass_fd("c", fd);
	no("netdev_add", "'type': 'tap', 'id': 'n', 'fds': 'a:x:b'",
	    "File descriptor named 'x' has not been found");
	has_picture("'fds':{'b':true,'c':true}");
	has_picture("'netdevs':{}");
	ok("netdev_add", "'type': 'tap', 'id': 'n', 'fds': 'b:c'");
	has_picture("'fds':{}");
	assert_string_equal(
	    ask("human-monitor-command", "'command-line': 'info network'"),
	    "'n: index=0,type=tap,fd=20\\r\\nn: index=0,type=tap,fd=21\\r\\n'");
	close(fd);
	end();
}

/* ---- NICs ---- */

#define NIC "'driver': 'virtio-net-pci', 'bus': 'pci-bridge-0', "
#define INFO "'command-line': 'info network'"

static void
a_nic_keeps_a_netdev_that_was_removed(void **state)
{
	_free_ char *before = NULL, *after = NULL;

	begin(NULL);
	before = picture();
	ok("netdev_add", "'type': 'user', 'id': 'u'");
	ok("device_add",
	    NIC "'id': 'n', 'addr': '1', 'netdev': 'u', 'mac': "
		"'52:54:00:00:00:01'");
	no("device_add", NIC "'id': 'm', 'addr': '2', 'netdev': 'u'",
	    "Property 'virtio-net-device.netdev' can't take value 'u', it's "
	    "in use");
	no("device_add", NIC "'id': 'm', 'addr': '2', 'mac': 'zz'",
	    "Property 'virtio-net-device.mac' doesn't take value 'zz'");
	ok("netdev_del", "'id': 'u'");
	assert_string_equal(ask("human-monitor-command", INFO),
	    "'n: index=0,type=nic,model=virtio-net-pci,macaddr="
	    "52:54:00:00:00:01\\r\\n \\\\ u: index=0,type=user,net=10.0.2.0,"
	    "restrict=off\\r\\n'");
	has_picture("'netdevs':{}");
	has_picture("'orphans':{'u':");
	ok("netdev_add", "'type': 'user', 'id': 'u'");
	has(ask("human-monitor-command", INFO), "'u: index=0,type=user");
	pass(60);
	has(ask_agent("guest-network-get-interfaces", NULL),
	    "{'hardware-address':'52:54:00:00:00:01','name':'eth0'}");
	ok("device_del", "'id': 'n'");
	pass(100);
	ok("netdev_del", "'id': 'u'");
	assert_string_equal(ask("human-monitor-command", INFO), "''");
	after = picture();
	assert_string_equal(before, after);
	assert_string_equal(
	    ask("human-monitor-command", "'command-line': 'info nothing'"),
	    "'unknown command: 'info nothing'\\r\\n'");
	end();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chardevs_are_checked),
		cmocka_unit_test(reconnecting_has_two_spellings),
		cmocka_unit_test(netdevs_are_checked),
		cmocka_unit_test(a_vhost_user_netdev_takes_its_chardev_along),
		cmocka_unit_test(descriptors_are_named_used_and_closed),
		cmocka_unit_test(queues_have_a_descriptor_each),
		cmocka_unit_test(a_nic_keeps_a_netdev_that_was_removed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
