# The engine: joins QMP to plans, templates, clones and fitting.
noinst_LIBRARIES += libqmpd.a
libqmpd_a_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/src
libqmpd_a_SOURCES = \
	src/acpi.c src/acpi.h \
	src/actual.c src/actual.h src/actual-memory.c \
	src/apply.c src/apply.h \
	src/ask.c \
	src/balloon.c src/balloon.h \
	src/base64.c src/base64.h \
	src/blk.c \
	src/chardev.c src/chardev.h \
	src/clone.c src/clone.h \
	src/cold-plug.c src/cold-plug.h \
	src/commands.c src/commands.h \
	src/cpu.c src/cpu.h \
	src/decode.c src/decode.h \
	src/decode-internal.h src/decode-path.c src/decode-type.c \
	src/device.c src/device.h \
	src/device-same.c src/device-wait.c \
	src/disk.c src/disk.h src/disk-change.c src/disk-image.c \
	src/disk-nodes.c \
	src/document.c src/document.h \
	src/document-alias.c src/document-internal.h src/document-json.c \
	src/document-scalar.c src/document-yaml.c \
	src/feature.c src/feature.h \
	src/files.c \
	src/encode.c \
	src/fit.c src/fit.h src/fit-cpu.c src/fit-device.c src/fit-memory.c \
	src/fit-virtio-mem.c \
	src/fixup.c \
	src/holder.c src/holder.h \
	src/host.c src/host.h \
	src/launch.c src/launch.h src/launch-internal.h \
	src/launch-actual.c src/launch-device.c src/launch-socket.c \
	src/machine.c src/machine.h \
	src/mac.c src/mac.h \
	src/mark.c src/mark.h \
	src/memory.c src/memory.h \
	src/memory-file.c src/memory-file.h \
	src/nearest.c src/nearest.h \
	src/net.c src/net-host.c src/net-internal.h src/net-steps.c \
	src/netns.c src/netns.h \
	src/observe.c src/observe.h src/observe-internal.h \
	src/observe-guest.c src/observe-memory.c src/observe-parse.c \
	src/observe-pci.c src/observe-virtio-mem.c \
	src/oci.c \
	src/part.c src/part.h \
	src/pci.c src/pci.h \
	src/placement.c src/placement.h \
	src/places.c src/places.h \
	src/plan.c src/plan.h \
	src/pod.c src/pod.h src/pod-size.c src/pod-volume.c \
	src/pmem.c \
	src/process.c \
	src/qemu.c src/qemu.h \
	src/quote.c src/quote.h \
	src/record.c src/record.h \
	src/remove.c \
	src/rng.c \
	src/run.c src/run.h src/run-internal.h src/run-undo.c \
	src/schema.c src/schema.h \
	src/script.c src/script.h \
	src/scsi.c src/scsi-controller.c \
	src/scsi-place.c src/scsi-place.h \
	src/size.c src/size.h \
	src/spec.c src/spec.h src/spec-internal.h \
	src/spec-device.c src/spec-metadata.c src/virtual-machine.c \
	src/tap.c src/tap.h src/tap-look.c \
	src/template.c src/template.h \
	src/template-config.c src/template-config-internal.h \
	src/template-config-check.c src/template-config-list.c \
	src/template-create.c \
	src/template-device.c \
	src/template-disk.c \
	src/template-dry.c \
	src/template-file.c \
	src/template-verify.c \
	src/units.c src/units.h \
	src/vhost-user.c src/vhost-user.h \
	src/vhost-user-blk.c src/vhost-user-fs.c \
	src/vhost-user-net.c src/vhost-user-scsi.c \
	src/virtio-port.c \
	src/vfio.c src/vfio-check.c src/vfio-fit.c src/vfio-internal.h \
	src/vfio-end.c src/vfio-end.h \
	src/vfio-host.c src/vfio-host.h \
	src/virtio-mem.c src/virtio-mem.h \
	src/vm.c src/vm.h \
	src/vsock.c \
	src/want.c src/want-internal.h \
	src/want-call.c src/want-wait.c \
	$(NULL)
