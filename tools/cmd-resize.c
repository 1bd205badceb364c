/* resize: a VM gets so many vCPUs and so much memory. */

#include "change.h"

static enum status
resize(struct cli *cli, struct err *e)
{
	struct request request = {
		.resize = { (int)cli->o.cpus, cli->o.memory },
	};

	if (cli->o.cpus || cli->o.memory)
		return change_vm(cli, &request, e);
	err_set(e, "--cpus N or --memory SIZE is missing");
	return STATUS_USAGE;
}

static const struct argument arguments[] = {
	{ "VM", ARGUMENT_VM },
	{ NULL },
};

static const struct option_row options[] = {
	{ "cpus", 0, OPTION_NUMBER, OPTION(cpus), "N",
	    "vCPUs that it should have", .min = 1, .max = 4096 },
	{ "memory", 0, OPTION_BYTES, OPTION(memory), "SIZE",
	    "memory that it should have: 896Mi, 2Gi", .min = MIB },
	{ NULL },
};

const struct command resize_command = {
	.name = "resize",
	.arguments = arguments,
	.help = "give a running VM more or less",
	.text = "Makes a running VM larger or smaller. The size is that of "
		"the VM itself; memory is rounded up to whole blocks of the "
		"guest (128Mi; 4Mi with virtio-mem), and goes below what the "
		"VM was started with only where it has a balloon. A guest that "
		"does not give all of it back makes the "
		"result partial, and the figures say what there is.",
	.options = options,
	.flags = COMMAND_VM,
	.exec = resize,
};
