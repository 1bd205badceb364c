# shellcheck shell=bash
# shellcheck disable=SC2154 # see functions.sh
# What disks can be told, and what changes while a guest has them.

# The object of a part of ours, and its property.
limits_of() {
	ask_qemu "$1" qom-get \
		"{\"path\": \"/objects/$2\", \"property\": \"limits\"}" >/dev/null
	value "'%(iops-total)d %(iops-read)d %(bps-total)d' % d"
}

# What its device says of the guest's /dev/vda.
queue_of_vda() {
	in_guest "$1" "cat /sys/block/vda/queue/$2"
}

test_disk_options() {
	need_vm demo
	picture "$test" >before
	make_image data.img
	want 0 device add "$test" blk data "image=$dir/data.img" iothread=true \
		discard=unmap cache.no-flush=true serial=S-1 \
		logical-block-size=1024 physical-block-size=4096 -o json
	json 'd["result"] == "done"'
	is "$(queue_of_vda "$test" logical_block_size)" 1024 'logical size'
	is "$(queue_of_vda "$test" physical_block_size)" 4096 'physical size'
	is "$(in_guest "$test" 'cat /sys/block/vda/serial')" S-1 'serial'
	# One VM has at most two vCPUs, and has one now.
	is "$(in_guest "$test" 'ls /sys/block/vda/mq | wc -l')" 2 'queues'
	# What the guest discards is freed.
	in_guest "$test" 'dd if=/dev/zero of=/dev/vda bs=1M count=8 2>&1; sync'
	at_least "$(du -k data.img | cut -f 1)" 8000 'KiB of the image'
	in_guest "$test" 'blkdiscard /dev/vda'
	[ "$(du -k data.img | cut -f 1)" -lt 1000 ] || fail 'nothing was freed'
	want 1 device add "$test" blk data "image=$dir/data.img" discard=unmap \
		iothread=true cache.no-flush=true serial=S-2
	says 'data' 'serial S-1, not S-2'
	want 1 device add "$test" blk data "image=$dir/data.img" iothread=true \
		cache.no-flush=true
	says 'data' 'discard unmap, not ignore'
	want 0 device rm "$test" data
	picture "$test" | diff before - || fail 'something is left'
}

# A block device of the host, past the page cache.
test_disk_on_host_device() {
	need_vm demo
	make_image data.img
	loop=$(losetup -f --show "$dir/data.img")
	# Somebody on the host has it, as who mounts it would.
	python3 -c 'import os, sys, time
os.open(sys.argv[1], os.O_RDWR | os.O_EXCL)
print("held", flush=True)
time.sleep(60)' "$loop" >held &
	holder=$!
	soon 5 test -s held
	want 1 device add "$test" blk data "image=$loop"
	says 'data' "$loop is in use on this host"
	kill $holder
	wait $holder || true
	want 0 device add "$test" blk data "image=$loop" cache.direct=true \
		aio=native -o json
	json 'd["result"] == "done"'
	in_guest "$test" 'echo written by the guest >/dev/vda; sync'
	grep -q 'written by the guest' data.img || fail 'it is another disk'
	ask_qemu "$test" query-named-block-nodes
	json "any(n['drv'] == 'host_device' and n['cache']['direct'] for n in d)"
	want 1 device add "$test" blk b "image=$loop" size=1Gi read-only=false
	says 'size' 'block device of 64Mi'
	want 0 device rm "$test" data
	losetup -d "$loop"
	loop=''
	[ -s data.img ] || fail 'the image is gone'
}

test_disk_format() {
	need_vm demo
	picture "$test" >before
	qemu-img create -q -f qcow2 disk.qcow2 64M
	make_image raw.img
	want 1 device add "$test" blk data "image=$dir/disk.qcow2"
	says 'disk.qcow2' 'format=qcow2 would be right'
	want 1 device add "$test" blk data "image=$dir/raw.img" format=qcow2
	says 'raw.img' 'not of format qcow2' 'format=raw'
	picture "$test" | diff before - || fail 'something is left'
	want 0 device add "$test" blk data "image=$dir/disk.qcow2" \
		format=qcow2 size=128Mi
	is "$(guest_disks "$test")" 262144 'disks'
	qemu-img info -U --output=json disk.qcow2 >out
	json 'd["virtual-size"] == 128 * Mi'
	want 0 device rm "$test" data
	want 0 device add "$test" blk data "image=$dir/disk.qcow2" format=raw
	[ "$(guest_disks "$test")" -lt 4096 ] || fail 'it is not seen as raw'
}

# A disk of a VM and what a document wants of it.
disk_spec() {
	vm_spec "vcpus: $1" 'memory: 256Mi' 'devices:' \
		"  - {id: data, type: blk, image: $dir/data.img$2}" >spec.yaml
}

