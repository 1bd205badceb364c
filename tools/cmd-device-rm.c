/* device rm: one device less. */

#include "change.h"

static enum status
device_rm(struct cli *cli, struct err *e)
{
	struct request request = { .remove_id = cli->words[0] };

	return change_vm(cli, &request, e);
}

static const struct argument arguments[] = {
	{ "VM", ARGUMENT_VM },
	{ "ID", ARGUMENT_TEXT },
	{ NULL },
};

const struct command device_rm_command = {
	.name = "device rm",
	.arguments = arguments,
	.help = "unplug a device",
	.text = "Unplugs a device that qmpd added, and all that stands behind "
		"it. Done means that QEMU has confirmed it; a guest that does "
		"not answer makes the result pending.",
	.flags = COMMAND_VM,
	.exec = device_rm,
};
