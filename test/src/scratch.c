/* A folder of the test's own, gone after it. */
#include "scratch.h"
#include <endian.h>
#include <dirent.h>
#include <ftw.h>
#include <sys/stat.h>

#define PATHS_MAX 1024

static char *folder;
static char *paths[PATHS_MAX];
static size_t paths_n;

int
scratch_setup(void **state)
{
	const char *parent = getenv("TMPDIR");

	folder = xasprintf(
	    "%s/qmpd-test-XXXXXX", parent && *parent ? parent : "/tmp");
	return mkdtemp(folder) ? 0 : -1;
}

static int
remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	return remove(path);
}

int
scratch_teardown(void **state)
{
	int rc = nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);

	while (paths_n > 0)
		free(paths[--paths_n]);
	free(TAKE(folder));
	return rc;
}

const char *
scratch(void)
{
	return folder;
}

const char *
scratch_path(const char *name)
{
	assert_true(paths_n < PATHS_MAX);
	return paths[paths_n++] = xasprintf("%s/%s", folder, name);
}

const char *
scratch_file(const char *name, const char *text)
{
	const char *path = scratch_path(name);
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, 0600), 0);
	return path;
}

const char *
scratch_image(const char *name, uint64_t size)
{
	const char *path = scratch_file(name, "");

	assert_int_equal(truncate(path, (off_t)size), 0);
	return path;
}

const char *
scratch_qcow2(const char *name, uint64_t size)
{
	const char *path = scratch_file(name, "QFI\xfb");
	uint64_t field = htobe64(size);
	FILE *file = fopen(path, "r+");

	assert_non_null(file);
	assert_int_equal(fseek(file, 24, SEEK_SET), 0);
	assert_int_equal(fwrite(&field, sizeof(field), 1, file), 1);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(truncate(path, 64 * KIB), 0);
	return path;
}

char *
scratch_strip(const char *text)
{
	_free_ char *prefix = xasprintf("%s/", folder);
	char *out = xstrdup(text), *at;
	size_t n = strlen(prefix);

	while ((at = strstr(out, prefix)))
		memmove(at, at + n, strlen(at + n) + 1);
	return out;
}

size_t
scratch_count(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	size_t n = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir)))
		n += strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..");
	closedir(dir);
	return n;
}
