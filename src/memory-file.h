/*
 * Guest memory in a file of a VM's own: a template's pages, copied.
 *
 * The file has no name (open(2), O_TMPFILE): who holds it open holds all of
 * it, so whoever is killed, and whenever, leaves nothing of it. It is on the
 * template's own file system, where there is room for such memory, and which
 * has to be a tmpfs: else the guest would write to a disk.
 */
#ifndef MEMORY_FILE_H
#define MEMORY_FILE_H

#include "err.h"

/* Whether so many bytes are free where this folder is: a memory file that
 * cannot grow kills its QEMU by SIGBUS. */
int memory_check_room(const char *folder, uint64_t bytes, struct err *e);

/* An empty file of this size, all hole; the caller closes it. -1 on error. */
int memory_file_new(const char *folder, uint64_t size, struct err *e);
/* Its path for a QEMU that has inherited it by this number; the caller
 * frees. */
char *memory_file_path(int fd);

/* A copy on its way: both descriptors are borrowed. */
struct memory_copy {
	int from, to;
	off_t at;
	uint64_t copied; /* bytes that were not zero */
};

/*
 * Copies the pages of the next slice that are not zero. Holes are not read:
 * that would allocate their pages. 1: there may be more; 0: that was all.
 */
int memory_copy_next(struct memory_copy *copy, struct err *e);

#endif
