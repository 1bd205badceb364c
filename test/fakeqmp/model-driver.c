/*
 * The table of device models that the fake knows: a row says where a device
 * goes, what it refers to, what it makes, and which properties it has.
 */
#include "model.h"

#define VIRTIO 0x1af4
#define INTEL 0x8086
#define REDHAT 0x1b36

#define PCI                                                              \
	"addr:int32 acpi-index:uint32 multifunction:bool rombar:uint32 " \
	"romfile:str romsize:uint32 failover_pair_id:str "
#define VIRTIO_PCI                                                          \
	PCI "disable-legacy:OnOffAuto disable-modern:bool vectors:uint32 "  \
	    "ioeventfd:bool iommu_platform:bool ats:bool page-per-vq:bool " \
	    "event_idx:bool indirect_desc:bool packed:bool "                \
	    "queue_reset:bool@7.2 aer:bool "
#define BLOCK                                                           \
	"drive:str serial:str bootindex:int32 logical_block_size:size " \
	"physical_block_size:size min_io_size:size opt_io_size:size "   \
	"discard_granularity:size write-cache:OnOffAuto share-rw:bool " \
	"werror:BlockdevOnError rerror:BlockdevOnError "
#define PORT "nr:uint32 name:str chardev:str"

/* ---- what a model is particular about ---- */

static int
check_mac(struct fake *fake, struct device *device)
{
	const char *mac = text_of(device->options, "mac");
	unsigned b;
	int n = 0;

	if (mac &&
	    (sscanf(mac, "%2x:%2x:%2x:%2x:%2x:%2x%n", &b, &b, &b, &b, &b, &b,
		 &n) != 6 ||
		mac[n])) {
		refuse(fake, GENERIC,
		    "Property 'virtio-net-device.mac' doesn't take value '%s'",
		    mac);
		return -1;
	}
	device->mac = mac
	    ? xstrdup(mac)
	    : xasprintf("52:54:00:12:34:%02x", 0x56 + fake->last_mac++ % 0xaa);
	return 0;
}

static int
check_tag(struct fake *fake, struct device *device)
{
	const char *tag = text_of(device->options, "tag");

	if (tag && *tag)
		return 0;
	refuse(fake, GENERIC,
	    tag ? "tag property cannot be empty" : "missing tag property");
	return -1;
}

/* The other one that says the same of itself under this key. */
static const struct device *
find_same(const struct fake *fake, const struct device *device, const char *key)
{
	const json_t *value = json_object_get(device->options, key);
	const struct device *other;

	TAILQ_FOREACH (other, &fake->devices, entry)
		if (value && other->model == device->model &&
		    json_equal(value, json_object_get(other->options, key)))
			return other;
	return NULL;
}

static int
check_cid(struct fake *fake, struct device *device)
{
	if (number_of(device->options, "guest-cid") <= 2)
		refuse(
		    fake, GENERIC, "guest-cid property must be greater than 2");
	else if (find_same(fake, device, "guest-cid"))
		refuse(fake, GENERIC,
		    "vhost-vsock: unable to set guest cid: Address already in "
		    "use");
	else
		return 0;
	return -1;
}

static int
check_host(struct fake *fake, struct device *device)
{
	const char *host = text_of(device->options, "host");
	const char *path = text_of(device->options, "sysfsdev");
	unsigned domain, bus, slot, function;

	if (!host && !path)
		refuse(fake, GENERIC, "No provided host device");
	else if (host &&
	    (sscanf(host, "%x:%x:%x.%u", &domain, &bus, &slot, &function) !=
		    4 ||
		slot > 31 || function > 7))
		refuse(fake, GENERIC,
		    "Property 'vfio-pci.host' doesn't take value '%s'", host);
	else if (find_same(fake, device, "host") ||
	    find_same(fake, device, "sysfsdev"))
		refuse(fake, GENERIC, "vfio %s: device is already attached",
		    host ? host : path);
	else
		return 0;
	return -1;
}

static int
check_chassis(struct fake *fake, struct device *device)
{
	if (number_of(device->options, "chassis_nr") > 0)
		return 0;
	refuse(fake, GENERIC,
	    "Bridge chassis not specified. Each bridge is required to be "
	    "assigned a unique chassis id > 0.");
	return -1;
}

/* ---- the table ---- */

