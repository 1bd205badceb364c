/* _OST reports of the guest. */

#include "acpi.h"

enum { OST_INSERT = 1, OST_EJECT = 3 };
enum { OST_SUCCESS = 0, OST_IN_PROGRESS = 0x84 };

static const struct {
	int status;
	const char *words;
} ost_words[] = {
	{ 1, "a failure that it does not explain" },
	{ 2, "it does not know the device" },
	{ 0x80, "it does not support that" },
	{ 0x81, "the device is in use" },
	{ 0x82, "the device is busy" },
	{ 0x83, "something depends on the device" },
	{ 0, NULL },
};

static const char *
words_of(int status)
{
	size_t i;

	for (i = 0; ost_words[i].words; i++)
		if (ost_words[i].status == status)
			return ost_words[i].words;
	return "a status that ACPI does not name";
}

/* A report of this source about this device; its status. */
static bool
is_report(const json_t *info, const char *id, int source, int *status)
{
	*status = (int)json_integer_value(json_object_get(info, "status"));
	return str_eq(json_string_value(json_object_get(info, "device")), id) &&
	    json_integer_value(json_object_get(info, "source")) == source;
}

static bool
is_event(const char *event, const json_t *data, const char *id, int source,
    int *status)
{
	return str_eq(event, "ACPI_DEVICE_OST") &&
	    is_report(json_object_get(data, "info"), id, source, status);
}

enum verdict
acpi_heard_insert(
    struct run *run, const char *id, const char *event, const json_t *data)
{
	int status;

	if (!is_event(event, data, id, OST_INSERT, &status))
		return NOT_YET;
	if (status == OST_SUCCESS)
		return LOOK;
	return run_refuse(run, "the guest refused it: %s", words_of(status));
}

enum verdict
acpi_heard_eject(
    struct run *run, const char *id, const char *event, const json_t *data)
{
	int status;

	if (!is_event(event, data, id, OST_EJECT, &status))
		return NOT_YET;
	if (status == OST_SUCCESS || status == OST_IN_PROGRESS)
		return LOOK;
	return run_refuse(
	    run, "the guest refused to give it up: %s", words_of(status));
}

enum verdict
acpi_heard_refusal(
    struct run *run, const char *id, const char *event, const json_t *data)
{
	const char *about = json_string_value(json_object_get(data, "device"));
	const char *why = json_string_value(json_object_get(data, "msg"));

	if (str_eq(event, "ACPI_DEVICE_OST"))
		return acpi_heard_eject(run, id, event, data);
	if (!str_eq(about, id))
		return NOT_YET;
	if (str_eq(event, "MEM_UNPLUG_ERROR") ||
	    str_eq(event, "DEVICE_UNPLUG_GUEST_ERROR"))
		return run_refuse(run, "the guest refused to give it up%s%s",
		    why ? ": " : "", why ? why : "");
	return NOT_YET;
}

enum verdict
acpi_probed_insert(struct run *run, const char *id, const json_t *slots)
{
	int status;
	size_t i;
	json_t *slot;

	json_array_foreach (slots, i, slot) {
		if (!is_report(slot, id, OST_INSERT, &status))
			continue;
		if (status != OST_SUCCESS)
			return run_refuse(
			    run, "the guest refused it: %s", words_of(status));
		run_note(run,
		    "the guest's ACPI reports success; whether its kernel "
		    "uses it only an agent could tell");
		return MET;
	}
	return NOT_YET;
}
