# shellcheck shell=bash
# shellcheck disable=SC2154 # see functions.sh
# NICs on taps and macvtaps, each in a network namespace of its test.

# A namespace, $ns; end_test takes it away with all that is in it.
need_netns() {
	[ "$(id -u)" = 0 ] || fail 'root is needed: for network namespaces'
	ns=${work##*/}-$test
	ip netns add "$ns"
	ip -n "$ns" link set lo up
}

# A tap in $ns with an address of the host's side; more are words for "tuntap".
make_tap() {
	local name=$1 address=$2
	shift 2
	ip -n "$ns" tuntap add "$name" mode tap "$@"
	[ -z "$address" ] || ip -n "$ns" address add "$address" dev "$name"
	ip -n "$ns" link set "$name" up
}

# What belongs to the user, but for what whoever opens it says of its frames.
tap_picture() {
	ip -n "$ns" -d link show "$1" | sed 's/ vnet_hdr o[nf]*//'
	ip -n "$ns" -4 address show "$1"
}

# The open files of a VM's QEMU, by what they are.
files_of() {
	local pid
	pid=$(pid_of "$1")
	find "/proc/$pid/fd" -type l -printf '%l\n' | sed 's/\[[0-9]*\]//' | sort
}

# The guest's interface at the device's slots, as show tells them, is this one.
is_interface() {
	want 0 show "$1" -o json
	local path slot chain=''
	path=$(value "[x['guest_path'] for x in d['devices'] if x['id'] == '$2'][0]")
	for slot in ${path//\// }; do
		chain+="/*:*:$slot.0"
	done
	is "$(in_guest "$1" "ls /sys/devices/pci0000:00$chain/virtio*/net")" "$3" \
		'interface'
}

# Sets the guest's side up, and pings both ways.
ping_both_ways() {
	local vm=$1 interface=$2 guest_side=$3 host_side=$4
	in_guest "$vm" "ip address add $guest_side/24 dev $interface
		ip link set $interface up"
	ip netns exec "$ns" ping -q -c 3 -i 0.2 -w 20 "$guest_side" ||
		fail 'the guest does not answer'
	in_guest "$vm" "ping -q -c 3 -w 20 $host_side" ||
		fail 'the guest hears nothing'
}

test_net_tap() {
	need_vm demo
	need_netns
	make_tap tap0 10.77.0.1/24
	picture "$test" >before
	files_of "$test" >files
	tap_picture tap0 >tap
	for i in 1 2; do
		want 0 device add "$test" net eth tap=tap0 "netns=$ns" -o json
		json 'd["result"] == "done"'
		is_interface "$test" eth eth0
		ping_both_ways "$test" eth0 10.77.0.2 10.77.0.1
		ip -n "$ns" link show tap0 | grep -q LOWER_UP ||
			fail 'the tap is not in use'
		ask_qemu "$test" qom-get \
			'{"path": "/machine/peripheral/eth", "property": "mac"}'
		value d >"mac$i"
		is "$(in_guest "$test" 'cat /sys/class/net/eth0/address')" \
			"$(cat "mac$i")" 'address'
		# The same again is nothing to do; another tap is refused.
		want 0 device add "$test" net eth tap=tap0 "netns=$ns" -o json
		json 'd["result"] == "done"' \
			'all(s["name"] == "" for s in d["steps"])'
		want 1 device add "$test" net eth tap=tap1 "netns=$ns"
		says 'eth' 'tap0' 'tap1' 'remove it first'
		want 0 device rm "$test" eth -o json
		json 'd["result"] == "done"'
		is "$(in_guest "$test" 'ls /sys/class/net')" lo 'interfaces'
		picture "$test" | diff before - || fail 'something is left'
		files_of "$test" | diff files - || fail 'a file is left open'
		tap_picture tap0 | diff tap - || fail 'the tap has changed'
	done
	diff mac1 mac2 || fail 'another address'
}

# By the path of the namespace, with an address and a size of packets, on a
# root port; two at a time.
test_net_parameters() {
	need_vm ports
	need_netns
	make_tap tap0 10.77.0.1/24
	make_tap tap1 10.78.0.1/24
	ip -n "$ns" link set tap0 mtu 1400
	ip -n "$ns" link set tap1 mtu 9000
	want 0 device add "$test" net a tap=tap0 "netns=/run/netns/$ns" vhost=off
	want 0 device add "$test" net b tap=tap1 "netns=$ns" mtu=2000 \
		mac=52:54:00:AB:cd:EF
	is_interface "$test" a eth0
	is_interface "$test" b eth1
	is "$(in_guest "$test" 'cat /sys/class/net/eth?/mtu' | xargs)" '1400 2000' \
		'packets'
	is "$(in_guest "$test" 'cat /sys/class/net/eth1/address')" \
		52:54:00:ab:cd:ef 'address'
	ping_both_ways "$test" eth0 10.77.0.2 10.77.0.1
	ping_both_ways "$test" eth1 10.78.0.2 10.78.0.1
	want 1 device add "$test" net b tap=tap1 "netns=$ns" mtu=1500
	says 'b' 'mtu 2000' '1500' 'remove it first'
	want 0 device rm "$test" a
	is_interface "$test" b eth1
	ping_both_ways "$test" eth1 10.78.0.3 10.78.0.1
}

test_net_multi_queue() {
	need_vm demo
	need_netns
	make_tap tap0 10.77.0.1/24 multi_queue
	want 0 resize "$test" --cpus 2
	files_of "$test" >files
	want 0 device add "$test" net eth tap=tap0 "netns=$ns" queues=2 -o json
	json 'd["result"] == "done"'
	is "$(in_guest "$test" 'ls /sys/class/net/eth0/queues' | xargs)" \
		'rx-0 rx-1 tx-0 tx-1' 'queues'
	ping_both_ways "$test" eth0 10.77.0.2 10.77.0.1
	is "$(in_guest "$test" "grep -c 'virtio.*-input' /proc/interrupts")" 2 \
		'interrupts'
	is "$(files_of "$test" | grep -c net/tun)" 2 'descriptors'
	want 1 device add "$test" net other tap=tap0 "netns=$ns" queues=2
	says 'other' 'tap0' 'in use'
	want 0 device rm "$test" eth
	# QEMU made an eventfd or two for the second vCPU's interrupts.
	files_of "$test" | grep -v eventfd >after
	grep -v eventfd files | diff - after || fail 'a file is left open'
	# One queue of a tap that may have many, and nobody to ask in the guest.
	want 0 device add --qmp "$(socket_of "$test" qmp)" net eth tap=tap0 \
		"netns=$ns" -o json
	json 'd["result"] == "done"' \
		'any("confirmed by QEMU" in s.get("note", "") for s in d["steps"])'
	ping_both_ways "$test" eth0 10.77.0.3 10.77.0.1
}

# From inside the namespace and from outside; the guest has its address.
test_net_macvtap() {
	need_vm demo
	need_netns
	ip -n "$ns" link add lower type veth peer name far
	ip -n "$ns" link add link lower name mac0 type macvtap mode bridge
	for name in lower far mac0; do
		ip -n "$ns" link set "$name" up
	done
	ip -n "$ns" address add 10.77.0.1/24 dev far
	tap_picture mac0 >tap
	files_of "$test" >files
	want 0 device add "$test" net eth tap=mac0 "netns=$ns" -o json
	json 'd["result"] == "done"'
	is "$(in_guest "$test" 'cat /sys/class/net/eth0/address')" \
		"$(ip netns exec "$ns" cat /sys/class/net/mac0/address)" 'address'
	ping_both_ways "$test" eth0 10.77.0.2 10.77.0.1
	want 0 device rm "$test" eth
	tap_picture mac0 | diff tap - || fail 'the macvtap has changed'
	files_of "$test" | diff files - || fail 'a file is left open'
	# From inside the namespace, by no name; the node in /dev is another's.
	node=/dev/tap$(ip netns exec "$ns" cat /sys/class/net/mac0/ifindex)
	cat >inside <<-END
		#!/bin/sh
		[ -n "\$INSIDE" ] ||
			INSIDE=yes exec ip netns exec $ns unshare -m "\$0" "\$@"
		mount --bind /dev/null $node || exit 99
		exec $qmpctl "\$@"
	END
	chmod +x inside
	qmpctl=$dir/inside want 0 device add "$test" net eth tap=mac0 queues=2 \
		-o json
	json 'd["result"] == "done"'
	is "$(files_of "$test" | grep -c '/tap[0-9]*$')" 2 'descriptors'
	ping_both_ways "$test" eth0 10.77.0.3 10.77.0.1
	want 0 device rm "$test" eth
}

# A tap that somebody else opened, as descriptors.
test_net_descriptors() {
	need_vm demo
	need_netns
	make_tap tap0 10.77.0.1/24
	files_of "$test" >files
	outside=$qmpctl
	printf '#!/bin/sh\nexec python3 %s tap %s tap0 %s "$@"\n' "$here/ask.py" \
		"$ns" "$outside" >inside
	chmod +x inside
	qmpctl=$dir/inside
	want 1 device add "$test" net eth fds=3 mac=52:54:00:00:00:01 queues=2
	says 'eth' 'queues'
	want 1 device add "$test" net eth fds=3:3
	says 'eth' 'mac'
	want 1 device add "$test" net eth fds=99 mac=52:54:00:00:00:01
	says 'eth' '99' 'not open'
	want 1 device add "$test" net eth fds=1 mac=52:54:00:00:00:01
	says 'eth' '1' 'no tap'
	want 0 device add "$test" net eth fds=3 mac=52:54:00:00:00:01 -o json
	qmpctl=$outside
	json 'd["result"] == "done"'
	ping_both_ways "$test" eth0 10.77.0.2 10.77.0.1
	want 0 device rm "$test" eth
	files_of "$test" | diff files - || fail 'a file is left open'
}

# What is wrong with each is said before anything runs.
test_net_refused() {
	need_vm demo
	need_netns
	make_tap tap0 ''
	make_tap busy0 ''
	ip -n "$ns" tuntap add tun0 mode tun
	ip -n "$ns" link add bridge0 type bridge
	python3 "$here/ask.py" tap "$ns" busy0 sleep 60 &
	# shellcheck disable=SC2317 # soon calls it
	busy_is_open() {
		ip -n "$ns" link show busy0 | grep -q LOWER_UP
	}
	soon 10 busy_is_open
	picture "$test" >before
	files_of "$test" >files
	refused_nic() {
		local pattern=$1
		shift
		want 1 device add "$test" net eth "$@"
		says "NIC eth: .*$pattern"
	}
	refused_nic 'tap none0: .*no such interface' tap=none0 "netns=$ns"
	refused_nic 'tap bridge0: .*it is a bridge' tap=bridge0 "netns=$ns"
	refused_nic 'tap tun0: .*it is a tun' tap=tun0 "netns=$ns"
	refused_nic 'tap lo: .*network card' tap=lo "netns=$ns"
	refused_nic 'tap busy0: .*in use' tap=busy0 "netns=$ns"
	refused_nic 'tap tap0: .*multi_queue' tap=tap0 "netns=$ns" queues=2
	refused_nic 'tap tap0: .*mtu 9000.*1500' tap=tap0 "netns=$ns" mtu=9000
	refused_nic "$ns-none: No such file" tap=tap0 "netns=$ns-none"
	refused_nic 'no network namespace' tap=tap0 netns=/proc/self/ns/uts
	refused_nic 'netns: a name' tap=tap0 netns=../x
	refused_nic 'no such interface' tap=tap0
	refused_nic 'tap and fds' mac=52:54:00:00:00:01
	refused_nic 'tap and fds.*not both' tap=tap0 fds=3
	refused_nic 'tap: the name' tap=a/b
	refused_nic 'mac: .*not the address of one' tap=tap0 mac=01:00:5e:00:00:01
	refused_nic 'mac: six bytes' tap=tap0 mac=52:54:00
	refused_nic 'queues' tap=tap0 queues=0
	refused_nic 'mtu' tap=tap0 mtu=20
	[ -e /dev/vhost-net ] ||
		refused_nic '/dev/vhost-net' tap=tap0 "netns=$ns" vhost=on
	picture "$test" | diff before - || fail 'something is left'
	files_of "$test" | diff files - || fail 'a file is left open'
	template_file t.yaml "kernel: $guest/vmlinuz" "initrd: $guest/initrd" \
		"devices: [{id: eth, type: net, tap: tap0, netns: $ns}]" \
		'default_bridges: 1'
	want 1 template create "$test" -f t.yaml
	says 'eth' 'a tap belongs to one VM' 'add it to each clone'
	want 0 device add "$test" net eth tap=tap0 "netns=$ns"
}

# QEMU refuses the device when it has the tap already: all of it is given back.
test_net_given_back() {
	need_netns
	make_tap tap0 ''
	make_tap wide0 '' multi_queue
	"$qemu" -M q35 -accel tcg -m 64M -nodefaults -no-user-config -S \
		-display none -qmp "unix:$dir/qmp,server=on,wait=off" \
		-device pci-bridge,id=bridge,chassis_nr=1 \
		-global virtio-net-pci.speed=-7 >qemu.log 2>&1 &
	pid=$!
	soon 20 test -S "$dir/qmp"
	files() {
		find "/proc/$pid/fd" -type l -printf '%l\n' | sort
	}
	want 0 show --qmp "$dir/qmp"
	files >before
	for words in 'tap=tap0' 'tap=wide0 queues=3'; do
		read -ra words <<<"$words"
		want 1 device add --qmp "$dir/qmp" net eth "${words[@]}" \
			"netns=$ns" -o json
		json 'd["result"] == "failed"' '"speed" in d["error"]' \
			'any("netdev" in s["name"] for s in d["steps"])'
		files | diff before - || fail 'a file is left open'
		want 0 qmp --qmp "$dir/qmp" qom-list '{"path": "/objects"}'
		json 'not any(x["name"].startswith("qmpd") for x in d)'
		want 0 qmp --qmp "$dir/qmp" human-monitor-command \
			'{"command-line": "info network"}' -o json
		json 'd == ""'
	done
	# No descriptor fits in any more: not one is kept, and the tap is free.
	limit=$(find "/proc/$pid/fd" -type l -printf '%f\n' | sort -n |
		awk '$1 == n { n++ } END { print n + 2 }')
	prlimit --pid "$pid" --nofile="$limit"
	files >before
	want 1 device add --qmp "$dir/qmp" net eth tap=wide0 queues=3 \
		"netns=$ns" -o json
	json 'd["result"] == "failed"'
	files | diff before - || fail 'a file is left open'
	! ip -n "$ns" link show wide0 | grep -q LOWER_UP || fail 'it is in use'
}

# Who died between two steps: QEMU has the tap, under a name that it does not
# tell. Adding goes on from there, and so does removing.
test_net_left() {
	need_vm demo
	need_netns
	make_tap tap0 10.77.0.1/24
	picture "$test" >before
	files_of "$test" >files
	leave_half() {
		ask_qemu "$test" object-add "{\"qom-type\": \"throttle-group\",
			\"id\": \"qmpd.t.eth.tap0.${ns//_/_5f}.1.off\"}"
		python3 "$here/ask.py" tap "$ns" tap0 python3 "$here/ask.py" \
			getfd "$(socket_of "$test" qmp)" qmpd.t.eth.0
		ip -n "$ns" link show tap0 | grep -q LOWER_UP ||
			fail 'QEMU does not have the tap'
	}
	leave_half
	want 1 device add "$test" net other tap=tap0 "netns=$ns"
	says 'other' 'tap0' 'in use'
	want 0 device add "$test" net eth tap=tap0 "netns=$ns" -o json
	json 'd["result"] == "done"'
	ping_both_ways "$test" eth0 10.77.0.2 10.77.0.1
	want 0 device rm "$test" eth
	leave_half
	want 0 device rm "$test" eth -o json
	json 'd["result"] == "done"'
	picture "$test" | diff before - || fail 'something is left'
	files_of "$test" | diff files - || fail 'a file is left open'
	! ip -n "$ns" link show tap0 | grep -q LOWER_UP || fail 'it is in use'
}

# In a spec: added, kept, and taken away when it is not wanted any more.
test_net_spec() {
	need_vm demo
	need_netns
	make_tap tap0 10.77.0.1/24
	vm_spec 'devices:' "  - {id: eth, type: net, tap: tap0, netns: $ns}" \
		>spec.yaml
	want 2 plan "$test" -f spec.yaml --detailed-exitcode -o json
	json 'any(c.get("command", {}).get("arguments", {}).get("mac") for s in
		d["steps"] for c in s["does"])'
	! ip -n "$ns" link show tap0 | grep -q LOWER_UP ||
		fail 'a plan has opened the tap'
	want 0 apply "$test" -f spec.yaml -o json
	json 'd["result"] == "done"'
	ping_both_ways "$test" eth0 10.77.0.2 10.77.0.1
	want 0 plan "$test" -f spec.yaml --detailed-exitcode
	printf '%s\n' 'apiVersion: v1' 'kind: Pod' \
		"metadata: {name: p, annotations: {qmpd.device.eth: 'net tap=tap0 netns=$ns'}}" \
		'spec: {containers: [{name: a}]}' >pod.yaml
	want 0 plan "$test" -f pod.yaml --detailed-exitcode
	vm_spec 'devices:' "  - {id: a, type: net, tap: tap0, netns: $ns}" \
		"  - {id: b, type: net, tap: tap0, netns: $ns}" >both.yaml
	want 1 plan "$test" -f both.yaml
	vm_spec 'devices: []' >none.yaml
	want 0 apply "$test" -f none.yaml
	is "$(in_guest "$test" 'ls /sys/class/net')" lo 'interfaces'
	want 1 plan "$test" -f both.yaml
	says 'tap0' 'also that of'
}
