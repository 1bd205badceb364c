# What they share: recorded replies, folders of their own, plans as text.
check_LIBRARIES += libsrctest.a
libsrctest_a_CPPFLAGS = $(src_test_cppflags)
libsrctest_a_SOURCES = \
	test/src/check.h \
	test/src/config-file.c test/src/config-file.h \
	test/src/fake-sysfs.c test/src/fake-sysfs.h \
	test/src/fitting.c test/src/fitting.h \
	test/src/replies.c test/src/replies.h \
	test/src/scratch.c test/src/scratch.h \
	$(NULL)

# The tests of src/: each links what it tests.
src_tests = \
	test/src/test-units \
	test/src/test-document \
	test/src/test-decode \
	test/src/test-spec \
	test/src/test-pod \
	test/src/test-oci \
	test/src/test-size \
	test/src/test-base64 \
	test/src/test-cold-plug \
	test/src/test-device \
	test/src/test-disk \
	test/src/test-feature \
	test/src/test-files \
	test/src/test-fit \
	test/src/test-fit-balloon \
	test/src/test-fit-cpu \
	test/src/test-fit-device \
	test/src/test-fit-memory \
	test/src/test-fit-virtio-mem \
	test/src/test-launch \
	test/src/test-machine \
	test/src/test-mark \
	test/src/test-memory \
	test/src/test-memory-file \
	test/src/test-net \
	test/src/test-observe \
	test/src/test-observe-hostile \
	test/src/test-part \
	test/src/test-pci \
	test/src/test-places \
	test/src/test-placement \
	test/src/test-process \
	test/src/test-record \
	test/src/test-schema \
	test/src/test-scsi \
	test/src/test-tap \
	test/src/test-template \
	test/src/test-template-config \
	test/src/test-template-config-check \
	test/src/test-template-device \
	test/src/test-template-file \
	test/src/test-vfio \
	test/src/test-vfio-host \
	test/src/test-vhost-user \
	$(NULL)
check_PROGRAMS += $(src_tests)
TESTS += $(src_tests)

src_test_cppflags = $(AM_CPPFLAGS) -I$(srcdir)/src $(CMOCKA_CFLAGS) \
	-DSRCDIR='"$(srcdir)"'
src_test_ldadd = libsrctest.a libqmpd.a libqmp.a $(DEPS_LIBS) $(CMOCKA_LIBS)

test_src_test_units_SOURCES = test/src/test-units.c test/src/check.h
test_src_test_units_CPPFLAGS = $(src_test_cppflags)
test_src_test_units_LDADD = $(src_test_ldadd)

test_src_test_disk_SOURCES = test/src/test-disk.c
test_src_test_disk_CPPFLAGS = $(src_test_cppflags)
test_src_test_disk_LDADD = $(src_test_ldadd)

test_src_test_scsi_SOURCES = test/src/test-scsi.c
test_src_test_scsi_CPPFLAGS = $(src_test_cppflags)
test_src_test_scsi_LDADD = $(src_test_ldadd)

test_src_test_document_SOURCES = test/src/test-document.c test/src/check.h
test_src_test_document_CPPFLAGS = $(src_test_cppflags)
test_src_test_document_LDADD = $(src_test_ldadd)

test_src_test_decode_SOURCES = test/src/test-decode.c test/src/check.h
test_src_test_decode_CPPFLAGS = $(src_test_cppflags)
test_src_test_decode_LDADD = $(src_test_ldadd)

test_src_test_spec_SOURCES = test/src/test-spec.c test/src/check.h
test_src_test_spec_CPPFLAGS = $(src_test_cppflags)
test_src_test_spec_LDADD = $(src_test_ldadd)

test_src_test_pod_SOURCES = test/src/test-pod.c test/src/check.h
test_src_test_pod_CPPFLAGS = $(src_test_cppflags)
test_src_test_pod_LDADD = $(src_test_ldadd)

test_src_test_oci_SOURCES = test/src/test-oci.c test/src/check.h
test_src_test_oci_CPPFLAGS = $(src_test_cppflags)
test_src_test_oci_LDADD = $(src_test_ldadd)

