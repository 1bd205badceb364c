# shellcheck shell=bash
# shellcheck disable=SC2154 # see functions.sh
# Devices of vhost-user backends, which are other programs and may go at any time.

shared_vm() {
	need_template demo
	want 0 clone demo "$test" --memory-sharing shared -o json
	json 'd["result"] == "done"'
}

# All that a device of ours might leave in QEMU.
traces() {
	local socket
	socket=$(socket_of "$test" qmp)
	picture "$test"
	python3 "$here/ask.py" qmp "$socket" query-chardev |
		grep -o '"label": "[^"]*"' | sort
	python3 "$here/ask.py" qmp "$socket" human-monitor-command \
		'{"command-line": "info network"}'
}

nothing_left() {
	traces | diff before - || fail 'something is left'
}

state_is() {
	"$qmpctl" show "$test" -o json >out 2>err &&
		python3 "$here/ask.py" json out \
			"[x['state'] for x in d['devices'] if x['id'] == '$1'] == ['$2']" \
			>/dev/null
}

# --- backends; each leaves its process in $backend ---------------------------

listens() {
	[ -S "$1" ]
}

begin_storage() {
	qemu-storage-daemon --blockdev "file,node-name=f,filename=$dir/data.img" \
		--export "vhost-user-blk,id=e,node-name=f,addr.type=unix,addr.path=$1,num-queues=2,writable=on" \
		>storage.log 2>&1 &
	backend=$!
	soon 10 listens "$1"
}

# It waits for commands that never come.
begin_testpmd() {
	[ -p pmd.in ] || mkfifo pmd.in
	exec 8<>pmd.in
	dpdk-testpmd -l 0,1 --no-huge -m 128 --no-pci --no-telemetry \
		--file-prefix "qmpd$$" --vdev "net_vhost0,iface=$1,queues=2" -- \
		-i --total-num-mbufs=2048 <&8 >pmd.log 2>&1 &
	backend=$!
	soon 30 listens "$1"
}

# Our own, which has no device: SOCKET [die NUMBER | silent].
begin_handshake() {
	rm -f "$1"
	python3 "$here/vhost-backend.py" "$@" >backend.log 2>&1 8>&- &
	backend=$!
	soon 10 listens "$1"
}

begin_virtiofsd() {
	/usr/lib/qemu/virtiofsd "--socket-path=$1" -o "source=$dir/share" \
		-o sandbox=chroot >virtiofsd.log 2>&1 &
	backend=$!
	soon 10 listens "$1"
}

end_backend() {
	kill -KILL "$backend"
	wait "$backend" 2>/dev/null || true
}

# --- each family -------------------------------------------------------------

test_vhost_user_blk() {
	shared_vm
	traces >before
	make_image data.img
	begin_storage "$dir/s"
	want 0 device add "$test" vhost-user-blk data "socket=$dir/s" -o json
	json 'd["result"] == "done"' \
		'any("vda" in s.get("note", "") for s in d["steps"])'
	is "$(guest_disks "$test")" 131072 'disks'
	in_guest "$test" 'echo written by the guest >/dev/vda; sync'
	grep -q 'written by the guest' data.img || fail 'it is another disk'
	# QEMU is asked for its schema once; what it came to is remembered.
	at_least "$(find "$QMPD_STATE_DIR/builds" -name '*.json' | wc -l)" 1 \
		'builds'
	want 0 device add "$test" vhost-user-blk data "socket=$dir/s" -v
	grep -q query-named-block-nodes err || fail 'nothing was asked'
	! grep -q query-qmp-schema err || fail 'the schema is asked for again'
	# The same again is nothing to do; another one is refused.
	want 0 device add "$test" vhost-user-blk data "socket=$dir/s" -o json
	want 1 device add "$test" vhost-user-blk data "socket=$dir/other"
	says "it is there with socket $dir/s, not $dir/other"
	want 1 device add "$test" vhost-user-blk data "socket=$dir/s" \
		reconnect=1000
	says 'it is there with reconnect=0, not 1000'
	state_is data present || fail 'it is not shown'
	want 0 device rm "$test" data -o json
	json 'd["result"] == "done"'
	is "$(guest_disks "$test")" '' 'disks'
	nothing_left
	want 1 device add "$test" vhost-user-blk data "socket=$dir/s" queues=3
	says 'vhost-user disk data' 'queues supported by the backend is 2'
	nothing_left
}

# A backend that goes and comes again, and the guest that waits for it.
test_vhost_user_reconnect() {
	shared_vm
	traces >before
	make_image data.img
	begin_storage "$dir/s"
	want 0 device add "$test" vhost-user-blk data "socket=$dir/s" \
		reconnect=500 -o json
	end_backend
	soon 10 state_is data 'backend disconnected'
	begin_storage "$dir/s"
	soon 10 state_is data present
	in_guest "$test" 'echo written afterwards >/dev/vda; sync'
	grep -q 'written afterwards' data.img || fail 'it is another disk'
	want 0 device rm "$test" data -o json
	nothing_left
}

test_vhost_user_scsi() {
	shared_vm
	traces >before
	begin_handshake "$dir/s"
	want 0 device add "$test" vhost-user-scsi s0 "socket=$dir/s" -o json
	json 'd["result"] == "done"'
	# virtio 1.1, 5: 8 is a SCSI host.
	in_guest "$test" 'cat /sys/bus/virtio/devices/*/device' >ids
	grep -q 0x0008 ids || fail 'the guest has no SCSI host'
	soon 10 grep -q 'mapped 268435456' backend.log
	want 0 device rm "$test" s0 -o json
	json 'd["result"] == "done"'
	soon 10 grep -q disconnected backend.log
	nothing_left
}

