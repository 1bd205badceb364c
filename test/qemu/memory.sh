# shellcheck shell=bash
# shellcheck disable=SC2154,SC2034 # see functions.sh
# Memory that the guest gives and takes itself: virtio-mem and the balloon.

template_lines[mem]='enable_virtio_mem: true
memory_slots: 4
default_bridges: 1
pcie_root_port: 1'

template_lines[balloon]='enable_virtio_mem: true
reclaim_guest_freed_memory: true
default_bridges: 1
pcie_root_port: 1'

# What QEMU says of the virtio-mem device, into out.
virtio_mem() {
	ask_qemu "$1" query-memory-devices
	json 'len(d) == 1' 'd[0]["type"] == "virtio-mem"' \
		'd[0]["data"]["id"] == "qmpd-virtio-mem"' "${@:2}"
}

# So many MiB of the memory of a guest are in use.
fill() {
	in_guest "$1" "mkdir -p /tmp/fill && mount -t tmpfs -o size=2g t /tmp/fill &&
		fallocate -l $2M /tmp/fill/f"
}

test_virtio_mem_up_down() {
	need_vm mem
	want 0 show "$test" -o json
	json 'd["memory"]["virtio_mem"] is None' 'd["memory"]["balloon"] is None'
	# The device comes when memory is first needed.
	want 0 resize "$test" --memory 512Mi -o json
	json 'd["result"] == "done"' \
		'any("virtio-mem: device" in s["name"] for s in d["steps"])' \
		'any("256Mi plugged" in s.get("note", "") for s in d["steps"])'
	at_least "$(guest_meminfo "$test" MemTotal)" 400 'MemTotal'
	virtio_mem "$test" 'd[0]["data"]["size"] == 256 * Mi'
	# And is there from then on. 4Mi are what a guest plugs at once.
	want 0 resize "$test" --memory 901Mi -o json
	json 'd["memory"]["actual"] == d["memory"]["requested"] == 904 * Mi' \
		'not any("device" in s["name"] for s in d["steps"])' \
		'd["memory"]["virtio_mem"]["actual"] == 648 * Mi'
	at_least "$(guest_meminfo "$test" MemTotal)" 760 'MemTotal'
	want 0 resize "$test" --memory 300Mi -o json
	json 'd["result"] == "done"' 'd["memory"]["actual"] == 300 * Mi'
	[ "$(guest_meminfo "$test" MemTotal)" -lt 260 ] || fail 'it is not less'
	want 0 resize "$test" --memory 256Mi
	virtio_mem "$test" 'd[0]["data"]["size"] == 0'
	want 0 resize "$test" --memory 2Gi -o json
	json 'd["memory"]["virtio_mem"]["actual"] == 1792 * Mi'
	at_least "$(guest_meminfo "$test" MemTotal)" 1900 'MemTotal'
	want 0 plan "$test" -f <(vm_spec 'vcpus: 1' 'memory: 2Gi') \
		--detailed-exitcode
	want 1 resize "$test" --memory 5Gi
	says 'memory' 'maximum is 4Gi'
}

# Kernels that leave new memory offline are asked to bring it online, also more
# than the 1 GiB at which they stop otherwise.
test_virtio_mem_offline() {
	need_vm mem
	in_guest "$test" 'echo offline >/sys/devices/system/memory/auto_online_blocks'
	want 0 resize "$test" --memory 2304Mi -o json
	json 'd["result"] == "done"' 'd["memory"]["actual"] == 2304 * Mi'
	at_least "$(guest_meminfo "$test" MemTotal)" 2150 'MemTotal'
}

# QEMU accepts every size; only a guest with the driver hears of it.
test_virtio_mem_no_driver() {
	need_vm mem
	in_guest "$test" 'rmmod virtio_mem'
	picture "$test" >before
	want 1 resize "$test" --memory 512Mi --timeout 2 -o json
	json 'd["result"] in ("failed", "stuck")' \
		'"accepted by QEMU, not by the guest" in d["error"]' \
		'"virtio_mem" in d["error"]' 'd["memory"]["requested"] == 256 * Mi'
	if [ "$(value 'd["result"]')" = stuck ]; then
		json 'any("8.2" in s.get("note", "") for s in d["steps"])'
		virtio_mem "$test" 'd[0]["data"]["requested-size"] == 0'
	else
		picture "$test" | diff before - || fail 'something is left'
	fi
	# What QEMU could not unplug is used, and no second one added.
	want 1 resize "$test" --memory 512Mi --timeout 2 -o json
	json 'd["result"] in ("failed", "stuck")'
	want 0 resize "$test" --memory 256Mi
}

