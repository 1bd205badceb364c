# shellcheck shell=bash
# shellcheck disable=SC2154 # see functions.sh
# Machines, and all that a template file can put on one.

# A template file of the test's own name, with every kind of thing on it.
everything() {
	make_image os.img 8M
	make_image data.img 16M
	make_image memory.img 4M
	mkdir -p shared
	template_file all.yaml "kernel: $guest/vmlinuz" "initrd: $guest/initrd" \
		'machine_type: '"$1" 'image: os.img' 'console: socket' \
		'serial_ports: [org.example.0, second]' 'bridge_mem_reserve: 8Mi' \
		'memory_slots: 2' 'machine_accelerators: nvdimm=on' \
		'volumes: [{tag: shared, path: shared, read-only: true}]' \
		'devices:' \
		'  - {id: data, type: blk, image: ./data.img, read-only: true,' \
		'     serial: of-the-template}' \
		'  - {id: random, type: rng}' \
		'  - {id: memory, type: pmem, image: ./memory.img, private: true}'
}

# In the guest: which of its serial ports has this name.
port_named() {
	in_guest "$1" "grep -lx $2 /sys/class/virtio-ports/*/name" |
		sed 's#.*/\(vport[^/]*\)/name#/dev/\1#'
}

# What the guest writes to a file of its own arrives at a socket of the VM.
reaches() {
	local vm=$1 socket=$2 file=$3
	python3 "$here/ask.py" hear "$(socket_of "$vm" "$socket")" \
		"said by $vm" >heard &
	soon 10 grep -q listening heard
	# QEMU may not have taken the connection yet, and then drops what comes.
	soon 20 says_so "$vm" "$file"
}

says_so() {
	in_guest "$1" "echo 'said by $1' >$2"
	sleep 0.2
	grep -q 'heard said by' heard
}

is_whole() {
	local vm=$1
	is "$(guest_disks "$vm")" '16384 32768' 'disks'
	in_guest "$vm" 'cat /sys/block/vd?/ro /sys/block/vdb/serial' >seen
	is "$(xargs <seen)" '1 1 of-the-template' 'who may write, and the serial'
	# 9 is the number of a 9P device (virtio 1.2, 5).
	in_guest "$vm" 'cat /sys/bus/virtio/devices/*/device' >seen
	grep -qx 0x0009 seen || fail 'the volume is not there'
	grep -qx 0x0004 seen || fail 'the source of randomness is not there'
	ask_qemu "$vm" query-memory-devices
	json '[(m["type"], m["data"]["id"]) for m in d] == [("nvdimm", "memory")]'
	reaches "$vm" console /dev/ttyS0
	reaches "$vm" port-org.example.0 "$(port_named "$vm" org.example.0)"
	reaches "$vm" port-second "$(port_named "$vm" second)"
}

# Made, cloned twice at the same time, and all of it is in each.
on_machine() {
	everything "$1"
	want 0 template create "$test" -f all.yaml -o json
	json 'd["result"] == "done"'
	want 0 template show "$test" -o json
	json 'd["image"]["sha256"]' 'd["config"]["image_id"]' \
		'd["config"]["device_options"]' \
		'[f["path"].split("/")[-1] for f in d["disks"]] == ["data.img", "memory.img"]'
	for vm in "$test" "$test-2"; do
		want 0 clone "$test" "$vm" --template-file all.yaml
		is_whole "$vm"
	done
	want 0 show "$test" -o json
	json "{x['id'] for x in d['devices']} >= {'data', 'image', 'memory', 'random'}"
	# A device more goes beside those that were there from the begin.
	want 0 device add "$test" blk more "image=$dir/data.img" read-only=true
	is "$(guest_disks "$test")" '16384 32768 32768' 'disks'
	want 0 rm "$test"
	# Its disks and its image are part of what it was made of.
	want 0 template verify "$test"
	printf x | dd of=data.img bs=1 seek=4096 conv=notrunc status=none
	want 1 template verify "$test"
	says 'disk' 'data.img'
	want 1 clone "$test" "$test"
	says "$test" 'disk' 'data.img'
	printf '\0' | dd of=data.img bs=1 seek=4096 conv=notrunc status=none
	want 0 template verify "$test"
	printf x | dd of=os.img bs=1 seek=4096 conv=notrunc status=none
	want 1 clone "$test" "$test"
	says "$test" 'image' 'os.img'
	want 0 rm "$test-2"
	want 0 template rm "$test"
}