test_vhost_user_net() {
	shared_vm
	want 0 resize "$test" --cpus 2
	traces >before
	begin_testpmd "$dir/s"
	want 0 device add "$test" vhost-user-net nic "socket=$dir/s" \
		mac=52:54:00:01:02:03 queues=2 mtu=1400 -o json
	json 'd["result"] == "done"' \
		'any("eth0" in s.get("note", "") for s in d["steps"])'
	is "$(in_guest "$test" 'cat /sys/class/net/eth0/address')" \
		52:54:00:01:02:03 'address'
	is "$(in_guest "$test" 'cat /sys/class/net/eth0/mtu')" 1400 'MTU'
	is "$(in_guest "$test" 'ls /sys/class/net/eth0/queues | wc -l')" 4 'queues'
	want 0 device rm "$test" nic -o json
	json 'd["result"] == "done"'
	nothing_left
}

test_vhost_user_fs() {
	shared_vm
	traces >before
	mkdir share
	echo 'written by the host' >share/a
	begin_virtiofsd "$dir/s"
	want 0 device add "$test" vhost-user-fs data "socket=$dir/s" tag=data \
		-o json
	json 'd["result"] == "done"'
	is "$(in_guest "$test" 'mkdir /data && mount -t virtiofs data /data &&
		cat /data/a && echo written by the guest >/data/b &&
		umount /data')" 'written by the host' 'the file'
	is "$(cat share/b)" 'written by the guest' 'the file'
	want 0 device rm "$test" data -o json
	json 'd["result"] == "done"'
	nothing_left
	soon 10 is_gone "$backend"
}

# --- what is refused ---------------------------------------------------------

test_vhost_user_refused() {
	shared_vm
	traces >before
	want 1 device add "$test" vhost-user-blk data "socket=$dir/s"
	says "socket $dir/s" 'No such file'
	echo >s
	want 1 device add "$test" vhost-user-fs data "socket=$dir/s" tag=data
	says "socket $dir/s" 'not a socket'
	begin_handshake "$dir/s"
	end_backend
	want 1 device add "$test" vhost-user-scsi data "socket=$dir/s"
	says "socket $dir/s: nobody listens"
	want 1 device add "$test" vhost-user-net data "socket=$dir/s" \
		mac=01:00:5e:00:00:01
	says 'mac' 'not the address of one NIC'
	want 1 device add "$test" vhost-user-fs data "socket=$dir/s" \
		tag=1234567890123456789012345678901234567
	says 'tag: 1 to 36 bytes'
	want 1 device add "$test" vhost-user-fs data "socket=$dir/s" tag=x \
		queue-size=100
	says 'queue-size: 100 is not a power of 2'
	want 1 device add "$test" vhost-user-blk data
	says '"socket" is missing'
	nothing_left
}

# Its backend could not reach the guest's memory.
test_vhost_user_private() {
	need_vm demo
	traces >before
	begin_handshake "$dir/s"
	want 1 device add "$test" vhost-user-scsi data "socket=$dir/s"
	says "guest's memory" 'private' '--memory-sharing shared'
	[ ! -s backend.log ] || fail 'the backend was disturbed'
	nothing_left
}

# --- backends that go --------------------------------------------------------

# At any message of the handshake: nothing is left, and QEMU lives.
test_vhost_user_dies() {
	shared_vm
	traces >before
	local family number more
	for family in blk scsi fs net; do
		case $family in
		fs) more=tag=data ;;
		net) more=mac=52:54:00:01:02:03 ;;
		*) more=queues=1 ;;
		esac
		for number in 1 5; do
			begin_handshake "$dir/s" die $number
			want 1 device add "$test" vhost-user-$family data \
				"socket=$dir/s" $more
			says 'data' 'all that was done is undone'
			soon 10 is_gone "$backend"
		done
		nothing_left
	done
}

# When it was there: it is said, and the device can be taken away.
test_vhost_user_gone() {
	shared_vm
	traces >before
	make_image data.img
	begin_storage "$dir/s"
	want 0 device add "$test" vhost-user-blk data "socket=$dir/s" -o json
	end_backend
	soon 10 state_is data 'backend disconnected'
	want 1 device add "$test" vhost-user-blk data "socket=$dir/s"
	says 'vhost-user disk data' 'its backend has ended' 'remove it first'
	want 0 device rm "$test" data -o json
	nothing_left
	begin_testpmd "$dir/n"
	want 0 device add "$test" vhost-user-net nic "socket=$dir/n" \
		mac=52:54:00:01:02:03 -o json
	end_backend
	soon 10 state_is nic 'backend disconnected'
	want 0 device rm "$test" nic -o json
	nothing_left
}

# QEMU waits for its answer and for nothing else; when it goes QEMU is back, and
# the next command clears up.
test_vhost_user_silent() {
	shared_vm
	traces >before
	begin_handshake "$dir/s" silent
	run device add "$test" vhost-user-scsi data "socket=$dir/s"
	says 'data: device: ' 'what became of it is not known'
	end_backend
	want 0 device rm "$test" data
	nothing_left
}
