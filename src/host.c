/* What this host has. */

#include "host.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

int
host_cpus(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n > 0 ? (int)n : 1;
}

bool
host_has_kvm(void)
{
	_close_ int fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);

	return fd >= 0 &&
	    (access("/sys/module/kvm_intel", F_OK) == 0 ||
		access("/sys/module/kvm_amd", F_OK) == 0);
}

const char *host_devices = "/dev";

char *
host_device(const char *name)
{
	return path_join(host_devices, name);
}

uint64_t
host_memory(void)
{
	long pages = sysconf(_SC_PHYS_PAGES);

	return pages > 0 ? (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE)
			 : 0;
}

/* "flags : fpu … hypervisor …", as x86's kernel shows CPUID (proc(5)). */
bool
host_is_vm(void)
{
	_fclose_ FILE *f = fopen("/proc/cpuinfo", "re");
	_free_ char *line = NULL;
	size_t size = 0;

	while (f && getline(&line, &size, f) > 0)
		if (str_starts(line, "flags"))
			return strstr(line, " hypervisor") != NULL;
	return false;
}

/* The first folder of PATH in which it can be run. */
static char *
search_path(const char *name)
{
	const char *from = getenv("PATH");
	_free_ char *folders = xstrdup(from ? from : "/usr/bin:/bin");
	char *rest = folders, *folder;
	struct stat st;

	while ((folder = strsep(&rest, ":"))) {
		char *path = path_join(*folder ? folder : ".", name);

		if (stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
		    access(path, X_OK) == 0)
			return path;
		free(path);
	}
	return NULL;
}

char *
host_find_program(const char *name, struct err *e)
{
	_free_ char *found =
	    strchr(name, '/') ? xstrdup(name) : search_path(name);
	char *absolute;

	if (!found) {
		err_set(e, "there is no program %s in PATH", name);
		return NULL;
	}
	if (access(found, X_OK) < 0) {
		err_errno(e, "cannot run %s", found);
		return NULL;
	}
	/* Not resolved through symbolic links: the name may matter to it. */
	if (*found == '/')
		return TAKE(found);
	absolute = realpath(found, NULL);
	return absolute ? absolute : TAKE(found);
}
