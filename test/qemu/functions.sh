# shellcheck shell=bash
# shellcheck disable=SC2154 # test/qemu/run sets what is not set here
# What the tests use. Each test has: $test, its name, which is also the name of its
# VM; $dir, its folder; after qmpctl was run, $status and the files out and err.

# --- running and looking -----------------------------------------------------

fail() {
	echo "FAIL: $*"
	exit 1
}

# The begin of a file that something said; JSON in one line.
show_some() {
	case $(head -c 1 "$1") in
	'[' | '{') tr -d '\n' <"$1" | tr -s ' ' | cut -c 1-1500 ;;
	*) head -c 1500 "$1" ;;
	esac | sed "s/^/  $1: /"
}

# Runs qmpctl, with a bound that no command may reach.
run() {
	local began
	began=$(date +%s%N)
	status=0
	timeout -k 5 90 "$qmpctl" "$@" >out 2>err </dev/null || status=$?
	took=$((($(date +%s%N) - began) / 1000000))
	echo "+ qmpctl $* (status $status, $took ms)"
	show_some out
	show_some err
	[ $status -lt 124 ] || fail "qmpctl did not end by itself"
}

# Runs it and wants this status.
want() {
	local wanted=$1
	shift
	run "$@"
	[ "$status" = "$wanted" ] || fail "status $status, not $wanted"
}

# What it says on standard error, its progress aside, has all of these (extended
# expressions) in its first line; and there are no signs of a program that broke.
says() {
	local line pattern
	line=$(grep -m 1 '^qmpctl: ' err) || fail 'it says nothing'
	for pattern; do
		grep -qE -e "$pattern" <<<"$line" ||
			fail "\"$line\" does not say \"$pattern\""
	done
	! grep -qE 'Sanitizer|core dumped|Assertion|\(nil\)|\(null\)' err ||
		fail 'the program broke'
}

# Python expressions that are true of the document d in out.
json() {
	python3 "$here/ask.py" json out "$@" || exit 1
}

value() {
	python3 "$here/ask.py" value out "$1"
}

# Something becomes true within so many seconds.
soon() {
	local seconds=$1 end
	shift
	end=$(($(date +%s%N) + seconds * 1000000000))
	until "$@"; do
		[ "$(date +%s%N)" -lt $end ] || fail "not within $seconds s: $*"
		sleep 0.05
	done
}

# --- a QEMU by hand ----------------------------------------------------------

# One of 256 MiB with these options too, whose monitor is $dir/qmp; waits until
# its guest's agent, $dir/qga, answers.
start_by_hand() {
	"$qemu" -accel tcg -cpu max -m 256M,slots=4,maxmem=4G \
		-nodefaults -no-user-config -display none \
		-kernel "$guest/vmlinuz" -initrd "$guest/initrd" \
		-append 'console=ttyS0 quiet' -serial "file:$dir/console.log" \
		-qmp "unix:$dir/qmp,server=on,wait=off" \
		-device virtio-serial -device pci-bridge,id=bridge,chassis_nr=1 \
		-chardev "socket,id=agent,path=$dir/qga,server=on,wait=off" \
		-device virtserialport,chardev=agent,name=org.qemu.guest_agent.0 \
		"$@" >"$dir/qemu.log" 2>&1 &
	soon 60 agent_answers
}

agent_answers() {
	[ -S "$dir/qga" ] && timeout 2 python3 "$here/ask.py" agent "$dir/qga" \
		guest-ping >/dev/null 2>&1
}

# --- processes ---------------------------------------------------------------

# The QEMUs that have a word with $1 in it among their arguments.
processes_of() {
	local process words
	for process in /proc/[0-9]*; do
		mapfile -d '' -t words 2>/dev/null <"$process/cmdline" || continue
		case "${words[0]:-} " in
		*qemu-system* | *ld-linux*) ;;
		*) continue ;;
		esac
		case "${words[*]}" in
		*"$1"*) echo "${process#/proc/}" ;;
		esac
	done 2>/dev/null
}

is_gone() {
	[ ! -e "/proc/$1" ] || grep -q '^State:.*Z' "/proc/$1/status" 2>/dev/null
}

no_process_of() {
	[ -z "$(processes_of "$1")" ]
}

# The QEMU of a VM, from its record.
pid_of() {
	python3 "$here/ask.py" value "$QMPD_STATE_DIR/vms/$1.json" 'd["pid"]'
}

# Network namespaces whose names begin so, and what is in them.
remove_netns() {
	local file
	for file in "/run/netns/$1"*; do
		[ ! -e "$file" ] || ip netns delete "${file##*/}"
	done
}

# What a test leaves: its helpers, its VMs, its QEMUs.
end_test() {
	local pid code=$?
	for pid in $(jobs -p); do
		kill -CONT "$pid" 2>/dev/null || true
		kill "$pid" 2>/dev/null || true
	done
	if [ $code != 0 ]; then
		for log in "$QMPD_STATE_DIR/vms/$test"{,-*}/qemu.log; do
			[ ! -s "$log" ] || { echo "-- $log" && tail -n 20 "$log"; }
		done
	fi
	[ -z "${loop:-}" ] || losetup -d "$loop"
	for pid in $(processes_of "$QMPD_STATE_DIR/vms/$test/") \
		$(processes_of "$QMPD_STATE_DIR/vms/$test-") \
		$(processes_of "$QMPD_TEMPLATE_DIR/.$test.new/") \
		$(processes_of "$work/tests/$test/"); do
		kill -KILL "$pid" 2>/dev/null || true
		soon 5 is_gone "$pid"
	done
	remove_netns "${work##*/}-$test"
	rm -rf "${QMPD_STATE_DIR:?}/vms/$test" "$QMPD_STATE_DIR/vms/$test".* \
		"$QMPD_STATE_DIR/vms/$test"-*
}

