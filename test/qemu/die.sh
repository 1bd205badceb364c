# shellcheck shell=bash
# shellcheck disable=SC2154 # see functions.sh
# A QEMU that dies at every single step of making a template and of cloning.

test_dies_at_every_step() {
	local die
	die=$(dirname "$qmpctl")/test/qemu/test-die
	[ -x "$die" ] || fail "there is no $die: make test/qemu/test-die"
	template_file t.yaml "kernel: $guest/vmlinuz" "initrd: $guest/initrd"
	mkdir -m 700 templates state
	QMPD_TEMPLATE_DIR=$dir/templates QMPD_STATE_DIR=$dir/state \
		timeout -k 5 300 "$die" t.yaml || fail 'something was left or not said'
	no_process_of "$dir/" || fail 'a QEMU was left'
}
