# shellcheck shell=bash
# shellcheck disable=SC2154 # see functions.sh
# Growing and shrinking, confirmed by the guest and by QEMU.

pod() {
	sed -e "s#/var/tmp/qmpd/data.img#$dir/data.img#" \
		"$here/../../doc/examples/pod.yaml"
	make_image data.img
}

test_apply_pod() {
	need_vm demo
	pod >pod.yaml
	want 0 size -f pod.yaml
	want 0 plan "$test" -f pod.yaml -o json
	want 2 plan "$test" -f pod.yaml --detailed-exitcode -o json
	is "$(guest_vcpus "$test")" 1 'vCPUs after plan'
	want 0 apply "$test" -f pod.yaml -o json
	json 'd["result"] == "done"' \
		'all(s["result"] == "done" for s in d["steps"])' 'd["ms"] > 0'
	# The guest.
	is "$(guest_vcpus "$test")" 2 'vCPUs'
	at_least "$(guest_meminfo "$test" MemTotal)" 768 'MemTotal'
	at_least "$(guest_meminfo "$test" MemAvailable)" 768 \
		"what the pod's limit promises"
	is "$(guest_disks "$test")" 131072 'disks'
	# QEMU.
	is "$(qemu_vcpus "$test")" 2 'vCPUs of QEMU'
	ask_qemu "$test" query-memory-size-summary
	json 'd["base-memory"] + d["plugged-memory"] >= 768 * Mi'
	# The figures.
	want 0 show "$test" -o json
	json 'd["vcpus"]["actual"] == d["vcpus"]["desired"] == 2' \
		'd["memory"]["actual"] == d["memory"]["desired"] >= 768 * Mi' \
		'[x["id"] for x in d["devices"] if x["type"] == "blk"] == ["data"]'
}

test_apply_twice() {
	need_vm demo
	pod >pod.yaml
	want 0 apply "$test" -f pod.yaml
	picture "$test" >before
	want 0 plan "$test" -f pod.yaml --detailed-exitcode
	want 0 apply "$test" -f pod.yaml -o json
	json 'd["result"] == "done"' 'd["steps"] == []'
	picture "$test" | diff before - || fail 'something changed'
	# A disk that the spec does not name goes away.
	make_image more.img 32M
	want 0 device add "$test" blk more "image=$dir/more.img"
	is "$(guest_disks "$test")" '131072 65536' 'disks'
	want 2 plan "$test" -f pod.yaml --detailed-exitcode
	want 0 apply "$test" -f pod.yaml -o json
	json 'd["result"] == "done"' 'any("more" in s["name"] for s in d["steps"])'
	is "$(guest_disks "$test")" 131072 'disks'
	picture "$test" | diff before - || fail 'something is left'
	# And what it names comes back.
	want 0 device rm "$test" data
	want 0 apply "$test" -f pod.yaml
	is "$(guest_disks "$test")" 131072 'disks'
}

# The disk that is there has another image than the spec says.
test_apply_other_image() {
	need_vm demo
	pod >pod.yaml
	want 0 apply "$test" -f pod.yaml
	sed 's/data.img/other.img/' pod.yaml >other.yaml
	make_image other.img
	want 1 apply "$test" -f other.yaml
	says 'data' 'other.img'
	is "$(guest_disks "$test")" 131072 'disks'
}

test_memory_up_down() {
	need_vm demo
	want 0 resize "$test" --memory 512Mi -o json
	json 'd["result"] == "done"'
	at_least "$(guest_meminfo "$test" MemTotal)" 400 'MemTotal'
	want 0 resize "$test" --memory 900Mi
	at_least "$(guest_meminfo "$test" MemTotal)" 820 'MemTotal'
	want 0 show "$test" -o json
	json 'd["memory"]["actual"] == 1024 * Mi'
	want 0 resize "$test" --memory 256Mi -o json
	json 'd["result"] == "done"'
	[ "$(guest_meminfo "$test" MemTotal)" -lt 256 ] || fail 'it is not less'
	ask_qemu "$test" query-memory-devices
	json 'd == []'
	ask_qemu "$test" qom-list '{"path": "/objects"}'
	json 'not any(o["name"].startswith("qmpd") for o in d)'
	# The slot and the name can be had again.
	want 0 resize "$test" --memory 384Mi
	want 0 show "$test" -o json
	json 'd["memory"]["actual"] == 384 * Mi'
}

