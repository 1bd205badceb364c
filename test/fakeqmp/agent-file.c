/*
 * The files and programs of the fake's guest. /proc/meminfo is worked out
 * from the memory that the guest has online.
 */
#include "model.h"

#define MEMINFO "/proc/meminfo"
#define KERNEL (40 * MIB) /* what the kernel takes for itself at boot */
#define PAGE_COST 64 /* bytes of memmap for each page */
#define READ_DEFAULT 4096

static const char digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static char *
base64(const char *text, size_t n)
{
	const unsigned char *in = (const unsigned char *)text;
	char *out = xcalloc((n + 2) / 3 * 4 + 1, 1), *to = out;
	size_t i;

	for (i = 0; i < n; i += 3) {
		unsigned v = (unsigned)in[i] << 16;

		v |= i + 1 < n ? (unsigned)in[i + 1] << 8 : 0;
		v |= i + 2 < n ? (unsigned)in[i + 2] : 0;
		*to++ = digits[v >> 18];
		*to++ = digits[v >> 12 & 63];
		*to++ = i + 1 < n ? digits[v >> 6 & 63] : '=';
		*to++ = i + 2 < n ? digits[v & 63] : '=';
	}
	return out;
}

static char *
key_of(json_int_t number)
{
	return xasprintf("%" JSON_INTEGER_FORMAT, number);
}

/* ---- files ---- */

static uint64_t
online_bytes(const struct fake *fake)
{
	const struct device *device;
	uint64_t sum = fake->options.memory, i;

	TAILQ_FOREACH (device, &fake->devices, entry)
		for (i = 0; i < device_blocks(device); i++)
			sum += device->is_online[i] ? BLOCK_SIZE : 0;
	return sum;
}

