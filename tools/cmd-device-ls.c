/* device ls: the devices of a VM. */

#include "facts.h"
#include "listing.h"
#include "output.h"
#include "session.h"

static enum status
device_ls(struct cli *cli, struct err *e)
{
	struct session *s = session_open(cli, e);
	json_t *facts = NULL, *devices;

	if (s && session_observe(s, e) == 0)
		facts = facts_json(s);
	session_free(s);
	if (!facts)
		return STATUS_FAILED;
	devices = json_object_get(facts, "devices");
	if (output_is_json(cli))
		output_json(json_incref(devices));
	else
		listing_devices(devices);
	json_decref(facts);
	return STATUS_DONE;
}

static const struct argument arguments[] = {
	{ "VM", ARGUMENT_VM },
	{ NULL },
};

const struct command device_ls_command = {
	.name = "device ls",
	.arguments = arguments,
	.help = "list its devices",
	.text = "Lists the devices of a VM that belong to a family that qmpd "
		"knows, whoever added them.",
	.flags = COMMAND_VM,
	.exec = device_ls,
};