# Memory that the guest has in use cannot be had, and that is said. (Its kernel
# goes on trying, and its agent is silent meanwhile.)
test_memory_in_use() {
	need_vm demo
	want 0 resize "$test" --memory 512Mi
	in_guest "$test" 'mkdir /tmp/fill && mount -t tmpfs -o size=400m t /tmp/fill &&
		dd if=/dev/zero of=/tmp/fill/f bs=1M count=300 2>&1 | tail -n 1'
	want 3 resize "$test" --memory 256Mi --timeout 2 -o json
	json 'd["result"] in ("partial", "pending")' 'd["error"]'
	ask_qemu "$test" query-memory-size-summary
	json 'd["plugged-memory"] == 256 * Mi'
}

# QEMU under TCG does not survive what follows the unplugging of a vCPU: 7.2 the next
# change of the memory's layout, 10.0 the next vCPU. There it is taken offline.
test_vcpus_up_down() {
	need_vm demo
	want 0 resize "$test" --cpus 2 -o json
	json 'd["result"] == "done"'
	is "$(guest_vcpus "$test")" 2 'vCPUs'
	is "$(qemu_vcpus "$test")" 2 'vCPUs of QEMU'
	want 0 resize "$test" --cpus 1 -o json
	json 'd["result"] == "done"'
	is "$(guest_vcpus "$test")" 1 'vCPUs'
	json 'any("confirmed by the guest agent" in s.get("note", "") for s in d["steps"])'
	want 0 show "$test" -o json
	json 'd["vcpus"]["actual"] == 1'
	# QEMU lives: the memory's layout changes, and the vCPU comes back.
	want 0 resize "$test" --memory 512Mi
	want 0 resize "$test" --cpus 2 --memory 256Mi -o json
	json 'd["result"] == "done"'
	is "$(guest_vcpus "$test")" 2 'vCPUs'
	for _ in 1 2 3; do
		want 0 resize "$test" --cpus 1
		want 0 resize "$test" --cpus 2
	done
	is "$(guest_vcpus "$test")" 2 'vCPUs'
}

# A guest whose kernel refuses the vCPU, though QEMU and ACPI say yes.
test_vcpu_refused() {
	need_vm newer
	want 1 resize "$test" --cpus 2 --timeout 3 -o json
	json 'd["result"] in ("failed", "stuck")' 'd["error"]'
	if [ "$(value 'd["result"]')" = stuck ]; then
		json 'any("dies" in s.get("note", "") for s in d["steps"])'
	else
		is "$(qemu_vcpus "$test")" 1 'vCPUs of QEMU'
	fi
	is "$(guest_vcpus "$test")" 1 'vCPUs'
	want 0 show "$test" -o json
	json 'd["vcpus"]["actual"] == 1'
	# Whoever tries once more does not lose the VM.
	want 1 resize "$test" --cpus 2 --timeout 2 -o json
	json 'd["result"] in ("failed", "stuck")'
	want 0 resize "$test" --memory 512Mi
	at_least "$(guest_meminfo "$test" MemTotal)" 400 'MemTotal'
}

# What cannot be is refused before anything is done.
test_impossible() {
	need_vm bare
	picture "$test" >before
	want 1 resize "$test" --cpus 64
	says '64' 'maximum is 2' 'default_maxvcpus'
	want 1 resize "$test" --memory 100Gi
	says '100Gi' 'maximum' 'default_maxmemory'
	want 1 resize "$test" --memory 512Mi
	says 'memory' 'slots|maximum'
	make_image data.img
	want 1 device add "$test" blk data "image=$dir/data.img"
	says 'data' 'default_bridges' 'pcie_root_port'
	pod >pod.yaml
	want 1 apply "$test" -f pod.yaml
	says 'memory|slot|bus'
	want 1 plan "$test" -f pod.yaml
	picture "$test" | diff before - || fail 'something changed'
	is "$(guest_vcpus "$test")" 1 'vCPUs'
}

# The second half cannot be: the first is not done either.
test_impossible_half() {
	need_vm ports
	picture "$test" >before
	want 0 resize "$test" --memory 384Mi
	want 0 resize "$test" --memory 256Mi
	make_image data.img
	vm_spec 'vcpus: 2' 'memory: 384Mi' 'devices:' \
		"  - {id: a, type: blk, image: $dir/data.img, read-only: true}" \
		"  - {id: b, type: blk, image: $dir/data.img, read-only: true}" \
		"  - {id: c, type: blk, image: $dir/data.img, read-only: true}" \
		>spec.yaml
	want 1 apply "$test" -f spec.yaml
	says 'c' 'slot'
	picture "$test" | diff before - || fail 'something changed'
	# Memory has one slot, and none for the second.
	want 0 resize "$test" --memory 384Mi
	want 1 resize "$test" --memory 512Mi
	says 'slot'
}
