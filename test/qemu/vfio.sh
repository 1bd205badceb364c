# shellcheck shell=bash
# shellcheck disable=SC2154 # see functions.sh
# VFIO needs an IOMMU and devices that may be taken away. An outer guest has both:
# it runs this host's files (tools/guest/outer-init), and in it vfio-inside.

virtiofsd=/usr/lib/qemu/virtiofsd

# Starts what the outer guest reads its files through.
start_files() {
	[ -x "$virtiofsd" ] ||
		fail "there is no $virtiofsd; it is in qemu-system-common."
	# In a container only a chroot can be had, and / cannot be unmounted.
	"$virtiofsd" --socket-path="$dir/fs.sock" -o source=/ -o sandbox=chroot \
		-o cache=always >fs.log 2>&1 &
	soon 10 test -S fs.sock
	rm -f "/run/virtiofsd/$(tr / . <<<"$dir/fs.sock").pid"
}

# The outer guest: NICs at 5 and 6, and two more at 1 and 2 of one bridge, which
# therefore share an IOMMU group. Its console comes out here.
run_outer() {
	cat "$guest/initrd" "$guest/outer" >outer.initrd
	timeout -k 5 240 "$qemu" -nodefaults -no-user-config -display none \
		-M q35,kernel-irqchip=split,accel=tcg,memory-backend=ram \
		-cpu max,-cx16 -smp 2 -m 1G \
		-object memory-backend-memfd,id=ram,size=1G,share=on \
		-device intel-iommu,intremap=on,caching-mode=on \
		-kernel "$guest/vmlinuz" -initrd outer.initrd \
		-append "console=ttyS0 quiet rdinit=/outer-init intel_iommu=on \
iommu=pt panic=-1 outer.run=$1 outer.keep=$work" \
		-no-reboot -serial stdio \
		-chardev "socket,id=fs,path=$dir/fs.sock" \
		-device vhost-user-fs-pci,chardev=fs,tag=host,addr=4 \
		-device e1000e,addr=5 \
		-device virtio-net-pci,addr=6,iommu_platform=on,disable-legacy=on \
		-device pci-bridge,id=bridge0,chassis_nr=1,addr=7 \
		-device virtio-net-pci,bus=bridge0,addr=1 \
		-device e1000,bus=bridge0,addr=2 2>&1 | tr -d '\r'
}

test_vfio() {
	[ -s "$guest/outer" ] ||
		fail "there is no $guest/outer; make it anew with tools/guest-image."
	start_files
	cat >inside <<-END
		#!/bin/bash
		export here='$here' qmpctl='$qmpctl' qemu='$qemu' work='$work'
		exec '$here/vfio-inside'
	END
	chmod 755 inside
	run_outer "$dir/inside" | tee console
	grep -qx 'outer: status 0' console || fail 'it failed in the outer guest'
}