static uint64_t
less(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

static char *
meminfo(const struct fake *fake)
{
	uint64_t all = fake->options.memory + memory_plugged(fake);
	uint64_t total =
	    less(online_bytes(fake), KERNEL + all / 4096 * PAGE_COST);
	uint64_t available = less(total, fake->guest.used);

	return xasprintf("MemTotal:       %8llu kB\nMemFree:        %8llu kB\n"
			 "MemAvailable:   %8llu kB\n",
	    (unsigned long long)(total / KIB),
	    (unsigned long long)(available / KIB),
	    (unsigned long long)(available / KIB));
}

void
fake_set_file(struct fake *fake, const char *path, const char *text)
{
	json_object_set_new(fake->files, path, must(json_string(text)));
}

/* A file of a PCI device that the guest has found. */
static char *
pci_file(const struct fake *fake, const char *path)
{
	const struct device *device;

	TAILQ_FOREACH (device, &fake->devices, entry) {
		_free_ char *class = device->bus
		    ? xasprintf("/sys/bus/pci/devices/0000:%02x:%02x.0/class",
			  device->bus->number, device->slot)
		    : NULL;

		if (device->is_seen && str_eq(path, class))
			return xasprintf("0x020000\n");
	}
	return NULL;
}

json_t *
agent_file_open(struct fake *fake, const json_t *arguments)
{
	const char *path = text_of(arguments, "path");
	const char *text = text_of(fake->files, path);
	char *disk = disk_file(fake, path);
	_free_ char *made = str_eq(path, MEMINFO) ? meminfo(fake)
	    : disk                                ? disk
						  : pci_file(fake, path);
	_free_ char *key = key_of(++fake->last_handle);

	if (!text && !made)
		return refuse(fake, GENERIC,
		    "failed to open file '%s' (mode: 'r'): No such file or "
		    "directory",
		    path);
	json_object_set_new(fake->handles, key,
	    json_pack("{s:s, s:s, s:i}", "path", path, "text",
		made ? made : text, "offset", 0));
	return json_integer(fake->last_handle);
}

static json_t *
find_handle(struct fake *fake, const json_t *arguments)
{
	json_int_t number = number_of(arguments, "handle");
	_free_ char *key = key_of(number);
	json_t *handle = json_object_get(fake->handles, key);

	if (!handle)
		return refuse(fake, GENERIC,
		    "handle '%" JSON_INTEGER_FORMAT "' has not been found",
		    number);
	return handle;
}

json_t *
agent_file_read(struct fake *fake, const json_t *arguments)
{
	json_t *handle = find_handle(fake, arguments);
	json_int_t offset = number_of(handle, "offset");
	json_int_t count = json_object_get(arguments, "count")
	    ? number_of(arguments, "count")
	    : READ_DEFAULT;
	const char *text;
	json_int_t n;
	_free_ char *encoded = NULL;

	if (!handle)
		return NULL;
	text = text_of(handle, "text") + offset;
	n = MIN((json_int_t)strlen(text), count);
	encoded = base64(text, (size_t)n);
	json_object_set_new(handle, "offset", json_integer(offset + n));
	return json_pack("{s:I, s:s, s:b}", "count", n, "buf-b64", encoded,
	    "eof", n < count);
}

/* To the begin, where a file of the kernel's is made anew. */
json_t *
agent_file_seek(struct fake *fake, const json_t *arguments)
{
	json_t *handle = find_handle(fake, arguments);
	_free_ char *made =
	    handle ? disk_file(fake, text_of(handle, "path")) : NULL;

	if (!handle)
		return NULL;
	if (made)
		json_object_set_new(handle, "text", json_string(made));
	json_object_set_new(handle, "offset", json_integer(0));
	return json_pack("{s:i, s:b}", "position", 0, "eof", 0);
}

json_t *
agent_file_close(struct fake *fake, const json_t *arguments)
{
	_free_ char *key = key_of(number_of(arguments, "handle"));

	if (!find_handle(fake, arguments))
		return NULL;
	json_object_del(fake->handles, key);
	return nothing();
}

/* ---- programs ---- */

void
fake_set_program(
    struct fake *fake, const char *path, int exit_code, const char *output)
{
	json_object_set_new(fake->programs, path,
	    must(
		json_pack("{s:i, s:s}", "exitcode", exit_code, "out", output)));
}

json_t *
agent_exec(struct fake *fake, const json_t *arguments)
{
	const char *path = text_of(arguments, "path");
	json_t *program = json_object_get(fake->programs, path), *process;
	_free_ char *key = key_of(++fake->last_handle);
	uint64_t due =
	    clock_now(fake->clock) + (uint64_t)fake->guest.exec_ms * 1000;

	if (!program)
		return refuse(fake, GENERIC,
		    "Guest agent command failed, error was 'Failed to execute "
		    "child process \"%s\" (No such file or directory)'",
		    path);
	process = must(json_deep_copy(program));
	json_object_set_new(process, "due", json_integer((json_int_t)due));
	json_object_set_new(fake->processes, key, process);
	return json_pack("{s:i}", "pid", (int)fake->last_handle);
}

static json_t *
exited(const json_t *process)
{
	const char *out = text_of(process, "out");
	_free_ char *encoded = base64(out, strlen(out));
	json_t *value = json_pack("{s:b, s:i}", "exited", 1, "exitcode",
	    (int)number_of(process, "exitcode"));

	if (*out)
		json_object_set_new(value, "out-data", json_string(encoded));
	return value;
}

/* Like the agent, it forgets a process once its end has been told. */
json_t *
agent_exec_status(struct fake *fake, const json_t *arguments)
{
	json_int_t pid = number_of(arguments, "pid");
	_free_ char *key = key_of(pid);
	json_t *process = json_object_get(fake->processes, key), *value;

	if (!process)
		return refuse(fake, GENERIC, "Invalid parameter 'pid'");
	if ((json_int_t)clock_now(fake->clock) < number_of(process, "due"))
		return json_pack("{s:b}", "exited", 0);
	value = exited(process);
	json_object_del(fake->processes, key);
	return value;
}

void
agent_files_init(struct fake *fake)
{
	fake->files = must(json_object());
	fake->programs = must(json_object());
	fake->handles = must(json_object());
	fake->processes = must(json_object());
	fake_set_file(fake, "/proc/sys/kernel/random/boot_id",
	    "00000000-0000-4000-8000-000000000000\n");
	fake_set_file(fake, "/etc/hostname", "fake\n");
	fake_set_program(fake, "/bin/true", 0, "");
	fake_set_program(fake, "/bin/false", 1, "");
	fake_set_program(fake, "/bin/sh", 0, "");
}