test_src_test_size_SOURCES = test/src/test-size.c test/src/check.h
test_src_test_size_CPPFLAGS = $(src_test_cppflags)
test_src_test_size_LDADD = $(src_test_ldadd)

test_src_test_base64_SOURCES = test/src/test-base64.c
test_src_test_base64_CPPFLAGS = $(src_test_cppflags)
test_src_test_base64_LDADD = $(src_test_ldadd)

test_src_test_device_SOURCES = test/src/test-device.c
test_src_test_device_CPPFLAGS = $(src_test_cppflags)
test_src_test_device_LDADD = $(src_test_ldadd)

test_src_test_feature_SOURCES = test/src/test-feature.c
test_src_test_feature_CPPFLAGS = $(src_test_cppflags)
test_src_test_feature_LDADD = $(src_test_ldadd)

test_src_test_files_SOURCES = test/src/test-files.c
test_src_test_files_CPPFLAGS = $(src_test_cppflags)
test_src_test_files_LDADD = $(src_test_ldadd)

test_src_test_fit_SOURCES = test/src/test-fit.c
test_src_test_fit_CPPFLAGS = $(src_test_cppflags)
test_src_test_fit_LDADD = $(src_test_ldadd)

test_src_test_fit_cpu_SOURCES = test/src/test-fit-cpu.c
test_src_test_fit_cpu_CPPFLAGS = $(src_test_cppflags)
test_src_test_fit_cpu_LDADD = $(src_test_ldadd)

test_src_test_fit_device_SOURCES = test/src/test-fit-device.c
test_src_test_fit_device_CPPFLAGS = $(src_test_cppflags)
test_src_test_fit_device_LDADD = $(src_test_ldadd)

test_src_test_fit_memory_SOURCES = test/src/test-fit-memory.c
test_src_test_fit_memory_CPPFLAGS = $(src_test_cppflags)
test_src_test_fit_memory_LDADD = $(src_test_ldadd)

test_src_test_fit_virtio_mem_SOURCES = test/src/test-fit-virtio-mem.c
test_src_test_fit_virtio_mem_CPPFLAGS = $(src_test_cppflags)
test_src_test_fit_virtio_mem_LDADD = $(src_test_ldadd)

test_src_test_fit_balloon_SOURCES = test/src/test-fit-balloon.c
test_src_test_fit_balloon_CPPFLAGS = $(src_test_cppflags)
test_src_test_fit_balloon_LDADD = $(src_test_ldadd)

test_src_test_launch_SOURCES = test/src/test-launch.c
test_src_test_launch_CPPFLAGS = $(src_test_cppflags)
test_src_test_launch_LDADD = $(src_test_ldadd)

test_src_test_cold_plug_SOURCES = test/src/test-cold-plug.c
test_src_test_cold_plug_CPPFLAGS = $(src_test_cppflags)
test_src_test_cold_plug_LDADD = $(src_test_ldadd)

test_src_test_machine_SOURCES = test/src/test-machine.c
test_src_test_machine_CPPFLAGS = $(src_test_cppflags)
test_src_test_machine_LDADD = $(src_test_ldadd)

test_src_test_mark_SOURCES = test/src/test-mark.c
test_src_test_mark_CPPFLAGS = $(src_test_cppflags)
test_src_test_mark_LDADD = $(src_test_ldadd)

test_src_test_memory_SOURCES = test/src/test-memory.c
test_src_test_memory_CPPFLAGS = $(src_test_cppflags)
test_src_test_memory_LDADD = $(src_test_ldadd)

test_src_test_memory_file_SOURCES = test/src/test-memory-file.c test/src/check.h
test_src_test_memory_file_CPPFLAGS = $(src_test_cppflags)
test_src_test_memory_file_LDADD = $(src_test_ldadd)

test_src_test_net_SOURCES = test/src/test-net.c test/faults/tap.c
test_src_test_net_CPPFLAGS = $(src_test_cppflags)
test_src_test_net_LDADD = $(src_test_ldadd)

test_src_test_observe_SOURCES = test/src/test-observe.c
test_src_test_observe_CPPFLAGS = $(src_test_cppflags)
test_src_test_observe_LDADD = $(src_test_ldadd)

