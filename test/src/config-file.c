/* Template files, and what they name. */
#include "config-file.h"
#include "scratch.h"
#include <sys/stat.h>

int
config_file_read(struct template_config *c, const char *text, struct err *e)
{
	return template_config_read(c, scratch_file("t.yaml", text), e);
}

int
config_file_setup(void **state)
{
	char kernel[0x400 + 1];

	if (scratch_setup(state) < 0)
		return -1;
	memset(kernel, 'k', sizeof(kernel) - 1);
	kernel[sizeof(kernel) - 1] = '\0';
	scratch_file("text", kernel);
	memcpy(kernel + 0x202, "HdrS", 4);
	scratch_file("vmlinuz", kernel);
	kernel[0x205] = '\0';
	scratch_file("short", kernel);
	scratch_file("initrd", "i");
	scratch_file("empty", "");
	memcpy(kernel + 0x38, "ARM\x64", 4);
	kernel[0x202] = 'k';
	scratch_file("Image", kernel);
	memset(kernel, 0, sizeof(kernel));
	memset(kernel, 'i', 512);
	scratch_file("disk.img", kernel);
	if (chmod(scratch_file("qemu", "#!/bin/sh\n"), 0700) < 0)
		return -1;
	return 0;
}