# Memory in use cannot be had: the guest is asked for what it can spare, and the
# figures say how much that was. (Asked for more, Linux 6.1 panics.)
test_virtio_mem_in_use() {
	need_vm mem
	want 0 resize "$test" --memory 768Mi
	fill "$test" 250
	want 3 resize "$test" --memory 256Mi -o json
	json 'd["result"] == "partial"' 'd["memory"]["desired"] == 256 * Mi' \
		'any(re.fullmatch("0 wanted, 512Mi before, [0-9]+Mi now: the guest .*",
			s.get("note", "")) for s in d["steps"])' \
		'256 * Mi < d["memory"]["actual"] < 768 * Mi'
	virtio_mem "$test" '0 < d[0]["data"]["size"] < 512 * Mi' \
		'd[0]["data"]["size"] == d[0]["data"]["requested-size"]'
	# It lives, and has what it had.
	is "$(in_guest "$test" 'stat -c %s /tmp/fill/f')" 262144000 'bytes'
	want 0 resize "$test" --memory 768Mi
	in_guest "$test" 'umount /tmp/fill'
	want 0 resize "$test" --memory 256Mi
	virtio_mem "$test" 'd[0]["data"]["size"] == 0'
}

# Killed at a random moment, and done again: the same end.
test_virtio_mem_killed() {
	local i
	need_vm mem
	for i in 1 2 3 4 5 6; do
		timeout -s KILL "0.$((i * 4 + 2))" "$qmpctl" resize "$test" \
			--memory $((i % 2 ? 1024 : 384))Mi >/dev/null 2>&1 || true
	done
	want 0 resize "$test" --memory 768Mi -o json
	json 'd["result"] == "done"' 'd["memory"]["actual"] == 768 * Mi'
	virtio_mem "$test" 'd[0]["data"]["size"] == 512 * Mi'
	want 0 plan "$test" -f <(vm_spec 'vcpus: 1' 'memory: 768Mi') \
		--detailed-exitcode
}

# --- the balloon -------------------------------------------------------------

# A QEMU with a balloon, started by hand on this memory; more arguments follow.
start_balloon() {
	local memory=$1
	shift
	start_by_hand -M q35,memory-backend=ram \
		-object "$memory,id=ram,size=256M" \
		-device "virtio-balloon-pci,id=balloon0,deflate-on-oom=on,$1"
	sockets=(--qmp "$dir/qmp" --qga "$dir/qga")
}

in_hand_guest() {
	python3 "$here/ask.py" guest "$dir/qga" "$1"
}

free_mib() {
	in_hand_guest "sed -n 's/^MemFree: *\\([0-9]*\\) kB/\\1/p' /proc/meminfo" |
		awk '{ print int($1 / 1024) }'
}

has_stats() {
	run show "${sockets[@]}" -o json
	python3 "$here/ask.py" json out 'd["memory"]["balloon"]["stats"]' >/dev/null
}

test_balloon_up_down() {
	local free
	start_balloon memory-backend-ram \
		free-page-reporting=on,guest-stats-polling-interval=1
	soon 20 has_stats
	json 'd["memory"]["balloon"]["id"] == "balloon0"' \
		'd["memory"]["balloon"]["actual"] == 256 * Mi' \
		'd["memory"]["balloon"]["stats"]["stat-total-memory"] > 100 * Mi' \
		'all(n < 2**62 for n in d["memory"]["balloon"]["stats"].values())'
	free=$(free_mib)
	want 0 resize "${sockets[@]}" --memory 200Mi -o json
	json 'd["result"] == "done"' \
		'd["memory"]["actual"] == d["memory"]["desired"] == 200 * Mi' \
		'd["memory"]["balloon"]["taken"] == 56 * Mi'
	[ "$(free_mib)" -lt $((free - 40)) ] || fail 'the guest has it still'
	# It gives back first: nothing is plugged.
	want 0 resize "${sockets[@]}" --memory 256Mi -o json
	json 'd["memory"]["actual"] == 256 * Mi' 'd["memory"]["dimms"] == []'
	at_least "$(free_mib)" $((free - 15)) 'free memory'
	# A guest that cannot is asked for what it can spare.
	want 3 resize "${sockets[@]}" --memory 100Mi -o json
	json 'd["result"] == "partial"' \
		'any(re.fullmatch("100Mi wanted, 256Mi before, .* now: .*",
			s.get("note", "")) for s in d["steps"])' \
		'100 * Mi < d["memory"]["actual"] < 200 * Mi'
	want 0 resize "${sockets[@]}" --memory 256Mi
	at_least "$(free_mib)" $((free - 15)) 'free memory'
	# Without its agent nobody knows what it can spare: where it stops is the
	# end, and it is not pressed any further.
	want 3 resize --qmp "$dir/qmp" --memory 64Mi --timeout 4 -o json
	json 'd["result"] == "partial"' \
		'any("gives up no more" in s.get("note", "") for s in d["steps"])' \
		'64 * Mi < d["memory"]["requested"] < 200 * Mi'
	want 0 resize --qmp "$dir/qmp" --memory 256Mi
	at_least "$(free_mib)" $((free - 15)) 'free memory'
}

