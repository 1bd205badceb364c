# shellcheck shell=bash
# shellcheck disable=SC2154 # see functions.sh
# What people and programs get wrong: one sentence, and nothing runs.

refused() {
	local wanted=$1 patterns=$2 words
	shift 2
	want "$wanted" "$@"
	read -ra words <<<"$patterns"
	says "${words[@]}"
	[ "$(wc -c <err)" -lt 2000 ] || fail 'that is no sentence'
}

test_bad_template_files() {
	refused 1 'nowhere.yaml No.such.file' template create "$test" \
		-f nowhere.yaml
	template_file t.yaml "kernel: $dir/vmlinuz" "initrd: $guest/initrd"
	refused 1 't.yaml kernel No.such.file' template create "$test" -f t.yaml
	printf 'MZ' >vmlinuz
	refused 1 't.yaml kernel too.short' template create "$test" -f t.yaml
	head -c 4096 /dev/zero >vmlinuz
	refused 1 't.yaml kernel bzImage' template create "$test" -f t.yaml
	template_file t.yaml "kernel: $guest/vmlinuz" "initrd: $dir/none"
	refused 1 't.yaml initrd none' template create "$test" -f t.yaml
	template_file t.yaml "kernel: $guest/vmlinuz" 'memroy_slots: 3'
	refused 1 't.yaml memroy_slots memory_slots' \
		template create "$test" -f t.yaml
	template_file t.yaml "kernel: $guest/vmlinuz" 'memory_slots: -1'
	refused 1 't.yaml memory_slots' template create "$test" -f t.yaml
	template_file t.yaml "kernel: $guest/vmlinuz" 'machine_type: vax'
	refused 1 't.yaml machine_type vax' template create "$test" -f t.yaml
	template_file t.yaml "kernel: $guest/vmlinuz" 'default_memory: 256Mi'
	refused 1 't.yaml default_memory' template create "$test" -f t.yaml
	printf 'path: /nonexistent/qemu\nkernel: %s\n' "$guest/vmlinuz" >t.yaml
	refused 1 't.yaml /nonexistent/qemu' template create "$test" -f t.yaml
	printf 'kernel: %s\ndefault_memory: 1e99Gi\n' "$guest/vmlinuz" >t.yaml
	refused 1 't.yaml default_memory' template create "$test" -f t.yaml
	printf 'kernel: [unclosed\n' >t.yaml
	refused 1 't.yaml' template create "$test" -f t.yaml
	: >t.yaml
	refused 1 't.yaml' template create "$test" -f t.yaml
	head -c 3000 /dev/urandom >t.yaml
	refused 1 't.yaml' template create "$test" -f t.yaml
	refused 1 '.' template create "$test" -f "$dir"
	[ -z "$(find "$QMPD_TEMPLATE_DIR" -name "*$test*")" ] ||
		fail 'a file was left'
	no_process_of "$QMPD_TEMPLATE_DIR/.$test" || fail 'a QEMU was left'
}

test_bad_names() {
	need_template demo
	template_file t.yaml "kernel: $guest/vmlinuz"
	long=$(printf 'a%.0s' {1..64})
	for name in '..' '.hidden' 'a/b' '../../etc/x' '' 'a b' '-x' 'a..b' \
		$'a\nb' $'a\033[2Jb' "$long"; do
		refused 2 'name|option' template create -f t.yaml -- "$name"
		refused 2 'name|option' clone demo -- "$name"
		refused 2 'name|option' show -- "$name"
		refused 2 'name|option' rm -- "$name"
	done
	! grep -q $'\033' err || fail 'it sent an escape to the terminal'
	refused 1 'no.template nothing' clone nothing "$test"
	refused 1 'no.vm nothing' resize nothing --cpus 1
}

test_bad_specs() {
	need_vm demo
	picture "$test" >before
	vm_spec 'vcpus: 2' 'memroy: 1Gi' >spec.yaml
	refused 1 'spec.yaml:6 memroy memory' apply "$test" -f spec.yaml
	for memory in -1 1e99Gi 12Q NaN 0x10 '""' '[]' 99999999999999999999; do
		vm_spec "memory: $memory" >spec.yaml
		refused 1 'spec.yaml:5' apply "$test" -f spec.yaml
	done
	for vcpus in -1 0 1.5.2 1e30 many '{}'; do
		vm_spec "vcpus: $vcpus" >spec.yaml
		refused 1 'spec.yaml|vcpus|vCPUs' apply "$test" -f spec.yaml
	done
	printf 'apiVersion: v1\nkind: Sofa\n' >spec.yaml
	refused 1 'spec.yaml Sofa' apply "$test" -f spec.yaml
	printf 'a: &a [x, x, x, x, x, x, x, x, x]\n' >bomb.yaml
	for i in b c d e f g h i; do
		last=$(printf '%s' "$i" | tr b-i a-h)
		printf '%s: &%s [%s]\n' "$i" "$i" \
			"$(printf '*%s, ' "$last" "$last" "$last" "$last" "$last" \
				"$last" "$last" "$last")"
	done >>bomb.yaml
	refused 1 'bomb.yaml' apply "$test" -f bomb.yaml
	[ "$took" -lt 2000 ] || fail "the bomb took $took ms"
	python3 -c 'print("[" * 100000)' >deep.json
	refused 1 'deep.json' apply "$test" -f deep.json
	refused 1 'nowhere.yaml' apply "$test" -f nowhere.yaml
	refused 1 'spec.yaml' plan "$test" -f spec.yaml
	refused 1 'spec.yaml' size -f spec.yaml
	picture "$test" | diff before - || fail 'something changed'
}

test_bad_words() {
	need_template demo
	refused 2 'aply apply' aply "$test"
	refused 2 'missing' apply
	refused 2 'missing' apply "$test"
	refused 2 'memroy memory' resize "$test" --memroy 1Gi
	refused 2 'memory' resize "$test" --memory 12Q
	refused 2 'memory' resize "$test" --memory -1
	refused 2 'cpus' resize "$test" --cpus 0
	refused 2 'cpus' resize "$test" --cpus 1e9
	refused 2 '.' resize "$test"
	refused 2 'output|xml' ls -o xml
	refused 2 '.' template
	refused 2 '.' clone demo "$test" extra words
	refused 2 'qga' show --qga /x
}
