/* A folder of the test's own, gone after it. */
#ifndef SCRATCH_H
#define SCRATCH_H

#include "check.h"

/* Under TMPDIR or /tmp; as cmocka's fixtures want them. */
int scratch_setup(void **state);
int scratch_teardown(void **state);

/* The folder, without a '/' at its end. */
const char *scratch(void);
/* Disk images of this virtual size: of zeros, and what begins like a qcow2
 * one. */
const char *scratch_image(const char *name, uint64_t size);
const char *scratch_qcow2(const char *name, uint64_t size);
/* A path in it; lives until the folder goes. */
const char *scratch_path(const char *name);
/* Writes a file of this text and returns its path. */
const char *scratch_file(const char *name, const char *text);
/* Text with "FOLDER/" taken out wherever it stands; the caller frees. */
char *scratch_strip(const char *text);
/* How many entries a folder has. */
size_t scratch_count(const char *folder);

#endif
