/* What QEMU or the guest says when the guest has a device. */

#include "proof.h"

/* In the reply, behind one string and before another, there is a third; the
 * place, or NULL. */
static const char *
find(
    const char *reply, const char *behind, const char *before, const char *what)
{
	const char *from = strstr(reply, behind);
	const char *end = from ? strstr(from, before) : NULL;
	const char *found = end ? strstr(from, what) : NULL;

	return found && found < end ? found : NULL;
}

/* A memory region of its has an address; those of ports stay without one on a
 * bridge that has no window for them. */
static bool
is_mapped(const char *reply)
{
	static const char address[] = "\"address\": ";
	const char *at =
	    find(reply, "\"qdev_id\": \"" PROOF_ID "\"", "]", address);

	for (; at; at = find(at + 1, "", "]", address))
		if (strtoll(at + strlen(address), NULL, 10) > 0)
			return true;
	return false;
}

const struct proof proof_mapped = {
	.line = "{\"execute\":\"query-pci\"}\n",
	.sign = is_mapped,
};

/* The guest has no other PCI disk. */
const struct proof proof_disk = {
	.agent = true,
	.line = "{\"execute\":\"guest-get-disks\"}\n",
	.words = "\"slot\": 1,",
};

/* Nor another SCSI disk. */
const struct proof proof_scsi_disk = {
	.agent = true,
	.line = "{\"execute\":\"guest-get-disks\"}\n",
	.words = "\"bus-type\": \"scsi\"",
};

const struct proof proof_interface = {
	.agent = true,
	.line = "{\"execute\":\"guest-network-get-interfaces\"}\n",
	.words = "\"" PROOF_MAC "\"",
};

/* The reply has this member, of this value. */
static bool
has_size(const char *reply, const char *member, unsigned long long size)
{
	_free_ char *wanted = xasprintf("\"%s\": %llu", member, size);
	const char *at = strstr(reply, wanted);

	return at && !strchr("0123456789", at[strlen(wanted)]);
}

static bool
is_plugged(const char *reply)
{
	return has_size(reply, "size", PROOF_BLOCK);
}

static bool
is_unplugged(const char *reply)
{
	return has_size(reply, "size", 0);
}

/* The guest has one block more than at boot. */
static bool
is_online(const char *reply)
{
	return floor_count(reply, "\"online\": true") > PROOF_ALL / PROOF_BLOCK;
}

static const struct proof online = {
	.agent = true,
	.line = "{\"execute\":\"guest-get-memory-blocks\"}\n",
	.sign = is_online,
};

const struct proof proof_plugged = {
	.line = "{\"execute\":\"query-memory-devices\"}\n",
	.sign = is_plugged,
	.and = &online,
};

const struct proof proof_unplugged = {
	.line = "{\"execute\":\"query-memory-devices\"}\n",
	.sign = is_unplugged,
};

static bool
is_inflated(const char *reply)
{
	return has_size(reply, "actual", PROOF_LEFT);
}

static bool
is_deflated(const char *reply)
{
	return has_size(reply, "actual", PROOF_ALL);
}

const struct proof proof_inflated = {
	.line = "{\"execute\":\"query-balloon\"}\n",
	.sign = is_inflated,
};

const struct proof proof_deflated = {
	.line = "{\"execute\":\"query-balloon\"}\n",
	.sign = is_deflated,
};
