# shellcheck shell=bash
# shellcheck disable=SC2154 # see functions.sh
# Clones with memory that vhost-user backends can map.

need_shared_vm() {
	need_template "$1"
	want 0 clone "$1" "${2:-$test}" --memory-sharing shared -o json
	json 'd["result"] == "done"'
}

# Bytes of the memory file that QEMU maps, and what it is.
memory_of() {
	local pid=$1 link
	for link in "/proc/$pid/fd/"*; do
		case $(readlink "$link") in
		"$QMPD_TEMPLATE_DIR/"*'(deleted)')
			echo $(($(stat -L -c %b "$link") * 512))
			return
			;;
		esac
	done
	echo 0
}

# What is on the tmpfs, in a mount namespace of our own: $1 of size $2.
own_tmpfs() {
	mkdir -p "$1"
	mount -t tmpfs -o "size=$2,mode=700" tmpfs "$1"
}

free_of() {
	df --output=avail -B1 "$1" | tail -n 1
}

is_free() {
	[ "$(free_of "$1")" = "$2" ]
}

# The test itself again, as root of a mount namespace: it may mount there.
in_namespace() {
	local map=()
	[ "$(id -u)" = 0 ] || map=(--map-root-user)
	declare -fx "$1" own_tmpfs free_of is_free
	export here work qemu qmpctl guest newer_guest test dir
	# shellcheck disable=SC2016 # for the inner shell
	unshare -m "${map[@]}" bash -euo pipefail -O inherit_errexit -c '
		. "$here/functions.sh"
		"$1"' in_namespace "$1"
}

test_shared_clone() {
	need_shared_vm demo
	json '[s["name"] for s in d["steps"][:4]] == "name,memory file,start QEMU,copy memory".split(",")'
	copied=$(value '[s["note"] for s in d["steps"] if s["name"] == "copy memory"][0]')
	pid=$(pid_of "$test")
	bytes=$(memory_of "$pid")
	echo "$copied; the file has $bytes bytes"
	kept=$(python3 "$here/ask.py" value "$QMPD_TEMPLATE_DIR/demo/template.json" \
		'd["resident"]')
	at_least "$bytes" $((${copied%% *} << 20)) 'the memory file'
	[ $((${copied%% *} << 20)) -le "$kept" ] ||
		fail "copied more than the template's $kept bytes"
	is "$(in_guest "$test" 'echo it works')" 'it works' 'the guest'
	want 0 show "$test" -o json
	json 'd["memory"]["shared"] is True' 'd["memory"]["actual"] == 256 * Mi'
	want 0 show "$test"
	grep -q '^memory .*shared' out || fail 'show does not say that it is shared'
	want 0 show --qmp "$(socket_of "$test" qmp)" --qga "$(socket_of "$test" qga)" \
		-o json
	json 'd["memory"]["shared"] is True'
	grep -q '"memory_sharing": "shared"' "$QMPD_STATE_DIR/vms/$test.json" ||
		fail 'its record does not remember it'
	want 0 rm "$test"
	is_gone "$pid" || fail 'its QEMU is still there'
}

test_shared_private_beside() {
	need_vm demo
	json '{"memory file", "copy memory"}.isdisjoint(s["name"] for s in d["steps"])'
	want 0 show "$test" -o json
	json 'd["memory"]["shared"] is False'
	want 0 resize "$test" --memory 384Mi
	ask_qemu "$test" query-memdev
	json 'all(not m["share"] for m in d)' 'len(d) == 2'
}

# Each has its own: neither sees the other's writes, nor does the template.
test_shared_alone() {
	need_shared_vm demo "$test-1"
	need_shared_vm demo "$test-2"
	for vm in 1 2; do
		in_guest "$test-$vm" "mkdir /run/own && mount -t tmpfs own /run/own &&
			yes $vm | head -c 4000000 >/run/own/file"
	done
	for vm in 1 2; do
		is "$(in_guest "$test-$vm" 'sha256sum </run/own/file')" \
			"$(yes $vm | head -c 4000000 | sha256sum)" "what $vm wrote"
	done
	want 0 template verify demo
	need_shared_vm demo "$test-3"
	[ "$(in_guest "$test-3" 'ls -d /run/own 2>/dev/null' || true)" = '' ] ||
		fail 'a clone sees what others wrote'
}

# Memory that is added is shared, too, and may go again.
test_shared_memory_added() {
	need_shared_vm demo
	want 0 resize "$test" --memory 640Mi -o json
	json 'd["result"] == "done"' 'd["memory"]["shared"] is True'
	ask_qemu "$test" query-memdev
	json 'len(d) >= 2' 'all(m["share"] for m in d)'
	ask_qemu "$test" qom-get \
		'{"path": "/objects/qmpd-mem-0", "property": "type"}'
	json 'd == "memory-backend-memfd"'
	at_least "$(guest_meminfo "$test" MemTotal)" 500 'MemTotal'
	want 0 resize "$test" --memory 256Mi --cpus 1 -o json
	json 'd["result"] == "done"'
	ask_qemu "$test" query-memdev
	json '[m["id"] for m in d] == ["ram0"]'
}