static const struct model models[] = {
	{ "virtio-blk-pci", &pci_kind, "PCI", { 256, VIRTIO, 0x1001 },
	    .child = "virtio-backend", .inner = "virtio-blk-device",
	    .refs = { REF_DRIVE, REF_IOTHREAD },
	    .needs = "drive property not set", .disk = "vd",
	    .properties = VIRTIO_PCI BLOCK
	    "iothread:link<iothread> num-queues:uint16 queue-size:uint16 "
	    "config-wce:bool discard:bool write-zeroes:bool "
	    "seg-max-adjust:bool request-merging:bool "
	    "report-discard-granularity:bool iothread-vq-mapping:list@9.0" },
	{ "virtio-net-pci", &pci_kind, "PCI", { 512, VIRTIO, 0x1000 },
	    .child = "virtio-backend", .inner = "virtio-net-device",
	    .refs = { REF_NETDEV }, .check = check_mac,
	    .properties = VIRTIO_PCI
	    "netdev:str mac:str mq:bool host_mtu:uint16 bootindex:int32 "
	    "rx_queue_size:uint16 tx_queue_size:uint16 status:bool csum:bool "
	    "gso:bool guest_csum:bool mrg_rxbuf:bool ctrl_vq:bool "
	    "guest_announce:bool rss:bool hash:bool speed:int32 duplex:str" },
	{ "virtio-rng-pci", &pci_kind, "PCI", { 255, VIRTIO, 0x1005 },
	    .child = "virtio-backend", .inner = "virtio-rng-device",
	    .refs = { REF_RNG },
	    .properties = VIRTIO_PCI
	    "rng:link<rng-backend> max-bytes:uint64 period:uint32" },
	{ "virtio-serial-pci", &pci_kind, "PCI", { 1920, VIRTIO, 0x1003 },
	    .child = "virtio-backend", .inner = "virtio-serial-device",
	    .makes = "virtio-serial-bus",
	    .properties = VIRTIO_PCI
	    "max_ports:uint32 emergency-write:bool class:uint32" },
	{ "virtio-scsi-pci", &pci_kind, "PCI", { 256, VIRTIO, 0x1004 },
	    .child = "virtio-backend", .inner = "virtio-scsi-device",
	    .makes = "SCSI", .refs = { REF_IOTHREAD },
	    .properties = VIRTIO_PCI
	    "iothread:link<iothread> num_queues:uint32 max_sectors:uint32 "
	    "cmd_per_lun:uint32 virtqueue_size:uint32 seg_max_adjust:bool "
	    "hotplug:bool param_change:bool iothread-vq-mapping:list@9.2" },
	{ "virtio-balloon-pci", &balloon_kind, "PCI", { 255, VIRTIO, 0x1002 },
	    .child = "virtio-backend", .inner = "virtio-balloon-device" },
	{ "vhost-vsock-pci", &pci_kind, "PCI", { 1920, VIRTIO, 0x1012 },
	    .child = "virtio-backend", .inner = "vhost-vsock-device",
	    .check = check_cid,
	    .properties =
		VIRTIO_PCI "guest-cid:uint64 seqpacket:OnOffAuto vhostfd:str" },
	{ "vhost-user-blk-pci", &pci_kind, "PCI", { 256, VIRTIO, 0x1001 },
	    .child = "virtio-backend", .inner = "vhost-user-blk",
	    .refs = { REF_CHARDEV }, .needs = "chardev is mandatory",
	    .disk = "vd",
	    .properties = VIRTIO_PCI
	    "chardev:str num-queues:uint16 queue-size:uint32 config-wce:bool "
	    "discard:bool write-zeroes:bool bootindex:int32" },
	{ "vhost-user-fs-pci", &pci_kind, "PCI", { 384, VIRTIO, 0x105a },
	    .child = "virtio-backend", .inner = "vhost-user-fs-device",
	    .refs = { REF_CHARDEV }, .needs = "missing chardev",
	    .check = check_tag,
	    .properties = VIRTIO_PCI
	    "chardev:str tag:str num-request-queues:uint16 queue-size:uint16 "
	    "bootindex:int32" },
	{ "vhost-user-scsi-pci", &pci_kind, "PCI", { 256, VIRTIO, 0x1004 },
	    .child = "virtio-backend", .inner = "vhost-user-scsi",
	    .refs = { REF_CHARDEV },
	    .needs = "vhost-user-scsi: missing chardev",
	    .properties = VIRTIO_PCI
	    "chardev:str num_queues:uint32 max_sectors:uint32 "
	    "cmd_per_lun:uint32 virtqueue_size:uint32 boot_tpgt:uint32 "
	    "hotplug:bool param_change:bool bootindex:int32" },
	{ "e1000e", &pci_kind, "PCI", { 512, INTEL, 0x10d3 },
	    .refs = { REF_NETDEV }, .check = check_mac },
	{ "nvme", &pci_kind, "PCI", { 264, REDHAT, 0x10 },
	    .refs = { REF_DRIVE } },
	{ "vfio-pci", &pci_kind, "PCI", { 512, INTEL, 0x10d3 },
	    .refs = { REF_IOMMUFD }, .check = check_host,
	    .properties =
		PCI "host:str sysfsdev:str display:OnOffAuto bootindex:int32 "
		    "xres:uint32 yres:uint32 iommufd:link<iommufd>@9.0 "
		    "fd:string@9.0" },
	{ "pci-serial", &pci_kind, "PCI", { 1792, REDHAT, 0x2 },
	    .child = "serial", .inner = "serial", .refs = { REF_CHARDEV },
	    .properties = PCI "chardev:str prog_if:uint8 baudbase:uint32" },
	{ "pci-bridge", &pci_kind, "PCI", { 1540, REDHAT, 0x1 }, .makes = "PCI",
	    .check = check_chassis,
	    .properties =
		PCI "chassis_nr:uint8 shpc:bool msi:OnOffAuto "
		    "mem-reserve:size io-reserve:size bus-reserve:uint32 "
		    "pref32-reserve:size pref64-reserve:size" },
	{ "scsi-hd", &scsi_kind, "SCSI", .refs = { REF_DRIVE },
	    .needs = "drive property not set", .disk = "sd",
	    .properties = BLOCK
	    "channel:uint32 scsi-id:uint32 lun:uint32 device_id:str "
	    "vendor:str product:str ver:str wwn:uint64 removable:bool "
	    "rotation_rate:uint16 max_unmap_size:uint64 max_io_size:uint64" },
	{ "scsi-cd", &scsi_kind, "SCSI", .refs = { REF_DRIVE }, .disk = "sr",
	    .properties = BLOCK
	    "channel:uint32 scsi-id:uint32 lun:uint32 device_id:str "
	    "vendor:str product:str ver:str wwn:uint64 max_io_size:uint64" },
	{ "virtserialport", &port_kind, "virtio-serial-bus",
	    .refs = { REF_CHARDEV }, .properties = PORT },
	{ "virtconsole", &port_kind, "virtio-serial-bus",
	    .refs = { REF_CHARDEV }, .properties = PORT },
	{ "virtio-mem-pci", &virtio_mem_kind, "PCI", { 255, VIRTIO, 0x1058 },
	    .child = "virtio-backend", .inner = "virtio-mem",
	    .properties = VIRTIO_PCI
	    "memdev:link<memory-backend> node:uint32 block-size:size "
	    "requested-size:size size:int memaddr:uint64 prealloc:bool" },
	{ "pc-dimm", &dimm_kind,
	    .properties = "memdev:link<memory-backend> node:uint32 slot:int32 "
			  "addr:uint64 size:uint64" },
	{ "nvdimm", &nvdimm_kind,
	    .properties = "memdev:link<memory-backend> node:uint32 slot:int32 "
			  "addr:uint64 size:uint64 label-size:int "
			  "unarmed:bool uuid:QemuUUID" },
	{ "-x86_64-cpu", &cpu_kind }, /* any that ends so */
	{ NULL },
};

