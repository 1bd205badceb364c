# shellcheck shell=bash
# shellcheck disable=SC2154 # see functions.sh
# Sources of randomness, consoles, serial ports, persistent memory, vsock.

# Bus and slots by which the guest finds a device: "02/01" of show, and the same
# in its /sys, where it is a folder for each bridge on the way.
has_guest_path() {
	local vm=$1 id=$2 path slot wanted=/sys/bus/pci/devices
	want 0 show "$vm" -o json
	path=$(value "next(x['guest_path'] for x in d['devices'] if x['id'] == '$id')")
	wanted='/devices/pci0000:00'
	for slot in ${path//\// }; do
		wanted="$wanted/....:..:$slot.0"
	done
	in_guest "$vm" 'ls -d /sys/bus/pci/devices/* | xargs -n 1 readlink -f' |
		grep -qE "$wanted\$" || fail "the guest has nothing at $path"
}

test_rng() {
	need_vm demo
	want 0 device add "$test" rng own
	want 0 device add "$test" rng fast source=/dev/urandom max-bytes=65536 \
		period=1000 -o json
	json 'd["result"] == "done"'
	has_guest_path "$test" fast
	in_guest "$test" 'ls /sys/bus/virtio/drivers/virtio_rng' |
		grep -c '^virtio' | grep -qx 2 || fail 'the guest has not both'
	in_guest "$test" 'head -c 64 /dev/hwrng | wc -c' | grep -qx 64 ||
		fail 'the guest reads no random bytes'
	want 0 device add "$test" rng own
	grep -q 'nothing to do' out err
	want 1 device add "$test" rng own source=/dev/urandom
	says 'own' 'source' 'remove it first'
	want 1 device add "$test" rng other source=/dev/no-such-source
	says 'rng other' '/dev/no-such-source' 'No such file'
	want 1 device add "$test" rng fast source=/dev/urandom max-bytes=1024
	says 'rng fast' 'max-bytes 65536, not 1024' 'remove it first'
	want 1 device add "$test" rng other source=/etc/passwd
	says 'rng other' 'source /etc/passwd' 'character device is wanted'
	want 1 device add "$test" rng qmpd-dimm-0
	says 'rng qmpd-dimm-0' 'ids that begin with qmpd-' 'another id'
	want 0 device rm "$test" own
	want 0 device rm "$test" fast
	ask_qemu "$test" qom-list '{"path": "/objects"}'
	json '[x["name"] for x in d if x["name"].startswith("qmpd.")] == []'
}

# Keeps what comes out of a socket in a file.
listen_to() {
	timeout 30 socat -u "UNIX-CONNECT:$1" "CREATE:$2" &
}

test_serial_port() {
	need_vm demo
	want 0 device add "$test" serial-port log name=org.example.log \
		"socket=$dir/log.sock" -o json
	json 'any("confirmed by the guest" in s.get("note", "") for s in d["steps"])'
	listen_to log.sock heard
	# shellcheck disable=SC2016 # the guest's shell expands it
	in_guest "$test" 'cd /sys/class/virtio-ports
		port=$(grep -lx org.example.log */name)
		echo from the guest >"/dev/${port%/name}"'
	soon 10 grep -qs 'from the guest' heard
	want 1 device add "$test" serial-port other name=org.example.other \
		"socket=$dir/log.sock"
	says 'serial port other' 'log.sock' 'already'
	want 1 device add "$test" serial-port other name=org.example.other \
		"socket=$dir/missing/log.sock"
	says 'serial port other' 'missing/log.sock' 'No such file'
	want 1 device rm "$test" pci-bridge-0
	says 'pci-bridge-0 is a bus'
	want 0 device add "$test" serial-port pty name=org.example.pty
	want 0 device add "$test" serial-port pty name=org.example.pty
	grep -q 'nothing to do' out err
	want 1 device add "$test" serial-port pty name=org.example.else
	says 'serial port pty' 'name org.example.pty, not org.example.else'
	want 0 device rm "$test" log
	want 0 device rm "$test" pty
	[ ! -e log.sock ] || fail 'its socket is still there'
	in_guest "$test" 'cat /sys/class/virtio-ports/*/name' >names
	! grep -q example names || fail 'the guest still has a port'
	ask_qemu "$test" query-chardev
	json '[x["label"] for x in d if x["label"].startswith("qmpd.")] == []'
}

test_console() {
	need_vm demo
	want 0 device add "$test" console con "socket=$dir/con.sock"
	listen_to con.sock heard
	in_guest "$test" 'echo from the guest >/dev/hvc0'
	soon 10 grep -qs 'from the guest' heard
	want 0 device rm "$test" con
	want 0 device ls "$test" -o json
	json 'd == [] or d.get("devices") == []'
}

# A machine that takes NVDIMMs, and one that does not.
test_pmem() {
	local sockets=(--qmp "$dir/qmp" --qga "$dir/qga")
	truncate -s 4M memory.img
	truncate -s 3M odd.img
	start_by_hand -M q35,nvdimm=on -smp 1,maxcpus=2
	want 1 device add "${sockets[@]}" pmem pm "image=$dir/odd.img"
	says 'NVDIMM pm' 'odd.img' '2Mi'
	want 0 device add "${sockets[@]}" pmem pm "image=$dir/memory.img" -o json
	json 'any("for good" in s.get("note", "") for s in d["steps"])' \
		'd["memory"]["actual"] == 256 * Mi'
	python3 "$here/ask.py" guest "$dir/qga" \
		'cat /sys/block/pmem0/size
		echo kept in the file >/dev/pmem0; sync' | grep -qx 8192 ||
		fail 'the guest has another size'
	grep -q 'kept in the file' memory.img || fail 'it is another file'
	want 1 device rm "${sockets[@]}" pm
	says 'cannot unplug'
	vm_spec 'vcpus: 1' >spec.yaml
	want 1 apply "${sockets[@]}" -f spec.yaml
	says 'NVDIMM pm' 'cannot unplug'
	# Behind it the guest's memory blocks begin anew.
	want 0 resize "${sockets[@]}" --memory 512Mi
	want 0 show "${sockets[@]}" -o json
	json 'd["memory"]["actual"] == 512 * Mi'
	want 0 resize "${sockets[@]}" --memory 256Mi
}

test_refused_families() {
	need_vm demo
	make_image memory.img 4M
	want 1 device add "$test" pmem pm "image=$dir/memory.img"
	says 'NVDIMM pm' 'nvdimm=on'
	if [ ! -e /dev/vhost-vsock ]; then
		want 1 device add "$test" vsock v guest-cid=5
		says 'vsock v' '/dev/vhost-vsock' 'vhost_vsock'
	fi
	want 1 device add "$test" vsock v guest-cid=2
	says 'vsock v' 'guest-cid'
	want 1 device add "$test" rng r period=fast
	says 'rng r' 'period'
}
