# shellcheck shell=bash
# shellcheck disable=SC2154 # see functions.sh
# Clones: each is itself.

identity() {
	in_guest "$1" 'cat /etc/machine-id /proc/sys/kernel/hostname \
		/proc/sys/kernel/random/uuid; date +%s'
}

test_clone_is_itself() {
	local names='{s["name"] for s in d["steps"]}'
	need_vm demo "$test"
	json 'all(s["result"] == "done" for s in d["steps"])' \
		'{"random numbers", "guest clock", "host name", "machine id"} <= '"$names"
	identity "$test" >first
	need_vm demo "$test-2"
	identity "$test-2" >second
	cat first second
	for line in 1 2 3; do
		[ "$(sed -n ${line}p first)" != "$(sed -n ${line}p second)" ] ||
			fail "line $line is the same in both"
	done
	is "$(sed -n 2p first)" "$test" 'the host name'
	is "$(sed -n 2p second)" "$test-2" 'the host name'
	behind=$(($(date +%s) - $(sed -n 4p second)))
	[ ${behind#-} -le 2 ] || fail "the guest's clock is $behind s off"
}

# Random numbers right after the clone answers: from the kernel's own pool.
test_clone_random() {
	need_template demo
	for i in 1 2 3 4; do
		want 0 clone demo "$test-$i"
		in_guest "$test-$i" \
			'cat /proc/sys/kernel/random/uuid; head -c 16 /dev/urandom |
			od -An -tx1' >"random-$i"
		cat "random-$i"
	done
	[ "$(cat random-* | sort | uniq -d | wc -l)" = 0 ] ||
		fail 'two clones drew the same'
}

test_clone_shown() {
	need_vm demo
	want 0 show "$test" -o json
	json 'd["name"] and d["state"] == "running"' \
		'd["qemu"]["accel"] == "tcg"' "d['qemu']['pid'] == $(pid_of "$test")" \
		"d['qemu']['version'].startswith('$version')" \
		'd["guest"]["agent"] and d["guest"]["ready"]' \
		'd["vcpus"]["actual"] == 1 and d["vcpus"]["max"] == 2' \
		'd["memory"]["actual"] == 256 * Mi' \
		'd["memory"]["boot"] == 256 * Mi' 'd["memory"]["dimms"] == []' \
		'{b["type"] for b in d["buses"]} >= {"pci-bridge", "pcie-root-port"}'
	want 0 show "$test"
	want 0 ls -o json
	json "'$test' in [v['name'] for v in d]"
	want 0 ls
	grep -q "$test" out || fail 'ls does not list it'
}

test_clone_name_taken() {
	need_vm demo
	pid=$(pid_of "$test")
	want 1 clone demo "$test"
	says "$test" 'exists already'
	is "$(processes_of "$QMPD_STATE_DIR/vms/$test/")" "$pid" 'its QEMU'
	is "$(guest_vcpus "$test")" 1 'vCPUs'
	want 0 rm "$test"
	is_gone "$pid" || fail 'its QEMU is still there'
	[ ! -e "$QMPD_STATE_DIR/vms/$test" ] || fail 'its folder is still there'
	want 1 rm "$test"
	says "no vm \"$test\""
}

# With a spec: it comes up at the size of its pod.
test_clone_with_spec() {
	need_template demo
	vm_spec 'vcpus: 2' 'memory: 512Mi' >spec.yaml
	want 0 clone demo "$test" -f spec.yaml -o json
	json 'd["result"] == "done"'
	is "$(guest_vcpus "$test")" 2 'vCPUs'
	at_least "$(guest_meminfo "$test" MemTotal)" 400 'MemTotal'
}

# A spec that cannot be met: not even a VM is left.
test_clone_with_bad_spec() {
	need_template demo
	vm_spec 'vcpus: 2' 'memory: 512Gi' >spec.yaml
	want 1 clone demo "$test" -f spec.yaml
	says '512Gi' 'maximum'
	want 1 show "$test"
	no_process_of "$QMPD_STATE_DIR/vms/$test/" || fail 'a QEMU was left'
}

# The program is killed: the next clone of this name works.
test_clone_killed() {
	need_template demo
	for after in 0.02 0.06 0.1; do
		"$qmpctl" clone demo "$test" >/dev/null 2>&1 &
		pid=$!
		sleep $after
		kill -KILL $pid 2>/dev/null || true
		wait $pid 2>/dev/null || true
		if [ -e "$QMPD_STATE_DIR/vms/$test.json" ] &&
			grep -q '"ready": true' "$QMPD_STATE_DIR/vms/$test.json"; then
			want 0 rm "$test"
		fi
		want 0 clone demo "$test"
		is "$(processes_of "$QMPD_STATE_DIR/vms/$test/" | wc -l)" 1 'QEMUs'
		want 0 rm "$test"
	done
}

# The program is killed: what is left goes by rm, a QEMU that runs already too.
test_clone_killed_removed() {
	need_template demo
	for after in 0.05 0.08 0.12 0.2; do
		"$qmpctl" clone demo "$test" >/dev/null 2>&1 &
		pid=$!
		sleep $after
		kill -KILL $pid 2>/dev/null || true
		wait $pid 2>/dev/null || true
		run rm "$test"
		soon 5 no_process_of "$QMPD_STATE_DIR/vms/$test/"
		[ ! -e "$QMPD_STATE_DIR/vms/$test.json" ] || fail 'its record is left'
	done
}

# Many at a time share their template's memory.
test_clone_many() {
	need_template demo
	pids=()
	for i in 1 2 3 4 5 6; do
		"$qmpctl" clone demo "$test-$i" >"log-$i" 2>&1 &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do
		wait "$pid" || { cat log-*; fail 'a clone failed'; }
	done
	is "$(processes_of "$QMPD_STATE_DIR/vms/$test-" | wc -l)" 6 'QEMUs'
	want 0 ls -o json
	json "sum(v['name'].startswith('$test-') for v in d) == 6"
}
