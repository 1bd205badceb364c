/*
 * The machines that qmpd makes VMs of: one row each, with all that differs
 * between them. Nothing else in the program asks for a machine's name.
 */
#ifndef MACHINE_H
#define MACHINE_H

#include "err.h"

enum machine_side { MACHINE_TCG, MACHINE_KVM, MACHINE_SIDES };

/* Kernel parameters by what is wanted of the boot. */
enum machine_words {
	MACHINE_QUIET,
	MACHINE_DEBUG,
	MACHINE_QUIET_SYSTEMD,
	MACHINE_DEBUG_SYSTEMD,
	MACHINE_WORDS
};

struct machine {
	const char *name; /* q35 */
	const char *prefix; /* of its names with a version: pc-q35- */
	const char *qemu; /* the binary that has it */
	const char *architecture; /* of its CPUs, as uname(2) calls it */
	const char *const cpu[MACHINE_SIDES]; /* default CPU models */
	/* Added to -machine; "" for none. */
	const char *const options[MACHINE_SIDES];

	const char *console; /* the first serial port, as its kernel has it */
	const char *const words[MACHINE_WORDS];
	/* Whether these first bytes of a file can be its kernel, and how a
	 * sentence calls such a file. */
	bool (*is_kernel)(const uint8_t *head, size_t n);
	const char *kernel;

	const char *root; /* the root bus */
	unsigned first_slot; /* free for bridges and ports, then devices */
	bool root_hotplug; /* the root bus takes devices while it runs */
	bool express; /* has PCI Express root ports */
	/* Who does the hotplug on a bridge: ACPI, or the bridge's own SHPC. */
	bool bridge_acpi;
	/* Bridges take devices while it runs since this version. */
	int bridge_major, bridge_minor;
	int bridges, ports; /* how many, when nothing is said */

	bool vmgenid;
	/* Its guests' agents tell the PCI addresses of disks. */
	bool disk_addresses;
	bool cpu_hotplug;
	bool dimm_hotplug;
};

#define MACHINE_DEFAULT "q35"
#define MACHINE_HEAD 0x206 /* bytes that is_kernel may look at */

/* By its name, or one with a version; NULL: none of ours. */
const struct machine *machine_find(const char *type);

/* Its CPUs are of this host's kind: KVM can run it. */
bool machine_is_native(const struct machine *m);
/* Whether the agent of a guest on such a machine tells the PCI addresses of
 * disks; one that is not ours is taken to be like most. */
bool machine_disk_addresses(const char *type);
/* Bridges of this type, which may have a version, take devices while the VM
 * runs. */
bool machine_bridges_hotplug(const char *type);

/*
 * Whether this QEMU has the type. It is asked, within a second or two, when
 * the table alone does not know: for a name with a version. The error has the
 * names that it has and we know.
 */
int machine_check(const char *type, const char *qemu, struct err *e);

/* "console=ttyS0 quiet root=/dev/vda": what the kernel is booted with. Words
 * that the template's own parameters (may be NULL) have are not ours to say.
 * The caller frees. */
char *machine_kernel_params(
    const struct machine *m, enum machine_words words, const char *own);

#endif