test_everything_on_q35() {
	on_machine q35
}

test_everything_on_pc() {
	on_machine pc
}

# The command line, and nothing made; by a shell it is the same one.
test_dry_run() {
	everything q35
	want 0 template create "$test" -f all.yaml --dry-run -o json
	json 'd["argv"][0].endswith("x86_64")' '"-kernel" in d["argv"]' \
		'[a for a in d["argv"] if a.startswith("virtio-blk-pci,id=data,bus=pci-bridge-0,addr=1") and "serial=of-the-template" in a]'
	value '"\n".join(a for a in d["argv"] if "image-" not in a)' >by-json
	want 0 template create "$test" -f all.yaml --dry-run
	(
		printf 'printf "%%s\\\\n" '
		cat out
	) | sh | grep -v image- | diff by-json - || fail 'they differ'
	[ ! -e "$QMPD_TEMPLATE_DIR/$test" ] || fail 'it was made'
	[ -z "$(find "$QMPD_TEMPLATE_DIR" -name ".$test*")" ] ||
		fail 'something was begun'
	# The folder for templates is not made either.
	want 0 template create "$test" -f all.yaml --dry-run \
		--template-dir "$dir/nowhere"
	[ ! -e nowhere ] || fail 'a folder was made'
}

test_machine_refused() {
	everything pc-lite
	want 1 template create "$test" -f all.yaml
	says 'machine_type: unrecognised machine type: pc-lite; this QEMU has: ' \
		'has: (pc, q35|q35, pc), pc-'
	everything pc-q35-99.0
	want 1 template create "$test" -f all.yaml --dry-run
	says 'type: pc-q35-99.0; this QEMU has: (pc, q35|q35, pc), pc-q35-[0-9]'
	everything q35
	sed -i 's/data.img, read-only: true/data.img/' all.yaml
	want 1 template create "$test" -f all.yaml
	says 'disk data' 'read-only: true is wanted' 'clones'
	everything q35
	sed -i 's/, private: true//' all.yaml
	want 1 template create "$test" -f all.yaml
	says 'NVDIMM memory' 'private: true is wanted' 'clones'
	everything q35
	rmdir shared
	want 1 template create "$test" -f all.yaml
	says 'volumes: shared: path' 'No such file'
	everything virt
	want 1 template create "$test" -f all.yaml
	says 'default_maxvcpus: machine type virt takes no vCPUs while it runs'
	sed -i '/^default_maxvcpus/d; /^memory_slots/d' all.yaml
	want 1 template create "$test" -f all.yaml
	says 'kernel: .*vmlinuz is not an arm64 Linux Image'
	everything pc
	echo 'pcie_root_port: 1' >>all.yaml
	want 1 template create "$test" -f all.yaml
	says 'pcie_root_port: machine type pc has no PCI Express'
	[ -z "$(find "$QMPD_TEMPLATE_DIR" -name "*$test*")" ] ||
		fail 'something is left'
}

# --- virt --------------------------------------------------------------------

# The head of an arm64 Image (Documentation/arch/arm64/booting.rst): a branch
# to itself, and the magic number.
make_arm64_image() {
	{
		printf '\x00\x00\x00\x14'
		head -c 52 /dev/zero
		printf 'ARM\x64'
		head -c 65476 /dev/zero
	} >"$1"
}

qemu_answers() {
	[ -S "$dir/$1.sock" ] && timeout 2 python3 "$here/ask.py" qmp \
		"$dir/$1.sock" query-status >/dev/null 2>&1
}