# --- QEMU and the guest themselves -------------------------------------------

socket_of() {
	echo "$QMPD_STATE_DIR/vms/$1/$2.sock"
}

# In the guest of a VM: a shell script.
in_guest() {
	python3 "$here/ask.py" guest "$(socket_of "$1" qga)" "$2"
}

# What QEMU returns, into out.
ask_qemu() {
	local vm=$1
	shift
	python3 "$here/ask.py" qmp "$(socket_of "$vm" qmp)" "$@" >out
	echo "+ QEMU of $vm: $*"
}

# vCPUs that the guest uses, MiB of its MemTotal, its disks by size in sectors.
guest_vcpus() {
	in_guest "$1" 'grep -c ^processor /proc/cpuinfo'
}

guest_meminfo() {
	in_guest "$1" "sed -n 's/^$2: *\\([0-9]*\\) kB/\\1/p' /proc/meminfo" |
		awk '{ print int($1 / 1024) }'
}

guest_disks() {
	in_guest "$1" 'cat /sys/block/vd*/size 2>/dev/null || true' | xargs
}

# "02/01" of /sys/devices/pci0000:00/0000:00:02.0/0000:01:01.0/virtio1/...
guest_way() {
	grep -o '0000:[0-9a-f]*:[0-9a-f]*\.[0-9]' <<<"$1" |
		sed 's/.*:\(.*\)\..*/\1/' | paste -sd/
}

# vCPUs of QEMU.
qemu_vcpus() {
	ask_qemu "$1" query-cpus-fast >/dev/null
	value 'len(d)'
}

is() {
	[ "$1" = "$2" ] || fail "$3: \"$1\", not \"$2\""
}

at_least() {
	[ "$1" -ge "$2" ] || fail "$3: $1, less than $2"
}

# QEMU's version is at least MAJOR.
is_version() {
	[ "${version%%.*}" -ge "$1" ]
}

# --- things to work with -----------------------------------------------------

# A template file: its lines, and what every one of ours has.
template_file() {
	local file=$1
	shift
	cat >"$file" <<-END
		path: $qemu
		accel: tcg
		kernel_params: console=ttyS0 quiet
		default_vcpus: 1
		default_maxvcpus: 2
		default_memory: 256Mi
		default_maxmemory: 4Gi
	END
	printf '%s\n' "$@" >>"$file"
}

declare -A template_lines=(
	[demo]='memory_slots: 4
default_bridges: 1
pcie_root_port: 1'
	[ports]='memory_slots: 1
default_bridges: 0
pcie_root_port: 2'
	[bridge]='default_bridges: 1
pcie_root_port: 0'
	[bare]='memory_slots: 0
default_bridges: 0'
	[pc]='machine_type: pc
default_bridges: 1'
	[newer]='memory_slots: 4
cpu_model: max,-cx16'
)

# Makes one of these templates, unless a test before made it.
need_template() {
	local name=$1 from=$guest
	[ "$name" != newer ] || from=$newer_guest
	exec 7>"$work/$name.lock"
	flock 7
	if [ ! -e "$work/$name.json" ]; then
		template_file "$work/$name.yaml" "kernel: $from/vmlinuz" \
			"initrd: $from/initrd" "${template_lines[$name]}"
		run template create "$name" -f "$work/$name.yaml" -o json
		cp out "$work/$name.json"
		[ "$status" = 0 ] || fail "template $name: status $status"
	fi
	exec 7>&-
}

# A copy of template $1 by another name, with edits of its record by sed.
copy_template() {
	local from=$QMPD_TEMPLATE_DIR/$1 to=$QMPD_TEMPLATE_DIR/$2
	need_template "$1"
	shift 2
	cp -a "$from" "$to"
	sed -i -e "s#$from/#$to/#" \
		-e "s#\"name\": \"${from##*/}\"#\"name\": \"${to##*/}\"#" "$@" \
		"$to/template.json"
}

# A VM of a template; its own name is the test's.
need_vm() {
	local vm=${2:-$test}
	need_template "$1"
	want 0 clone "$1" "$vm" -o json
	json 'd["result"] == "done"'
}

make_image() {
	truncate -s "${2:-64M}" "$1"
}

# A spec of our own kind.
vm_spec() {
	printf 'apiVersion: qmpd/v1\nkind: VirtualMachine\nmetadata: {name: %s}\nspec:\n' \
		"$test"
	printf '  %s\n' "$@"
}

# What QEMU has: to see that nothing changed.
picture() {
	local socket command
	socket=$(socket_of "$1" qmp)
	for command in query-cpus-fast query-memory-size-summary \
		query-memory-devices query-block; do
		python3 "$here/ask.py" qmp "$socket" $command
	done
	for command in /objects /machine/peripheral; do
		python3 "$here/ask.py" qmp "$socket" qom-list \
			"{\"path\": \"$command\"}"
	done
	python3 "$here/ask.py" qmp "$socket" query-named-block-nodes |
		grep -o '"node-name": "[^"]*"' || true
}
