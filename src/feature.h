/*
 * What a QEMU build can do that its version number does not tell: bits that
 * its schema has (query-qmp-schema). Asked for only where a decision needs
 * one of them.
 */
#ifndef FEATURE_H
#define FEATURE_H

enum feature {
	FEATURES_KNOWN = 1 << 0, /* the schema was looked at */
	FEATURE_AIO_IO_URING = 1 << 1, /* blockdev-add: aio=io_uring */
	FEATURE_RECONNECT = 1 << 2, /* chardev-add: reconnect, seconds */
	FEATURE_RECONNECT_MS = 1 << 3, /* chardev-add: reconnect-ms */
	FEATURE_IOMMUFD = 1 << 4, /* object-add: iommufd */
};

#endif
