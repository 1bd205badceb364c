/* Template files in a folder of the test's own, and what they name. */
#ifndef CONFIG_FILE_H
#define CONFIG_FILE_H

#include "template.h"

#define KERNEL "kernel: vmlinuz\npath: ./qemu\naccel: tcg\n"

/* The folder, with a bzImage "vmlinuz", an arm64 "Image", an "initrd", a
 * "disk.img", a program "qemu" that says nothing, "text" that is none of
 * these, and what is nearly one: "short", "empty". */
int config_file_setup(void **state);
/* Writes t.yaml and reads it. */
int config_file_read(
    struct template_config *c, const char *text, struct err *e);

#endif