# DIMMs go as a whole; the balloon takes what is left.
test_balloon_and_dimms() {
	start_balloon memory-backend-memfd,share=on free-page-reporting=on
	want 0 resize "${sockets[@]}" --memory 768Mi -o json
	json 'len(d["memory"]["dimms"]) == 1' 'd["memory"]["actual"] == 768 * Mi'
	want 0 resize "${sockets[@]}" --memory 640Mi -o json
	json 'len(d["memory"]["dimms"]) == 1' \
		'd["memory"]["balloon"]["taken"] == 128 * Mi' \
		'd["memory"]["actual"] == d["memory"]["desired"] == 640 * Mi'
	# Now the DIMM can go, and its part of the balloon with it.
	want 0 resize "${sockets[@]}" --memory 256Mi -o json
	json 'd["memory"]["dimms"] == []' 'd["memory"]["balloon"]["taken"] == 0' \
		'd["memory"]["actual"] == 256 * Mi'
	want 0 resize "${sockets[@]}" --memory 216Mi
	want 0 resize "${sockets[@]}" --memory 384Mi -o json
	json 'd["memory"]["balloon"]["taken"] == 0' \
		'd["memory"]["actual"] == 384 * Mi'
	want 0 plan "${sockets[@]}" --detailed-exitcode \
		-f <(vm_spec 'vcpus: 1' 'memory: 384Mi')
}

test_balloon_no_driver() {
	start_balloon memory-backend-ram free-page-reporting=on
	in_hand_guest 'rmmod virtio_balloon'
	want 1 resize "${sockets[@]}" --memory 200Mi --timeout 2 -o json
	json 'd["result"] == "failed"' 'd["memory"]["requested"] == 256 * Mi' \
		'"accepted by QEMU, not by the guest" in d["error"]' \
		'"virtio_balloon" in d["error"]'
}

# What a guest gives up is punched out of the file that its memory is a private
# mapping of: a template's, of which others live.
test_balloon_harms_file() {
	local blocks
	head -c 256M /dev/zero | tr '\0' 'x' >ram
	start_balloon "memory-backend-file,mem-path=$dir/ram,share=off" \
		free-page-reporting=off
	blocks=$(stat -c %b ram)
	want 0 resize "${sockets[@]}" --memory 200Mi -o json
	json 'd["memory"]["desired"] == 256 * Mi' \
		'"private copy" in d["note"]' 'd["steps"] == []'
	is "$(stat -c %b ram)" "$blocks" 'blocks of the file'
	# A template with a balloon has no private clones.
	need_template balloon
	want 1 clone balloon "$test"
	says 'balloon' '--memory-sharing shared'
}

# A clone with memory of its own can give it back to the host, and the template
# stays as it is.
test_balloon_of_clone() {
	local blocks
	need_template balloon
	blocks=$(stat -c %b "$QMPD_TEMPLATE_DIR/balloon/memory")
	want 0 clone balloon "$test" --memory-sharing shared -o json
	json 'd["result"] == "done"'
	want 0 resize "$test" --memory 200Mi -o json
	json 'd["result"] == "done"' 'd["memory"]["actual"] == 200 * Mi'
	# virtio-mem beside it, which vhost-user backends can map as well.
	want 0 resize "$test" --memory 512Mi -o json
	json 'd["memory"]["balloon"]["taken"] == 0' \
		'd["memory"]["virtio_mem"]["actual"] == 256 * Mi'
	ask_qemu "$test" qom-get '{"path": "/objects/qmpd-virtio-mem-backend",
		"property": "share"}'
	json 'd is True'
	want 0 resize "$test" --memory 256Mi
	is "$(stat -c %b "$QMPD_TEMPLATE_DIR/balloon/memory")" "$blocks" \
		'blocks of the template'
}
