# shellcheck shell=bash
# shellcheck disable=SC2154 # see functions.sh
# Any QEMU: started by hand, and without an agent.

by_hand() {
	local sockets=(--qmp "$dir/qmp" --qga "$dir/qga")
	start_by_hand -M "$1" -smp 1,maxcpus=2
	want 0 show "${sockets[@]}" -o json
	json 'd["guest"]["agent"]' 'd["vcpus"]["actual"] == 1' \
		'd["vcpus"]["max"] == 2' 'd["memory"]["actual"] == 256 * Mi'
	make_image data.img
	vm_spec 'vcpus: 2' 'memory: 512Mi' 'devices:' \
		"  - {id: data, type: blk, image: $dir/data.img}" >spec.yaml
	want 2 plan "${sockets[@]}" -f spec.yaml --detailed-exitcode
	want 0 apply "${sockets[@]}" -f spec.yaml -o json
	json 'd["result"] == "done"'
	is "$(python3 "$here/ask.py" guest "$dir/qga" \
		'grep -c ^processor /proc/cpuinfo; cat /sys/block/vd*/size' | xargs)" \
		'2 131072' 'vCPUs and disks'
	want 0 plan "${sockets[@]}" -f spec.yaml --detailed-exitcode
	want 0 device rm "${sockets[@]}" data
	want 0 resize "${sockets[@]}" --memory 256Mi
	want 0 show "${sockets[@]}" -o json
	json 'd["memory"]["actual"] == 256 * Mi' 'd["vcpus"]["actual"] == 2'
	[ ! -e "$QMPD_STATE_DIR/vms/$test" ] || fail 'a VM was recorded'
}

test_by_hand_q35() {
	by_hand q35
}

test_by_hand_pc() {
	by_hand pc
}

# Without an agent: what QEMU and ACPI can tell, and the result says so.
test_no_agent() {
	need_vm demo
	sockets=(--qmp "$(socket_of "$test" qmp)")
	want 0 show "${sockets[@]}" -o json
	json 'not d["guest"]["agent"]'
	make_image data.img
	want 0 device add "${sockets[@]}" blk data "image=$dir/data.img" -o json
	json 'd["result"] == "done"' \
		'any("confirmed by QEMU" in s.get("note", "") for s in d["steps"])'
	is "$(guest_disks "$test")" 131072 'disks'
	want 0 resize "${sockets[@]}" --memory 512Mi -o json
	json 'd["result"] == "done"' \
		'any("ACPI" in s.get("note", "") for s in d["steps"])'
	at_least "$(guest_meminfo "$test" MemTotal)" 400 'MemTotal'
	want 0 resize "${sockets[@]}" --cpus 2 -o json
	json 'd["result"] == "done"' \
		'any("ACPI" in s.get("note", "") for s in d["steps"])'
	is "$(qemu_vcpus "$test")" 2 'vCPUs of QEMU'
	want 0 device rm "${sockets[@]}" data
	is "$(guest_disks "$test")" '' 'disks'
	# With its agent the rest is done: the vCPU is brought online.
	want 0 resize "$test" --cpus 2
	is "$(guest_vcpus "$test")" 2 'vCPUs'
}

# The raw way, to QEMU and to the agent.
test_raw() {
	need_vm demo
	want 0 qmp "$test" query-status
	grep -q running out || fail 'no status'
	want 0 qmp "$test" --agent guest-ping
	want 0 qmp "$test" qom-get '{"path": "/machine", "property": "type"}'
	grep -q machine out || fail 'no machine'
	want 1 qmp "$test" nonsense
	says 'nonsense'
	want 2 qmp "$test" qom-get '{"path": '
	says 'arguments|JSON'
}