const struct model *
model_find(const char *driver)
{
	const struct model *model;
	const char *tail;

	for (model = models; model->driver; model++) {
		tail = model->driver[0] == '-' ? strstr(driver, model->driver)
					       : driver;
		if (str_eq(tail, model->driver))
			return model;
	}
	return NULL;
}

const char *
model_inner(const struct device *device)
{
	return device->model->inner ? device->model->inner : device->driver;
}

bool
model_has(const struct fake *fake, const struct model *model, const char *name)
{
	return !model->properties ||
	    words_find(fake, model->properties, name, NULL);
}

/* ---- what QEMU says of its models ---- */

json_t *
device_list_properties(struct fake *fake, const json_t *arguments)
{
	const char *name = text_of(arguments, "typename");
	const struct model *model = model_find(name);
	json_t *list;
	struct word word;
	const char *at;

	if (!model)
		return refuse(fake, NOT_FOUND, "Device '%s' not found", name);
	list = must(json_array());
	at = model->properties;
	while (words_next(fake, &at, &word))
		json_array_append_new(list,
		    json_pack(
			"{s:s, s:s}", "name", word.name, "type", word.type));
	return list;
}

json_t *
qom_list_types(struct fake *fake, const json_t *arguments)
{
	json_t *list = must(json_array());
	const struct model *model;

	for (model = models; model->driver; model++)
		json_array_append_new(list,
		    json_pack("{s:s, s:s}", "name", model->driver, "parent",
			"device"));
	return list;
}
