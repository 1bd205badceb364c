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

# As many disks of one image as a document can want.
many_disks() {
	local n=$1 i
	vm_spec 'vcpus: 1' 'memory: 256Mi' 'devices:' >spec.yaml
	for ((i = 1; i <= n; i++)); do
		echo "    - {id: d$i, type: blk, image: $dir/data.img, read-only: true}"
	done >>spec.yaml
}

# 31 fit on a bridge, and the 32nd is told what it would need.
test_full_bridge() {
	need_vm bridge
	make_image data.img
	many_disks 31
	want 0 apply "$test" -f spec.yaml --timeout 60
	is "$(guest_disks "$test" | wc -w)" 31 'disks'
	want 0 show "$test" -o json
	json '[b["used"] for b in d["buses"] if b["id"] == "pci-bridge-0"] == [31]'
	many_disks 32
	want 1 apply "$test" -f spec.yaml
	says 'd32' 'no slot is free' 'pci-bridge or pcie-root-port is needed'
	is "$(guest_disks "$test" | wc -w)" 31 'disks'
	want 0 device rm "$test" d17
	want 0 device add "$test" blk again "image=$dir/data.img" read-only=true
	is "$(guest_disks "$test" | wc -w)" 31 'disks'
}

# The way that show names is the one that the guest has.
test_guest_path() {
	need_vm demo
	make_image data.img
	want 0 device add "$test" blk a "image=$dir/data.img" read-only=true
	want 0 device add "$test" blk b "image=$dir/data.img" read-only=true
	want 0 show "$test" -o json
	for name in a:vda b:vdb; do
		way=$(value "[x['guest_path'] for x in d['devices'] if x['id'] == '${name%:*}'][0]")
		is "$(guest_way "$(in_guest "$test" "readlink -f /sys/block/${name#*:}")")" \
			"$way" 'guest_path'
	done
}

# A removal that the guest does not answer holds the id and the slot until it is
# over; it ends by itself, and whoever looks next tidies up.
test_removal_pending() {
	need_vm ports
	make_image data.img
	make_image other.img
	want 0 device add "$test" blk data "image=$dir/data.img"
	want 0 device add "$test" blk b "image=$dir/other.img" read-only=true
	ask_qemu "$test" stop
	want 3 device rm "$test" data --timeout 1 -o json
	json 'd["result"] == "pending"'
	want 0 show "$test" -o json
	json "[x['state'] for x in d['devices'] if x['id'] == 'data'] == ['removal pending']"
	want 1 device add "$test" blk data "image=$dir/data.img"
	says 'data' 'being removed'
	want 1 device add "$test" blk c "image=$dir/other.img" read-only=true
	says 'c' 'no slot is free'
	want 3 device rm "$test" data --timeout 1 -o json
	json 'd["result"] == "pending"'
	ask_qemu "$test" cont
	soon 5 one_disk
	# Whatever is done next takes its nodes away.
	want 0 device add "$test" blk c "image=$dir/data.img" -o json
	json 'any(s["name"] == "disk data: format node (remove)" for s in d["steps"])'
	is "$(guest_disks "$test")" '131072 131072' 'disks'
	want 1 device rm "$test" data
	says 'no device "data"'
}

one_disk() {
	[ "$(guest_disks "$test")" = 131072 ]
}

# A guest without an operating system answers nothing: a reset does it then.
test_removal_without_guest() {
	make_image data.img
	"$qemu" -M q35 -accel tcg -cpu max -m 64M -nodefaults -no-user-config \
		-display none -qmp "unix:$dir/qmp,server=on,wait=off" \
		-device pci-bridge,id=bridge,chassis_nr=1 >"$dir/qemu.log" 2>&1 &
	soon 10 test -S "$dir/qmp"
	# Its firmware may set it up, when it is not yet past that.
	run device add --qmp "$dir/qmp" blk data "image=$dir/data.img" \
		--timeout 1 -o json
	json 'd["result"] in ("done", "pending")'
	want 3 device rm --qmp "$dir/qmp" data --timeout 1 -o json
	json 'd["result"] == "pending"'
	python3 "$here/ask.py" qmp "$dir/qmp" system_reset
	soon 10 is_unplugged data
	want 0 device rm --qmp "$dir/qmp" data -o json
	json 'd["result"] == "done"'
	python3 "$here/ask.py" qmp "$dir/qmp" query-named-block-nodes >out
	json 'd == []'
}

is_unplugged() {
	! python3 "$here/ask.py" qmp "$dir/qmp" qom-list \
		'{"path": "/machine/peripheral"}' | grep -q "\"name\": \"$1\""
}
