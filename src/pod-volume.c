/*
 * A Pod's volumes (core/v1 Volume): block devices of the host become disks of
 * the VM, all others are the runtime's business.
 */
#include "pod.h"
#include "spec-internal.h"

/* core/v1 HostPathType. */
enum host_path_type { HOST_PATH_BLOCK_DEVICE };
static const char *const host_path_types[] = {
	[HOST_PATH_BLOCK_DEVICE] = "BlockDevice",
	"",
	"CharDevice",
	"Directory",
	"DirectoryOrCreate",
	"File",
	"FileOrCreate",
	"Socket",
	NULL,
};

struct host_path {
	char *path;
	int type; /* -1: not said */
};

struct volume {
	char *name;
	struct host_path host_path;
};

static const struct decode_row host_path_rows[] = {
	{ "path", DECODE_STRING, offsetof(struct host_path, path), true },
	{ "type", DECODE_ENUM, offsetof(struct host_path, type),
	    .names = host_path_types },
	{ NULL },
};

static const struct decode_row volume_rows[] = {
	{ "name", DECODE_STRING, offsetof(struct volume, name), true },
	{ "hostPath", DECODE_OBJECT, offsetof(struct volume, host_path),
	    .rows = host_path_rows },
	{ "awsElasticBlockStore", DECODE_IGNORE },
	{ "azureDisk", DECODE_IGNORE },
	{ "azureFile", DECODE_IGNORE },
	{ "cephfs", DECODE_IGNORE },
	{ "cinder", DECODE_IGNORE },
	{ "configMap", DECODE_IGNORE },
	{ "csi", DECODE_IGNORE },
	{ "downwardAPI", DECODE_IGNORE },
	{ "emptyDir", DECODE_IGNORE },
	{ "ephemeral", DECODE_IGNORE },
	{ "fc", DECODE_IGNORE },
	{ "flexVolume", DECODE_IGNORE },
	{ "flocker", DECODE_IGNORE },
	{ "gcePersistentDisk", DECODE_IGNORE },
	{ "gitRepo", DECODE_IGNORE },
	{ "glusterfs", DECODE_IGNORE },
	{ "image", DECODE_IGNORE },
	{ "iscsi", DECODE_IGNORE },
	{ "nfs", DECODE_IGNORE },
	{ "persistentVolumeClaim", DECODE_IGNORE },
	{ "photonPersistentDisk", DECODE_IGNORE },
	{ "portworxVolume", DECODE_IGNORE },
	{ "projected", DECODE_IGNORE },
	{ "quobyte", DECODE_IGNORE },
	{ "rbd", DECODE_IGNORE },
	{ "scaleIO", DECODE_IGNORE },
	{ "secret", DECODE_IGNORE },
	{ "storageos", DECODE_IGNORE },
	{ "vsphereVolume", DECODE_IGNORE },
	{ NULL },
};

/* The disk that a volume is, if it is one. */
static int
add_volume(struct decode *d, struct spec *spec, const struct volume *volume,
    struct err *e)
{
	if (volume->host_path.type != HOST_PATH_BLOCK_DEVICE)
		return 0;
	return spec_add_device(d, spec, volume->name, "blk",
	    must(json_pack("{s:s, s:s}", "image", volume->host_path.path,
		"format", "raw")),
	    e);
}

/* One of spec.volumes. */
static int
decode_volume(struct decode *d, const json_t *v, void *member, struct err *e)
{
	struct pod *pod = member;
	struct volume volume = { NULL, { NULL, -1 } };
	int result = decode_object(d, v, volume_rows, &volume, e);

	if (result == 0)
		result = add_volume(d, pod->spec, &volume, e);
	free(volume.name);
	free(volume.host_path.path);
	return result;
}

int
pod_decode_volumes(
    struct decode *d, const json_t *v, void *member, struct err *e)
{
	return decode_list(d, v, decode_volume, member, e);
}