ask_virt() {
	python3 "$here/ask.py" qmp "$dir/qmp.sock" "$@" >out
}

# Starts, stopped, what a dry run of virt.yaml says; the sockets are named.
start_virt() {
	mkdir -p "$QMPD_TEMPLATE_DIR/.$test.new"
	want 0 template create "$test" -f virt.yaml --dry-run -o json
	json 'd["argv"][0].endswith("qemu-system-aarch64")'
	cp out argv.json
	python3 "$here/ask.py" start argv.json "$dir" "$@" >qemu.log 2>&1 &
	soon 20 qemu_answers qmp || { cat qemu.log; fail 'no QEMU'; }
	ask_virt query-status
	json 'd["status"] == "prelaunch"'
}

stop_virt() {
	ask_virt quit
	wait $!
	rm -rf "$QMPD_TEMPLATE_DIR/.$test.new" ./*.sock
}

# Its QEMU, stopped: the command line is one that it takes, and what can be
# done without a guest is done.
test_virt() {
	make_arm64_image Image
	make_image data.img 16M
	printf '%s\n' 'machine_type: virt' 'kernel: Image' 'default_bridges: 1' \
		'pcie_root_port: 2' >virt.yaml
	start_virt qmp.sock qga.sock
	ask_virt qom-list '{"path": "/machine/peripheral"}'
	json '{x["name"] for x in d} >= {"pci-bridge-0", "root-port-0", "root-port-1", "serial0"}'
	want 0 show --qmp "$dir/qmp.sock" -o json
	json 'd["state"] == "prelaunch"' 'd["vcpus"]["boot"] == 1' \
		'd["vcpus"]["max"] == 1' 'd["memory"]["boot"] == 256 * Mi' \
		'{b["id"] for b in d["buses"]} == {"pcie.0", "pci-bridge-0", "root-port-0", "root-port-1"}' \
		'[b["hotplug"] for b in d["buses"] if b["id"] == "pcie.0"] == [False]'
	# QEMU takes it; there is no guest that would say so.
	want 3 device add --qmp "$dir/qmp.sock" blk data \
		"image=$dir/data.img" read-only=true --timeout 2 -o json
	json 'd["result"] == "pending"'
	ask_virt qom-list '{"path": "/machine/peripheral"}'
	json '"data" in {x["name"] for x in d}'
	# What cannot be is said.
	want 1 resize --qmp "$dir/qmp.sock" --cpus 2
	says 'vCPUs: 2 wanted' 'maximum is 1'
	want 1 resize --qmp "$dir/qmp.sock" --memory 512Mi
	says 'memory'
	stop_virt
}

# With all that a template file can put on it.
test_virt_with_everything() {
	make_arm64_image Image
	make_image os.img 8M
	make_image data.img 16M
	cat >virt.yaml <<-END
		machine_type: virt
		kernel: Image
		image: os.img
		console: socket
		enable_debug: true
		use_systemd: true
		port_pref64_reserve: 1Gi
		serial_ports: [one]
		volumes: [{tag: shared, path: .}]
		devices: [{id: data, type: blk, image: ./data.img, read-only: true}]
	END
	start_virt qmp.sock qga.sock console.sock port-one.sock
	ask_virt qom-list '{"path": "/machine/peripheral"}'
	json '{x["name"] for x in d} >= {"root-port-0", "root-port-3", "image", "data", "volume-shared"}'
	ask_virt qom-get '{"path": "/machine/peripheral/data", "property": "parent_bus"}'
	json 'd == "/machine/peripheral/root-port-0/root-port-0"'
	ask_virt query-chardev
	json '{c["label"] for c in d} == {"monitor", "agent", "console", "port0"}'
	want 0 show --qmp "$dir/qmp.sock" -o json
	json '{x["id"] for x in d["devices"]} == {"image", "data"}'
	stop_virt
}
