# shellcheck shell=bash
# shellcheck disable=SC2154 # see functions.sh
# Making templates, and believing them.

test_template_record() {
	need_template demo
	cp "$work/demo.json" out
	json 'd["result"] == "done"' 'd["ms"] > 0' \
		'{"boot", "save state", "publish"} <= {s["name"] for s in d["steps"]}'
	want 0 template show demo -o json
	json 'd["name"] == "demo"' 'd["machine"].startswith("pc-q35-")' \
		"d['qemu']['version'].startswith('${version}')" \
		'd["config"]["default_memory"] == 256' \
		'd["memory_file"]["size"] == 256 * Mi' \
		'0 < d["resident"] < 128 * Mi' \
		'd["guest"]["block_size"] == 128 * Mi' \
		'0 < d["guest"]["use"] < 256 * Mi' 'd["guest"]["agent_version"]' \
		"d['kernel']['sha256'] == '$(sha256sum <"$guest/vmlinuz" | cut -c 1-64)'" \
		"d['initrd']['sha256'] == '$(sha256sum <"$guest/initrd" | cut -c 1-64)'"
	want 0 template ls
	grep -q demo out || fail 'template ls does not list it'
	want 0 template ls -o json
	json '"demo" in [t["name"] for t in d]'
	want 0 template verify demo
	is "$(stat -c %a "$QMPD_TEMPLATE_DIR/demo")" 700 \
		"who may read the guest's memory"
	[ -z "$(find "$QMPD_TEMPLATE_DIR/demo" -name '*.sock')" ] ||
		fail 'a socket was left'
}

# Clones leave their template as it is, whatever they read and write.
test_template_stays() {
	need_vm demo
	in_guest "$test" 'dd if=/dev/zero of=/tmp/x bs=1M count=60 2>/dev/null
		rm /tmp/x; ls -R / >/dev/null'
	want 0 template verify demo
	want 0 rm "$test"
	want 0 template verify demo
}

test_template_name_taken() {
	need_template demo
	before=$(sha256sum "$QMPD_TEMPLATE_DIR/demo/template.json")
	want 1 template create demo -f "$work/demo.yaml"
	says 'demo' 'exists already'
	is "$(sha256sum "$QMPD_TEMPLATE_DIR/demo/template.json")" "$before" \
		'the record'
	want 1 template create demo -f "$work/demo.yaml" -o json
	json 'd["result"] == "failed"' '"exists already" in d["error"]'
	no_process_of "$QMPD_TEMPLATE_DIR/.demo.new" || fail 'a QEMU was left'
}

# A file that the template was made of is another one now.
test_template_changed_kernel() {
	cp -p "$guest/vmlinuz" vmlinuz
	copy_template demo "$test" -e "s#$guest/vmlinuz#$dir/vmlinuz#"
	want 0 template verify "$test"
	printf 'x' >>vmlinuz
	want 1 template verify "$test"
	says "$dir/vmlinuz" 'kernel'
	want 1 clone "$test" "$test"
	says "$dir/vmlinuz" 'kernel'
	want 1 show "$test"
	# The same size and time, and other bytes.
	cp -p "$guest/vmlinuz" vmlinuz
	printf 'x' | dd of=vmlinuz bs=1 seek=4096 conv=notrunc status=none
	touch -r "$guest/vmlinuz" vmlinuz
	want 1 template verify "$test"
	says "$dir/vmlinuz" 'SHA-256'
	rm vmlinuz
	want 1 clone "$test" "$test"
	says "$dir/vmlinuz" 'No such file'
	rm -r "${QMPD_TEMPLATE_DIR:?}/$test"
}

# Its memory or its state is not what was saved.
test_template_damaged() {
	copy_template demo "$test"
	printf 'x' | dd of="$QMPD_TEMPLATE_DIR/$test/memory" bs=1 seek=4096 \
		conv=notrunc status=none
	touch -r "$QMPD_TEMPLATE_DIR/demo/memory" \
		"$QMPD_TEMPLATE_DIR/$test/memory"
	want 1 template verify "$test"
	says 'memory file' 'SHA-256'
	truncate -s 1000 "$QMPD_TEMPLATE_DIR/$test/state"
	want 1 clone "$test" "$test"
	says 'state file' '1000'
	head -c 300 "$QMPD_TEMPLATE_DIR/demo/template.json" \
		>"$QMPD_TEMPLATE_DIR/$test/template.json"
	want 1 clone "$test" "$test"
	says 'template.json'
	chmod 666 "$QMPD_TEMPLATE_DIR/$test/template.json"
	cat "$QMPD_TEMPLATE_DIR/demo/template.json" \
		>"$QMPD_TEMPLATE_DIR/$test/template.json"
	want 1 clone "$test" "$test"
	says 'template.json'
	no_process_of "$QMPD_STATE_DIR/vms/$test/" || fail 'a QEMU was left'
	rm -r "${QMPD_TEMPLATE_DIR:?}/$test"
}