# What is changed of a disk that is there, whether a thread serves it or not.
limits_and_size() {
	local more=$1 read
	need_vm demo
	make_image data.img
	disk_spec 1 "$more"
	want 0 apply "$test" -f spec.yaml
	disk_spec 1 "$more, bps: 1Mi, iops-rd: 500, size: 128Mi"
	want 0 apply "$test" -f spec.yaml -o json
	json 'd["result"] == "done"' \
		"any('size' in s['name'] and s.get('note') == 'confirmed by the guest agent' for s in d['steps'])"
	is "$(guest_disks "$test")" 262144 'disks'
	is "$(limits_of "$test" qmpd.G.data)" '0 500 1048576' 'limits'
	read=$(date +%s%N)
	in_guest "$test" 'dd if=/dev/vda of=/dev/null bs=1M count=4 2>&1'
	read=$((($(date +%s%N) - read) / 1000000))
	at_least $read 1000 'milliseconds for 4 MiB of 1 MiB a second'
	want 0 apply "$test" -f spec.yaml -o json
	json 'd["steps"] == []'
	disk_spec 1 "$more, iops: 900, size: 128Mi"
	want 0 apply "$test" -f spec.yaml
	is "$(limits_of "$test" qmpd.G.data)" '900 0 0' 'limits'
	disk_spec 1 "$more, size: 64Mi"
	want 1 apply "$test" -f spec.yaml
	says 'data' 'size' '128Mi' 'only grows'
	is "$(limits_of "$test" qmpd.G.data)" '900 0 0' 'limits'
	disk_spec 1 "$more"
	want 0 apply "$test" -f spec.yaml
	is "$(limits_of "$test" qmpd.G.data)" '0 0 0' 'limits'
	want 0 device rm "$test" data
	ask_qemu "$test" query-named-block-nodes
	json 'd == []'
}

test_disk_limits_and_size() {
	limits_and_size ''
}

test_disk_limits_and_size_threaded() {
	limits_and_size ', iothread: true'
}

# The image of another VM: found before any vCPU is added.
test_disk_held_by_another() {
	need_vm demo "$test"
	need_vm demo "$test-2"
	make_image data.img
	want 0 device add "$test" blk data "image=$dir/data.img"
	disk_spec 2 ''
	want 1 apply "$test-2" -f spec.yaml
	says 'data' 'written to by another QEMU'
	is "$(qemu_vcpus "$test-2")" 1 'vCPUs of the other'
	disk_spec 2 ', read-only: true'
	want 1 apply "$test-2" -f spec.yaml
	says 'data' 'written to by another QEMU'
	want 0 device rm "$test" data
	# Those who only read are not in each other's way.
	want 0 device add "$test" blk data "image=$dir/data.img" read-only=true
	want 0 device add "$test-2" blk data "image=$dir/data.img" \
		read-only=true
	want 0 device rm "$test-2" data
	want 1 device add "$test-2" blk data "image=$dir/data.img"
	says 'data' 'read by another QEMU' 'read-only=true'
}

# An image that one disk gives to another, in one document.
test_disk_renamed() {
	need_vm demo
	make_image data.img
	disk_spec 1 ''
	want 0 apply "$test" -f spec.yaml
	sed -i 's/id: data/id: other/' spec.yaml
	want 0 apply "$test" -f spec.yaml -o json
	json 'd["result"] == "done"'
	is "$(guest_disks "$test")" 131072 'disks'
	want 0 show "$test" -o json
	json '[x["id"] for x in d["devices"]] == ["other"]'
}

# Two disks of one document with one image.
test_disk_twice() {
	need_vm demo
	make_image data.img
	vm_spec 'vcpus: 2' 'memory: 256Mi' 'devices:' \
		"  - {id: a, type: blk, image: $dir/data.img}" \
		"  - {id: b, type: blk, image: $dir/data.img}" >spec.yaml
	want 1 apply "$test" -f spec.yaml
	says 'disk a' 'also that of disk b' 'read-only'
	is "$(qemu_vcpus "$test")" 1 'vCPUs'
}

# Linux gives a disk up that is mounted: what is on it is then gone for it.
test_disk_mounted() {
	need_vm demo
	make_image data.img
	mkfs.ext4 -q -F data.img
	want 0 device add "$test" blk data "image=$dir/data.img"
	in_guest "$test" 'mkdir -p /mnt; mount -t ext4 /dev/vda /mnt &&
		echo here >/mnt/file && sync'
	want 0 device rm "$test" data -o json
	json 'd["result"] == "done"'
	is "$(guest_disks "$test")" '' 'disks'
	in_guest "$test" 'cat /mnt/file 2>&1 || true; umount -l /mnt'
	# What it wrote before is on the disk.
	want 0 device add "$test" blk data "image=$dir/data.img"
	is "$(in_guest "$test" 'mount -t ext4 /dev/vda /mnt && cat /mnt/file')" \
		here 'file'
}

# One that is being read is given up too, and the reader is told.
test_disk_in_use() {
	need_vm demo
	make_image data.img 1G
	want 0 device add "$test" blk data "image=$dir/data.img"
	in_guest "$test" '(while dd if=/dev/vda of=/dev/null bs=64k 2>&1
		do :; done; echo ended >/tmp/reader) >/dev/null 2>&1 &'
	want 0 device rm "$test" data -o json
	json 'd["result"] == "done"'
	is "$(guest_disks "$test")" '' 'disks'
	soon 5 reader_ended
	ask_qemu "$test" query-named-block-nodes
	json 'd == []'
}

reader_ended() {
	[ "$(in_guest "$test" 'cat /tmp/reader 2>/dev/null || true')" = ended ]
}
