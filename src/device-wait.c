/* Steps that families share: onto a PCI bus, an object behind it, unplugging,
 * and knowing that the guest has it. */

#include "commands.h"
#include "device.h"
#include "pci.h"
#include "run.h"

json_t *
device_on_pci(const struct device *d, const char *driver)
{
	_free_ char *addr = xasprintf("%x", d->slot);

	return must(json_pack("{s:s, s:s, s:s*, s:s}", "driver", driver, "id",
	    d->id, "bus", d->bus, "addr", addr));
}

bool
device_is_there(const struct actual *a, const void *device)
{
	const struct device *d = device;

	return actual_device(a, d->id) != NULL;
}

bool
device_guest_has_it(const struct actual *a, const void *device)
{
	const struct device *d = device;
	const struct actual_device *there = actual_device(a, d->id);

	return there && there->mapped;
}

void
device_del_object(struct run *run, void *device)
{
	const struct device *d = device;
	_free_ char *name = device_part(d, d->type->roles[0]);

	want_reply(run, RUN_MONITOR, cmd_object_del(name));
}

bool
device_has_object(const struct actual *a, const void *device)
{
	const struct device *d = device;

	return device_has_part(a, d, d->type->roles[0]);
}

/* ---- gone ---- */

/* DEVICE_DELETED comes twice for virtio, first without "device" for its
 * backend; DEVICE_UNPLUG_GUEST_ERROR is the guest's refusal. */
static enum verdict
heard_gone(
    struct run *run, void *subject, const char *event, const json_t *data)
{
	const struct device *d = subject;

	if (!str_eq(json_string_value(json_object_get(data, "device")), d->id))
		return NOT_YET;
	if (str_eq(event, "DEVICE_DELETED"))
		return MET;
	if (str_eq(event, "DEVICE_UNPLUG_GUEST_ERROR"))
		return run_refuse(run, "the guest refused to give it up");
	return NOT_YET;
}

/*
 * What a later request does not meet: the lamp of a port that does hotplug
 * natively blinks, as it does after a device has come; or somebody else has
 * asked already. A text that is not among these is a refusal.
 */
static bool
is_busy(const char *text)
{
	static const char *const texts[] = { "guest is busy",
		"already in the process of unplug" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(texts); i++)
		if (strstr(text, texts[i]))
			return true;
	return false;
}

static void
on_asked(struct run *run, void *subject, const json_t *value)
{
	struct device *d = subject;

	d->busy = !value;
}

/* Who asks again may be too early or too late: it is under way, or gone. */
static void
ask_again(struct run *run, const struct device *d)
{
	want_try(run, RUN_MONITOR, cmd_device_del(d->id), on_asked);
}

/* qom-list of /machine/peripheral no longer has it. */
static enum verdict
probed_gone(struct run *run, void *subject, const json_t *value)
{
	struct device *d = subject;
	size_t i;
	json_t *v;

	json_array_foreach (value, i, v)
		if (str_eq(
			json_string_value(json_object_get(v, "name")), d->id)) {
			if (d->busy)
				ask_again(run, d);
			d->busy = false;
			return NOT_YET;
		}
	return MET;
}

void
device_unplug(struct run *run, void *device)
{
	struct device *d = device;

	d->busy = false;
	if (d->removing)
		ask_again(run, d);
	else
		want_passing(
		    run, RUN_MONITOR, cmd_device_del(d->id), is_busy, on_asked);
	want_until(run,
	    &(struct wait){
		.what = "the guest to give it up",
		.heard = heard_gone,
		.probe = cmd_qom_list("/machine/peripheral"),
		.probed = probed_gone,
		.steady_ms = DEVICE_GONE_STEADY_MS,
		.silence = PLAN_PENDING,
	    });
}

/* ---- seen ---- */

/* A disk of guest-get-disks is at the device's address. Of a disk on a
 * controller the agent tells the LUN and not the target: the first is meant. */
