/*
 * What a QEMU build can do that its version number does not tell: bits that
 * its schema has (query-qmp-schema). Asked for only where a decision needs
 * one of them: the answer is long, and QEMU's main loop is busy with it for
 * tens of ms. So what was derived is remembered for each build.
 */
#ifndef FEATURE_H
#define FEATURE_H

#include "base.h"
#include <jansson.h>

struct plan;

enum feature {
	FEATURES_KNOWN = 1 << 0, /* the schema was looked at */
	FEATURE_AIO_IO_URING = 1 << 1, /* blockdev-add: aio=io_uring */
	FEATURE_RECONNECT = 1 << 2, /* chardev-add: reconnect, seconds */
	FEATURE_RECONNECT_MS = 1 << 3, /* chardev-add: reconnect-ms */
	FEATURE_IOMMUFD = 1 << 4, /* object-add: iommufd */
};

/* The bits of an answer to query-qmp-schema; pure. */
unsigned features_of_schema(const json_t *answer);

/*
 * What is remembered of the build that greets with this version ({qemu:
 * {major, minor, micro}, package}); 0: nothing. A file that is not ours, or
 * has another shape or was derived in another way, is nothing. A build
 * without a package string may be any, and is never remembered.
 */
unsigned features_load(const json_t *version);
/* Remembered if that can be done. */
void features_save(const json_t *version, unsigned features);

/*
 * Appends a quiet step after which vm_actual(vm)->features has these bits:
 * from what is remembered, or else by asking. Without one of them nothing is
 * done; with FEATURES_KNOWN alone QEMU is not asked. A QEMU that does not
 * answer has no features.
 */
void features_plan(struct plan *plan, unsigned wanted);

#endif
