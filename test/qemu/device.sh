# shellcheck shell=bash
# shellcheck disable=SC2154 # see functions.sh
# Disks, on each kind of bus.

add_and_remove() {
	local vm=$1 bus=$2
	make_image data.img
	want 0 device add "$vm" blk data "image=$dir/data.img" format=raw -o json
	json 'd["result"] == "done"'
	is "$(guest_disks "$vm")" 131072 'disks'
	in_guest "$vm" 'echo written by the guest >/dev/vda; sync'
	grep -q 'written by the guest' data.img || fail 'it is another disk'
	want 0 show "$vm" -o json
	json "[x['bus'] for x in d['devices'] if x['id'] == 'data'] == ['$bus']"
	want 0 device ls "$vm" -o json
	want 1 device add "$vm" blk data "image=$dir/other.img"
	want 0 device rm "$vm" data -o json
	json 'd["result"] == "done"'
	is "$(guest_disks "$vm")" '' 'disks'
	ask_qemu "$vm" query-named-block-nodes
	json 'd == []'
	want 1 device rm "$vm" data
	says 'no device "data"'
}

test_disk_on_bridge() {
	need_vm demo
	add_and_remove "$test" pci-bridge-0
	# Its slot and its name can be had again, and ten times the same.
	for i in 1 2 3 4 5; do
		want 0 device add "$test" blk "d$i" "image=$dir/data.img" \
			read-only=true
	done
	is "$(guest_disks "$test")" '131072 131072 131072 131072 131072' 'disks'
	for i in 3 1 5 2 4; do
		want 0 device rm "$test" "d$i"
	done
	is "$(guest_disks "$test")" '' 'disks'
}

test_disk_on_root_port() {
	need_vm ports
	add_and_remove "$test" root-port-0
	want 0 device add "$test" blk a "image=$dir/data.img" read-only=true
	want 0 device add "$test" blk b "image=$dir/data.img" read-only=true
	is "$(guest_disks "$test")" '131072 131072' 'disks'
	want 1 device add "$test" blk c "image=$dir/data.img" read-only=true
	says 'c' 'no slot is free'
	want 0 device rm "$test" a
	want 0 device add "$test" blk c "image=$dir/data.img" read-only=true
	is "$(guest_disks "$test")" '131072 131072' 'disks'
}

test_disk_on_pc() {
	need_vm pc
	add_and_remove "$test" pci-bridge-0
	want 0 resize "$test" --cpus 2 --memory 512Mi
	is "$(guest_vcpus "$test")" 2 'vCPUs'
	at_least "$(guest_meminfo "$test" MemTotal)" 400 'MemTotal'
}

# A disk that QEMU refuses after its first node is there: nothing stays.
test_disk_refused() {
	need_vm demo
	picture "$test" >before
	printf 'this is not qcow2' >data.img
	want 1 device add "$test" blk data "image=$dir/data.img" format=qcow2
	says 'data' 'qcow2'
	picture "$test" | diff before - || fail 'something is left'
	want 1 device add "$test" blk data "image=$dir/missing.img"
	says 'missing.img' 'No such file'
	want 1 device add "$test" blk data "image=$dir"
	says "$dir"
	want 2 device add "$test" nonsense data
	says 'nonsense' 'device type'
	want 1 device add "$test" blk data image=/dev/null colour=red
	says 'colour'
	want 1 device rm "$test" nothing
	says 'nothing'
	picture "$test" | diff before - || fail 'something is left'
}
