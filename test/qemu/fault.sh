# shellcheck shell=bash
# shellcheck disable=SC2154 # see functions.sh
# Monitors that are not there, silent, held or dying.

# Something listens there that does not speak QMP, or does not speak.
test_not_qmp() {
	python3 "$here/ask.py" listen "$dir/rude" 'HTTP/1.1 400 Bad Request' &
	python3 "$here/ask.py" listen "$dir/liar" '{"return": {}}' &
	python3 "$here/ask.py" listen "$dir/mute" none &
	soon 5 test -S rude -a -S liar -a -S mute
	for socket in rude liar mute; do
		run show --qmp "$dir/$socket"
		case $status in
		1 | 4) ;;
		*) fail "status $status" ;;
		esac
		says "$socket|QMP|greet|answer"
		[ "$took" -lt 12000 ] || fail "it took $took ms"
	done
	run show --qmp "$dir/missing"
	case $status in
	1 | 4) ;;
	*) fail "status $status" ;;
	esac
	says 'missing' 'No such file|nobody listens'
	touch file
	run resize --qmp "$dir/file" --cpus 2
	[ "$status" != 0 ] || fail 'status 0'
	says 'file'
}

# A QEMU whose monitor is held by another client.
test_held() {
	need_vm demo
	python3 "$here/ask.py" hold "$(socket_of "$test" qmp)" >held &
	pid=$!
	soon 5 test -s held
	want 0 ls
	run resize "$test" --cpus 2
	case $status in
	1 | 4) ;;
	*) fail "status $status" ;;
	esac
	says "$test"
	[ "$took" -lt 15000 ] || fail "it took $took ms"
	kill $pid
	wait $pid || true
	want 0 resize "$test" --cpus 2
	is "$(guest_vcpus "$test")" 2 'vCPUs'
}

# Two of us at the same VM: one after the other.
test_two_at_once() {
	need_vm demo
	make_image a.img
	make_image b.img
	"$qmpctl" device add "$test" blk a "image=$dir/a.img" >log-a 2>&1 &
	a=$!
	"$qmpctl" device add "$test" blk b "image=$dir/b.img" >log-b 2>&1 &
	b=$!
	wait $a || { cat log-a; fail 'the first one failed'; }
	wait $b || { cat log-b; fail 'the second one failed'; }
	is "$(guest_disks "$test")" '131072 131072' 'disks'
}

# QEMU is killed while its guest is waited for.
test_killed_while_applying() {
	need_vm demo
	qemu_pid=$(pid_of "$test")
	make_image data.img
	want 0 device add "$test" blk data "image=$dir/data.img"
	ask_qemu "$test" stop
	"$qmpctl" device rm "$test" data --timeout 30 -o json >out 2>err &
	pid=$!
	sleep 3
	[ -e /proc/$pid ] || { cat out err; fail 'it did not wait'; }
	kill -KILL "$qemu_pid"
	began=$(date +%s%N)
	status=0
	wait $pid || status=$?
	took=$((($(date +%s%N) - began) / 1000000))
	cat out err
	[ "$status" = 4 ] || fail "status $status, not 4"
	json 'd["result"] == "lost"' 'd["error"]'
	[ "$took" -lt 3000 ] || fail "it took $took ms to notice"
	want 0 ls -o json
	json "[v['state'] for v in d if v['name'] == '$test'][0] in ('dead', 'lost')"
	run resize "$test" --cpus 2
	[ "$status" != 0 ] || fail 'status 0'
	says "$test"
	want 0 rm "$test"
	want 1 show "$test"
}

# The guest is silent: pending, and it is finished the next time.
test_silent_guest() {
	need_vm demo
	make_image data.img
	want 0 device add "$test" blk data "image=$dir/data.img"
	ask_qemu "$test" stop
	want 3 device rm "$test" data --timeout 2 -o json
	json 'd["result"] == "pending"'
	ask_qemu "$test" cont
	soon 5 no_disk
	want 0 device rm "$test" data
	ask_qemu "$test" query-named-block-nodes
	json 'd == []'
}

no_disk() {
	[ -z "$(guest_disks "$test")" ]
}

# A QEMU that is stopped: its VM is silent, and nobody else.
test_stopped_qemu() {
	need_vm demo "$test"
	need_vm demo "$test-2"
	kill -STOP "$(pid_of "$test")"
	"$qmpctl" resize "$test" --cpus 2 >stopped 2>&1 &
	pid=$!
	want 0 resize "$test-2" --cpus 2
	[ "$took" -lt 5000 ] || fail "the other VM had to wait $took ms"
	is "$(guest_vcpus "$test-2")" 2 'vCPUs of the other'
	want 0 ls
	[ "$took" -lt 8000 ] || fail "ls took $took ms"
	status=0
	wait $pid || status=$?
	cp stopped err
	cat err
	case $status in
	1 | 4) ;;
	*) fail "status $status" ;;
	esac
	says "$test" 'answer|greeting'
	kill -CONT "$(pid_of "$test")"
	want 0 resize "$test" --cpus 2
	is "$(guest_vcpus "$test")" 2 'vCPUs'
	kill -STOP "$(pid_of "$test")"
	want 0 rm "$test"
	[ ! -e "$QMPD_STATE_DIR/vms/$test" ] || fail 'its folder is still there'
}

# A guest that takes the disk and has no driver for it: its agent answers all along
# and never shows it.
without_driver() {
	need_vm demo
	in_guest "$test" 'rmmod virtio_blk'
	make_image data.img
	picture "$test" >before
}

test_no_driver() {
	without_driver
	want 1 device add "$test" blk data "image=$dir/data.img" --timeout 2 \
		-o json
	json 'd["result"] == "failed"' 'd["error"]' \
		'"undone" in [s["result"] for s in d["steps"]]'
	picture "$test" | diff before - || fail 'something is left'
}

# Ctrl-C while the guest is waited for: what was done is undone.
test_interrupted() {
	without_driver
	env --default-signal=INT "$qmpctl" device add "$test" blk data \
		"image=$dir/data.img" --timeout 60 >out 2>err &
	pid=$!
	sleep 2
	kill -INT $pid
	status=0
	wait $pid || status=$?
	cat out err
	[ "$status" = 1 ] || fail "status $status, not 1"
	grep -qi interrupt err || fail 'it does not say why'
	picture "$test" | diff before - || fail 'something is left'
}