# A state is only for the QEMU that wrote it.
test_template_other_qemu() {
	copy_template demo "$test" -e 's/"version": "[0-9.]*"/"version": "9.8.7"/'
	want 1 clone "$test" "$test"
	says '9\.8\.7' "$version" 'QEMU'
	want 1 show "$test"
	no_process_of "$QMPD_STATE_DIR/vms/$test/" || fail 'a QEMU was left'
	want 1 template verify "$test"
	says '9\.8\.7' "$version"
	rm -r "${QMPD_TEMPLATE_DIR:?}/$test"
}

is_booting() {
	[ -S "$QMPD_TEMPLATE_DIR/.$test.new/qga.sock" ] &&
		! no_process_of "$QMPD_TEMPLATE_DIR/.$test.new/"
}

# Nothing of a template that was not finished can be seen.
nothing_of_it() {
	[ ! -e "$QMPD_TEMPLATE_DIR/$test" ] || fail 'a template is there'
	want 0 template ls -o json
	json "'$test' not in [t['name'] for t in d]"
	want 1 clone "$test" "$test"
	says "no template \"$test\""
}

# The program is killed: its QEMU dies with it, and the name is free.
test_template_killed() {
	need_template demo
	"$qmpctl" template create "$test" -f "$work/demo.yaml" >killed 2>&1 &
	pid=$!
	soon 10 is_booting
	sleep 0.5
	kill -KILL $pid
	wait $pid 2>/dev/null || true
	soon 5 no_process_of "$QMPD_TEMPLATE_DIR/.$test.new/"
	nothing_of_it
	want 0 template create "$test" -f "$work/demo.yaml" -o json
	json 'd["result"] == "done"'
	need_vm_of_it
	want 1 template rm "$test"
	says "$test" 'cloned from it'
	want 0 rm "$test"
	want 0 template rm "$test"
	nothing_of_it
}

need_vm_of_it() {
	want 0 clone "$test" "$test"
	is "$(guest_vcpus "$test")" 1 'vCPUs'
}

# Ctrl-C: all is undone, and it says so.
test_template_interrupted() {
	need_template demo
	env --default-signal=INT "$qmpctl" template create "$test" \
		-f "$work/demo.yaml" >out 2>err &
	pid=$!
	soon 10 is_booting
	sleep 0.5
	kill -INT $pid
	status=0
	wait $pid || status=$?
	cat out err
	[ "$status" != 0 ] || fail 'it ended well'
	grep -qi 'interrupt' err || fail 'it does not say why'
	no_process_of "$QMPD_TEMPLATE_DIR/.$test.new/" || fail 'a QEMU was left'
	[ -z "$(find "$QMPD_TEMPLATE_DIR" -name ".$test*")" ] ||
		fail 'a file was left'
	nothing_of_it
}

# Two at once: one makes it, the other says so.
test_template_two_at_once() {
	need_template demo
	"$qmpctl" template create "$test" -f "$work/demo.yaml" >first 2>&1 &
	pid=$!
	soon 10 is_booting
	want 1 template create "$test" -f "$work/demo.yaml"
	says "$test" 'being made by another program'
	is_booting || fail 'the first one was disturbed'
	kill -TERM $pid
	wait $pid || true
	soon 5 no_process_of "$QMPD_TEMPLATE_DIR/.$test.new/"
}

# QEMU cannot start: its own words, once, and nothing is left.
test_template_qemu_dies() {
	template_file t.yaml "kernel: $guest/vmlinuz" "initrd: $guest/initrd" \
		'cpu_model: nonsense'
	want 1 template create "$test" -f t.yaml
	says 'nonsense' 'CPU model'
	[ "$(grep -c '^qmpctl: ' err)" = 1 ] || fail 'it says more than that'
	[ -z "$(find "$QMPD_TEMPLATE_DIR" -name "*$test*")" ] ||
		fail 'a file was left'
	no_process_of "$QMPD_TEMPLATE_DIR/.$test.new/" || fail 'a QEMU was left'
}

# A guest that never comes up is given up at the time that was said.
test_template_no_agent() {
	template_file t.yaml "kernel: $guest/vmlinuz"
	want 1 template create "$test" -f t.yaml --boot-timeout 3
	says 'agent'
	[ "$took" -lt 8000 ] || fail "it took $took ms"
	[ -z "$(find "$QMPD_TEMPLATE_DIR" -name "*$test*")" ] ||
		fail 'a file was left'
}
