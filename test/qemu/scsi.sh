# shellcheck shell=bash
# shellcheck disable=SC2154 # see functions.sh
# SCSI disks and their controllers.

# H:C:T:L without the host, and the size in sectors, of the guest's SCSI disks.
scsi_disks() {
	# shellcheck disable=SC2016 # the guest expands it
	in_guest "$1" 'for disk in /sys/block/sd*; do
		[ -e $disk ] || continue
		address=$(basename $(readlink -f $disk/device))
		echo ${address#*:}=$(cat $disk/size)
	done | sort' | xargs
}

# A controller and disks by one document, whatever their order there.
test_scsi() {
	need_vm demo
	picture "$test" >before
	for name in a b c; do
		make_image $name.img
	done
	want 1 device add "$test" scsi a "image=$dir/a.img"
	says 'SCSI disk a' 'no scsi-controller'
	vm_spec 'vcpus: 2' 'memory: 256Mi' 'devices:' \
		"  - {id: a, type: scsi, image: $dir/a.img, serial: S-A}" \
		"  - {id: b, type: scsi, image: $dir/b.img, size: 128Mi}" \
		'  - {id: ctl, type: scsi-controller}' >spec.yaml
	want 0 apply "$test" -f spec.yaml -o json
	json 'd["result"] == "done"'
	is "$(scsi_disks "$test")" '0:0:0=131072 0:0:1=262144' 'disks'
	want 0 device add "$test" scsi c "image=$dir/c.img" controller=ctl
	is "$(scsi_disks "$test")" \
		'0:0:0=131072 0:0:1=262144 0:0:2=131072' 'disks'
	in_guest "$test" 'echo written by the guest >/dev/sda; sync'
	grep -q 'written by the guest' a.img || fail 'it is another disk'
	# A number can be had again.
	want 0 device rm "$test" b
	is "$(scsi_disks "$test")" '0:0:0=131072 0:0:2=131072' 'disks'
	want 0 device add "$test" scsi b2 "image=$dir/b.img"
	is "$(scsi_disks "$test")" \
		'0:0:0=131072 0:0:1=262144 0:0:2=131072' 'disks'
	# The way there, as the guest has it.
	want 0 show "$test" -o json
	way=$(value "[x['guest_path'] for x in d['devices'] if x['id'] == 'c'][0]")
	address=$(in_guest "$test" 'readlink -f /sys/block/sdc/device')
	is "$(guest_way "$address")/${address##*:0:0:}" "${way/0:/}" 'guest_path'
	# Limits, although a thread serves them; and growth.
	want 0 device add "$test" scsi c "image=$dir/c.img" iops=100 size=256Mi
	is "$(scsi_disks "$test")" \
		'0:0:0=131072 0:0:1=262144 0:0:2=524288' 'disks'
	# Its controller does not go before them.
	want 1 device rm "$test" ctl
	says 'ctl' 'a' 'b2' 'c'
	vm_spec 'vcpus: 1' 'memory: 256Mi' 'devices:' \
		"  - {id: a, type: scsi, image: $dir/a.img}" >spec.yaml
	want 1 apply "$test" -f spec.yaml
	says 'ctl cannot go: a is plugged into it'
	is "$(qemu_vcpus "$test")" 2 'vCPUs'
	vm_spec 'vcpus: 2' 'memory: 256Mi' >spec.yaml
	want 0 apply "$test" -f spec.yaml
	is "$(scsi_disks "$test")" '' 'disks'
	want 0 resize "$test" --cpus 1
	ask_qemu "$test" query-iothreads
	json 'd == []'
	ask_qemu "$test" query-named-block-nodes
	json 'd == []'
}

test_scsi_on_root_port() {
	need_vm ports
	make_image a.img
	want 0 device add "$test" scsi-controller one
	want 0 device add "$test" scsi-controller two queues=2
	want 1 device add "$test" scsi a "image=$dir/a.img"
	says 'this VM has 2' 'say which'
	want 0 device add "$test" scsi a "image=$dir/a.img" controller=two
	is "$(scsi_disks "$test")" '0:0:0=131072' 'disks'
	want 1 device add "$test" scsi a "image=$dir/a.img" controller=one
	says 'a' 'controller two, not one'
	want 0 device rm "$test" a
	want 0 device rm "$test" two
	want 0 device add "$test" scsi a "image=$dir/a.img"
}