static bool
is_at(const json_t *disk, const struct device *d)
{
	const json_t *address = json_object_get(disk, "address");
	const json_t *at = json_object_get(address, "pci-controller");

	return at &&
	    json_integer_value(json_object_get(at, "bus")) == d->bus_number &&
	    json_integer_value(json_object_get(at, "slot")) == d->slot &&
	    (!d->on_scsi ||
		(d->target == 0 &&
		    json_integer_value(json_object_get(address, "unit")) ==
			d->lun));
}

const char *
device_guest_disk(const struct device *d, const json_t *disks)
{
	size_t i;
	json_t *v;

	json_array_foreach (disks, i, v)
		if (is_at(v, d))
			return json_string_value(json_object_get(v, "name"));
	return NULL;
}

static enum verdict
probed_disks(struct run *run, void *subject, const json_t *value)
{
	const char *name = device_guest_disk(subject, value);

	if (!name)
		return NOT_YET;
	run_note(run, "%s, confirmed by the guest agent", name);
	return MET;
}

/* The function with this id, in this bus or below it. */
static const json_t *
find_function(const json_t *devices, const char *id)
{
	size_t i;
	json_t *v;

	json_array_foreach (devices, i, v) {
		const json_t *below = json_object_get(
		    json_object_get(v, "pci_bridge"), "devices");
		const json_t *found;

		if (str_eq(
			json_string_value(json_object_get(v, "qdev_id")), id))
			return v;
		found = find_function(below, id);
		if (found)
			return found;
	}
	return NULL;
}

static enum verdict
probed_pci(struct run *run, void *subject, const json_t *value)
{
	const struct device *d = subject;
	size_t i;
	json_t *v;

	json_array_foreach (value, i, v) {
		const json_t *f =
		    find_function(json_object_get(v, "devices"), d->id);

		if (!f || !pci_is_mapped(f))
			continue;
		run_note(run, "the guest has set it up, confirmed by QEMU");
		return MET;
	}
	return NOT_YET;
}

/* An interface of guest-network-get-interfaces has the address. */
static enum verdict
probed_interfaces(struct run *run, void *subject, const json_t *value)
{
	const struct device *d = subject;
	size_t i;
	json_t *v;

	json_array_foreach (value, i, v) {
		const char *mac =
		    json_string_value(json_object_get(v, "hardware-address"));
		const char *name =
		    json_string_value(json_object_get(v, "name"));

		if (!mac || strcasecmp(mac, d->mac) != 0)
			continue;
		run_note(run, "%s, confirmed by the guest agent",
		    name ? name : d->mac);
		return MET;
	}
	return NOT_YET;
}

void
device_wait_for_interface(struct run *run, void *device)
{
	const struct device *d = device;

	if (!(d->ask & ASK_INTERFACES) || !d->mac) {
		device_wait_for_guest(run, device);
		return;
	}
	want_until(run,
	    &(struct wait){
		.what = "the guest to show it",
		.side = RUN_AGENT,
		.probe = cmd_guest_network_get_interfaces(),
		.probed = probed_interfaces,
		.silence = PLAN_PENDING,
	    });
}

void
device_wait_for_guest(struct run *run, void *device)
{
	want_until(run,
	    &(struct wait){
		.what = "the guest to set it up",
		.probe = cmd_query_pci(),
		.probed = probed_pci,
		.silence = PLAN_PENDING,
	    });
}

void
device_wait_for_disk(struct run *run, void *device)
{
	const struct device *d = device;

	if (!(d->ask & ASK_DISKS)) {
		device_wait_for_guest(run, device);
		return;
	}
	want_until(run,
	    &(struct wait){
		.what = "the guest to show it",
		.side = RUN_AGENT,
		.probe = cmd_guest_get_disks(),
		.probed = probed_disks,
		.silence = PLAN_PENDING,
	    });
}