test_src_test_observe_hostile_SOURCES = test/src/test-observe-hostile.c
test_src_test_observe_hostile_CPPFLAGS = $(src_test_cppflags)
test_src_test_observe_hostile_LDADD = $(src_test_ldadd)

test_src_test_part_SOURCES = test/src/test-part.c test/src/check.h
test_src_test_part_CPPFLAGS = $(src_test_cppflags)
test_src_test_part_LDADD = $(src_test_ldadd)

test_src_test_pci_SOURCES = test/src/test-pci.c
test_src_test_pci_CPPFLAGS = $(src_test_cppflags)
test_src_test_pci_LDADD = $(src_test_ldadd)

test_src_test_places_SOURCES = test/src/test-places.c
test_src_test_places_CPPFLAGS = $(src_test_cppflags)
test_src_test_places_LDADD = $(src_test_ldadd)

test_src_test_placement_SOURCES = test/src/test-placement.c
test_src_test_placement_CPPFLAGS = $(src_test_cppflags)
test_src_test_placement_LDADD = $(src_test_ldadd)

test_src_test_process_SOURCES = test/src/test-process.c
test_src_test_process_CPPFLAGS = $(src_test_cppflags)
test_src_test_process_LDADD = $(src_test_ldadd)

test_src_test_record_SOURCES = test/src/test-record.c
test_src_test_record_CPPFLAGS = $(src_test_cppflags)
test_src_test_record_LDADD = $(src_test_ldadd)

test_src_test_schema_SOURCES = test/src/test-schema.c
test_src_test_schema_CPPFLAGS = $(src_test_cppflags)
test_src_test_schema_LDADD = $(src_test_ldadd)

test_src_test_tap_SOURCES = test/src/test-tap.c
test_src_test_tap_CPPFLAGS = $(src_test_cppflags)
test_src_test_tap_LDADD = $(src_test_ldadd)

test_src_test_template_SOURCES = test/src/test-template.c
test_src_test_template_CPPFLAGS = $(src_test_cppflags)
test_src_test_template_LDADD = $(src_test_ldadd)

test_src_test_template_config_SOURCES = test/src/test-template-config.c
test_src_test_template_config_CPPFLAGS = $(src_test_cppflags)
test_src_test_template_config_LDADD = $(src_test_ldadd)

test_src_test_template_config_check_SOURCES = test/src/test-template-config-check.c
test_src_test_template_config_check_CPPFLAGS = $(src_test_cppflags)
test_src_test_template_config_check_LDADD = $(src_test_ldadd)

test_src_test_template_device_SOURCES = test/src/test-template-device.c
test_src_test_template_device_CPPFLAGS = $(src_test_cppflags)
test_src_test_template_device_LDADD = $(src_test_ldadd)

test_src_test_template_file_SOURCES = test/src/test-template-file.c
test_src_test_template_file_CPPFLAGS = $(src_test_cppflags)
test_src_test_template_file_LDADD = $(src_test_ldadd)

test_src_test_vfio_SOURCES = test/src/test-vfio.c
test_src_test_vfio_CPPFLAGS = $(src_test_cppflags)
test_src_test_vfio_LDADD = $(src_test_ldadd)

test_src_test_vfio_host_SOURCES = test/src/test-vfio-host.c
test_src_test_vfio_host_CPPFLAGS = $(src_test_cppflags)
test_src_test_vfio_host_LDADD = $(src_test_ldadd)

test_src_test_vhost_user_SOURCES = test/src/test-vhost-user.c
test_src_test_vhost_user_CPPFLAGS = $(src_test_cppflags)
test_src_test_vhost_user_LDADD = $(src_test_ldadd)

EXTRA_DIST += \
	test/data/argv \
	test/data/replies \
	test/data/spec/best-effort.yaml \
	test/data/spec/config.json \
	test/data/spec/devices.yaml \
	test/data/spec/frontend.yaml \
	test/data/spec/init-larger.yaml \
	test/data/spec/kubectl.json \
	test/data/spec/pod-level-mixed.yaml \
	test/data/spec/pod-level.yaml \
	test/data/spec/requests.yaml \
	test/data/spec/sidecar-init.yaml \
	test/data/spec/sidecar-order.yaml \
	test/data/spec/sidecar-running.yaml \
	$(NULL)
