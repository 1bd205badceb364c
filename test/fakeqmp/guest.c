/*
 * The fake's guest: what it does about devices that come and are to go, and
 * when. What it cannot or will not do now is held until something changes.
 */
#include "model.h"

#define LEAVE_MS 1 /* what needs no guest goes right behind the reply */

struct fake_guest
fake_guest(const struct fake *fake)
{
	return fake->guest;
}

bool
guest_is_awake(const struct fake *fake)
{
	return fake->is_running && !fake->guest.is_down;
}

/* ---- actions ---- */

static void
action_free(struct action *action)
{
	TAILQ_REMOVE(&action->fake->actions, action, entry);
	timer_free(action->timer);
	free(action);
}

static void
object_to(struct fake *fake, const struct device *device)
{
	_free_ char *path = xasprintf("%s/%s", PERIPHERAL, device->id);

	emit(fake, "DEVICE_UNPLUG_GUEST_ERROR",
	    json_pack("{s:s, s:s}", "device", device->id, "path", path));
}

static void
give_up(struct fake *fake, struct device *device)
{
	enum fake_manner manner = fake->guest.unplug;

	device->is_asked = false;
	if (manner == FAKE_PROMPT || device->is_leaving)
		device->kind->gone(fake, device);
	else if (manner == FAKE_OBJECTS)
		object_to(fake, device);
	else if (device->kind->refused)
		device->kind->refused(fake, device);
}

/* Its events go out as the command's that caused it. */
static void
perform(struct fake *fake, struct device *device, bool is_unplug, bool is_twice)
{
	bool was_twice = fake->is_twice;

	fake->is_twice = is_twice;
	if (is_unplug)
		give_up(fake, device);
	else
		device->kind->seen(fake, device);
	fake->is_twice = was_twice;
}

static bool
is_held_back(
    const struct fake *fake, const struct device *device, bool is_unplug)
{
	const struct fake_guest *guest = &fake->guest;

	if (is_unplug && device->is_leaving)
		return false;
	return !guest_is_awake(fake) ||
	    (is_unplug ? guest->unplug : guest->plug) == FAKE_SILENT;
}

static void
on_action(void *arg)
{
	struct action *action = arg;
	struct device *device = action->device;
	struct fake *fake = action->fake;
	bool is_unplug = action->is_unplug, is_twice = action->is_twice;

	action->is_held = is_held_back(fake, device, is_unplug);
	if (action->is_held)
		return;
	action_free(action);
	perform(fake, device, is_unplug, is_twice);
}

static unsigned
delay_of(const struct fake *fake, const struct device *device, bool is_unplug)
{
	if (is_unplug && device->is_leaving)
		return LEAVE_MS;
	return is_unplug ? fake->guest.unplug_ms : fake->guest.plug_ms;
}

static void
schedule(struct fake *fake, struct device *device, bool is_unplug)
{
	struct action *action;

	if (fake->is_instant && !is_held_back(fake, device, is_unplug)) {
		perform(fake, device, is_unplug, fake->is_twice);
		return;
	}
	action = xcalloc(1, sizeof(*action));
	action->fake = fake;
	action->device = device;
	action->is_unplug = is_unplug;
	action->is_twice = fake->is_twice;
	action->timer = timer_new(fake->clock, on_action, action);
	TAILQ_INSERT_TAIL(&fake->actions, action, entry);
	timer_start(
	    action->timer, (uint64_t)delay_of(fake, device, is_unplug) * 1000);
}

static bool
is_scheduled(
    const struct fake *fake, const struct device *device, bool is_unplug)
{
	const struct action *action;

	TAILQ_FOREACH (action, &fake->actions, entry)
		if (action->device == device && action->is_unplug == is_unplug)
			return true;
	return false;
}

void
guest_plugged(struct fake *fake, struct device *device)
{
	schedule(fake, device, false);
}

/* Asking again while it is at it changes nothing. */
void
guest_asked(struct fake *fake, struct device *device)
{
	if (!is_scheduled(fake, device, true))
		schedule(fake, device, true);
}

void
guest_forget(struct fake *fake, const struct device *device)
{
	struct action *action = TAILQ_FIRST(&fake->actions), *next;

	for (; action; action = next) {
		next = TAILQ_NEXT(action, entry);
		if (action->device == device)
			action_free(action);
	}
}

/* ---- changes ---- */

void
guest_wake(struct fake *fake)
{
	struct action *action;

	TAILQ_FOREACH (action, &fake->actions, entry)
		if (action->is_held)
			timer_start(action->timer,
			    (uint64_t)delay_of(
				fake, action->device, action->is_unplug) *
				1000);
	memory_wake(fake);
}

void
fake_set_guest(struct fake *fake, const struct fake_guest *guest)
{
	fake->guest = *guest;
	guest_wake(fake);
	side_update(&fake->sides[FAKE_AGENT]);
}

static struct device *
first_asked(const struct fake *fake)
{
	struct device *device;

	TAILQ_FOREACH (device, &fake->devices, entry)
		if (device->is_asked && device->kind == &pci_kind)
			return device;
	return NULL;
}

/* A new start completes what was asked of PCI, with no guest's help. */
void
guest_reset(struct fake *fake)
{
	struct device *device;

	while ((device = first_asked(fake)))
		device->kind->gone(fake, device);
}