# What it is for: a file of the host, read in the guest by virtio-fs, also from
# memory that was added. QEMU is told by hand.
test_shared_virtiofs() {
	local daemon=/usr/lib/qemu/virtiofsd
	[ -x $daemon ] || daemon=/usr/libexec/virtiofsd
	[ -x $daemon ] || fail 'there is no virtiofsd; see tools/packages test.'
	need_shared_vm demo
	mkdir tree
	head -c 3000000 /dev/urandom >tree/file
	$daemon --socket-path="$dir/fs.sock" -o source="$dir/tree" \
		-o sandbox=chroot >virtiofsd.log 2>&1 &
	soon 10 test -S fs.sock
	ask_qemu "$test" chardev-add '{"id": "fs", "backend": {"type": "socket",
		"data": {"server": false, "addr": {"type": "unix",
		"data": {"path": "'"$dir"'/fs.sock"}}}}}'
	ask_qemu "$test" device_add '{"driver": "vhost-user-fs-pci", "id": "fs0",
		"chardev": "fs", "tag": "tree", "bus": "pci-bridge-0", "addr": "1"}'
	soon 10 in_guest "$test" 'mkdir -p /mnt/tree; mount -t virtiofs tree /mnt/tree'
	is "$(in_guest "$test" 'sha256sum </mnt/tree/file')" \
		"$(sha256sum <tree/file)" 'the file in the guest'
	want 0 resize "$test" --memory 512Mi
	head -c 3000000 /dev/urandom >tree/more
	is "$(in_guest "$test" 'sha256sum </mnt/tree/more')" \
		"$(sha256sum <tree/more)" 'another file'
	in_guest "$test" 'echo from the guest >/mnt/tree/back; umount /mnt/tree'
	is "$(cat tree/back)" 'from the guest' 'what the guest wrote'
}

# Killed at any moment, the program leaves no memory; the next run tidies up.
shared_killed() {
	own_tmpfs "$dir/t" 2G
	cp -a "$QMPD_TEMPLATE_DIR/demo" "$dir/t/demo"
	sed -i "s#$QMPD_TEMPLATE_DIR/#$dir/t/#" "$dir/t/demo/template.json"
	export QMPD_TEMPLATE_DIR=$dir/t
	before=$(free_of "$dir/t")
	find "$dir/t" | sort >files
	for after in 0.005 0.01 0.02 0.03 0.045 0.06 0.09 0.15; do
		"$qmpctl" clone demo "$test" --memory-sharing shared \
			>/dev/null 2>&1 &
		pid=$!
		sleep $after
		kill -KILL $pid 2>/dev/null || true
		wait $pid 2>/dev/null || true
		if [ -e "$QMPD_STATE_DIR/vms/$test.json" ]; then
			# Its QEMU may run already: it goes with the rest.
			want 0 rm "$test"
		fi
		soon 5 no_process_of "$QMPD_STATE_DIR/vms/$test/"
		soon 5 is_free "$dir/t" "$before"
	done
	want 0 clone demo "$test" --memory-sharing shared
	pid=$(pid_of "$test")
	[ "$(free_of "$dir/t")" -lt "$before" ] || fail 'it takes no room'
	find "$dir/t" | sort | diff files - || fail 'its memory has a name'
	kill -KILL "$pid"
	soon 5 is_gone "$pid"
	# Its threads hold it until the last of them has gone.
	soon 5 is_free "$dir/t" "$before"
	want 0 rm "$test"
	[ ! -e "$QMPD_STATE_DIR/vms/$test" ] || fail 'its folder is still there'
}

test_shared_killed() {
	need_template demo
	in_namespace shared_killed
}

# No room, or no tmpfs: a sentence, and nothing is left.
shared_no_room() {
	own_tmpfs "$dir/t" 1G
	cp -a "$QMPD_TEMPLATE_DIR/demo" "$dir/t/demo"
	sed -i "s#$QMPD_TEMPLATE_DIR/#$dir/t/#" "$dir/t/demo/template.json"
	export QMPD_TEMPLATE_DIR=$dir/t
	mount -o remount,size=200M "$dir/t"
	before=$(free_of "$dir/t")
	want 1 clone demo "$test" --memory-sharing shared
	says "$dir/t/demo has [0-9]* MiB free" "the guest's memory needs 256" \
		QMPD_TEMPLATE_DIR
	is "$(free_of "$dir/t")" "$before" 'room'
	want 0 ls -o json
	json "'$test' not in [v['name'] for v in d]"
	[ ! -e "$QMPD_STATE_DIR/vms/$test" ] || fail 'its folder is still there'
	no_process_of "$QMPD_STATE_DIR/vms/$test/" || fail 'a QEMU was left'
	# A private clone needs no room.
	want 0 clone demo "$test"
	want 0 rm "$test"
}

test_shared_no_room() {
	need_template demo
	in_namespace shared_no_room
}

test_shared_no_tmpfs() {
	local disk
	need_template demo
	disk=$(mktemp -d /var/tmp/qmpd-test-XXXXXX)
	[ "$(stat -f -c %T "$disk")" != tmpfs ] || fail "$disk is on a tmpfs"
	chmod 700 "$disk"
	cp -a "$QMPD_TEMPLATE_DIR/demo" "$disk/demo"
	sed -i "s#$QMPD_TEMPLATE_DIR/#$disk/#" "$disk/demo/template.json"
	run clone demo "$test" --template-dir "$disk" --memory-sharing shared
	rm -rf "$disk"
	is "$status" 1 'the status'
	says 'has to be on a tmpfs' "$disk/demo is not" 'memory-sharing private'
	want 1 show "$test"
}
