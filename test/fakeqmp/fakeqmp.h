/*
 * A QEMU with a guest and its agent, without either: sockets, a model of what
 * they hold, and faults on request, on the loop of the clock it is given.
 *
 * Wire. A monitor serves one client at a time, as QEMU's does: another one
 * connects and hears nothing until the first has gone. What the model holds
 * outlives its clients. Replies, error texts and the order of events were
 * taken down from QEMU 7.2 on q35.
 *
 * Machine. pcie.0 takes no hotplug; below it are pci-bridge-0 (slots 1 to 31)
 * and the root ports rp0, rp1, … (slot 0); ram0 is the boot memory, and boot
 * vCPUs have no id.
 *
 * Guest. It reacts to what is plugged and unplugged after a while, if it is
 * up, running, and of a mind to: struct fake_guest.
 */
#ifndef FAKEQMP_H
#define FAKEQMP_H

#include "clock.h"
#include "err.h"
#include <jansson.h>

struct fake;

/* What the command line would say. 0 or NULL: the default in brackets. */
struct fake_options {
	unsigned major, minor, micro; /* [7.2.22]; 10 is stricter, as QEMU */
	const char *machine; /* [pc-q35-7.2] */
	unsigned vcpus, max_vcpus; /* [1, 4] */
	uint64_t memory, max_memory; /* [256 MiB, 2 GiB] */
	unsigned slots; /* [4] */
	unsigned root_ports; /* [2] */
	bool is_incoming; /* -S -incoming defer */
	bool is_stopped; /* -S */
	bool is_kvm; /* -accel kvm; else tcg */
	bool memory_is_shared; /* ram0 has share=on */
	bool has_balloon; /* balloon0, on the bridge */
	bool no_nvdimm; /* -M without nvdimm=on */
};

/* The clock stays the caller's; options may be NULL. */
struct fake *fake_new(struct clock *clock, const struct fake_options *options);
/* NULL is allowed. */
void fake_free(struct fake *fake);

/* ---- its sockets ---- */

enum fake_side { FAKE_MONITOR, FAKE_AGENT };
#define FAKE_SIDES (FAKE_AGENT + 1)

/* A new client's end of a connection, the caller's. */
int fake_connect(struct fake *fake, enum fake_side side);
/* Also takes clients at a socket path; removed with the fake. */
int fake_listen(
    struct fake *fake, enum fake_side side, const char *path, struct err *e);
/* Hangs up on the present client; the model stays. */
void fake_hang_up(struct fake *fake, enum fake_side side);
/* Sends these bytes to the present client, whatever they are. */
void fake_say(struct fake *fake, enum fake_side side, const char *bytes);

/* ---- its guest ---- */

enum fake_manner {
	FAKE_PROMPT,
	FAKE_SILENT, /* as if it had not been asked; until changed */
	FAKE_REFUSES, /* unplug only: ACPI_DEVICE_OST says busy */
	FAKE_OBJECTS, /* unplug only: DEVICE_UNPLUG_GUEST_ERROR */
};

struct fake_guest {
	bool is_down; /* still in the firmware: no system, no agent */
	enum fake_manner plug, unplug;
	unsigned plug_ms, unplug_ms; /* [50, 80] */
	bool ignores_vcpus; /* a late 6.12 kernel under TCG */
	bool keeps_memory_offline; /* until guest-set-memory-blocks */
	bool has_no_memory_drivers; /* virtio_mem and virtio_balloon */
	uint64_t keeps; /* what it does not give back, of each of the two */
	bool says_cpu_deleted; /* DEVICE_DELETED of the vCPU itself; rare */
	bool has_no_agent; /* nobody opens the port */
	bool agent_is_silent; /* it reads and never answers */
	unsigned agent_ms; /* each answer takes so long [0] */
	unsigned exec_ms; /* each guest-exec takes so long [20] */
	const char *disabled; /* agent commands, separated by spaces */
	uint64_t used; /* memory the guest uses itself [60 MiB] */
};

/* A copy, to change and give back; what waits for the guest then goes on. */
struct fake_guest fake_guest(const struct fake *fake);
void fake_set_guest(struct fake *fake, const struct fake_guest *guest);
/* A file that guest-file-open finds, and a program's exit and output. */
void fake_set_file(struct fake *fake, const char *path, const char *text);
void fake_set_program(
    struct fake *fake, const char *path, int exit_code, const char *output);

/* ---- faults ---- */

enum fake_fault_kind {
	FAKE_ERROR, /* refused with class and text; not applied */
	FAKE_CLOSE_BEFORE, /* hung up; not applied */
	FAKE_CLOSE_AFTER, /* applied; hung up before the reply */
	FAKE_DELAY, /* applied; the reply and all after it wait ms */
	FAKE_EVENT_FIRST, /* the guest reacts before the reply */
	FAKE_EVENT_TWICE, /* every event that the command causes, twice */
	FAKE_NO_REPLY, /* applied; this client never hears again */
};

struct fake_fault {
	enum fake_fault_kind kind;
	enum fake_side side;
	/* Which command: the number-th on this side since the fake began, or,
	 * when 0, the occurrence-th (0: every one) called command from now. */
	unsigned number;
	const char *command;
	unsigned occurrence;
	const char *error_class, *text; /* [GenericError, injected error] */
	unsigned ms;
};

void fake_fault(struct fake *fake, const struct fake_fault *fault);
void fake_clear_faults(struct fake *fake);
/* The next migration, either way, fails with this text. */
void fake_fail_migration(struct fake *fake, const char *text);

/* ---- what happened ---- */

/* Commands received on this side so far; qmp_capabilities and syncs count. */
unsigned fake_received(const struct fake *fake, enum fake_side side);
/* All of them: [{execute, arguments?}]; borrowed. */
const json_t *fake_commands(const struct fake *fake, enum fake_side side);
/*
 * The whole model, the caller's; the same whatever the order in which it came
 * about: {status, nodes, objects, chardevs, netdevs, orphans (netdevs that
 * only their NIC still holds), fds, devices, cpus, capabilities, migration,
 * guest: {pci, disks, vcpus, blocks}}.
 */
json_t *fake_snapshot(const struct fake *fake);
/* It has been told to quit. */
bool fake_is_gone(const struct fake *fake);

#endif
