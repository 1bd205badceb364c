#!/bin/bash
# Bad input to qmpctl, and its help: nothing here needs a QEMU.
# Run by make check; by hand: QMPCTL=./qmpctl test/tools/cli.sh
set -u

source=${srcdir:-$(cd "$(dirname "$0")/../.." && pwd)}
qmpctl=$(realpath "${QMPCTL:-./qmpctl}")
man=$(realpath "$source/doc/man/qmpctl.1")
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
export QMPD_STATE_DIR=$dir/state QMPD_TEMPLATE_DIR=$dir/templates
unset XDG_RUNTIME_DIR

passed=0
failed=0

pass() {
	passed=$((passed + 1))
}

fail() {
	failed=$((failed + 1))
	echo "FAILED: $*"
	sed 's/^/    /' "$dir/out" "$dir/err"
}

# STATUS PATTERN ARGUMENT...: what qmpctl ends with, and says on standard error.
refuses() {
	local status=$1 pattern=$2 got
	shift 2
	"$qmpctl" "$@" >"$dir/out" 2>"$dir/err" </dev/null
	got=$?
	if [ $got = "$status" ] && grep -qE -- "$pattern" "$dir/err"; then
		pass
	else
		fail "qmpctl $* ended with $got, not $status; /$pattern/ is wanted"
	fi
}

# PATTERN ARGUMENT...: it ends well, and prints this.
prints() {
	local pattern=$1 got
	shift
	"$qmpctl" "$@" >"$dir/out" 2>"$dir/err" </dev/null
	got=$?
	if [ $got = 0 ] && grep -qE -- "$pattern" "$dir/out"; then
		pass
	else
		fail "qmpctl $* ended with $got; /$pattern/ is wanted"
	fi
}

# PATTERN FILE WHAT: the last command left this behind.
has() {
	if grep -qE -- "$1" "$dir/$2"; then
		pass
	else
		fail "$3"
	fi
}

# --- help --------------------------------------------------------------------

commands=$("$qmpctl" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\( [a-z]*\)\{0,1\}\)  .*/\1/p')
[ "$(wc -l <<<"$commands")" -ge 18 ] || fail "only these commands: $commands"

# The options of a help text: --name, without those in sentences.
options() {
	sed -n 's/^  \(-.,\|   \) --\([a-z-]*\).*/\2/p'
}

prints '^usage: qmpctl COMMAND' --help
prints '^usage: qmpctl COMMAND' -h
prints '^usage: qmpctl template COMMAND' template --help
prints '^usage: qmpctl device COMMAND' device --help
while read -r command; do
	# shellcheck disable=SC2086 # a command may have two words
	prints "^usage: qmpctl $command" $command --help
	# shellcheck disable=SC2086
	help=$("$qmpctl" $command --help)
	for option in output timeout verbose quiet state-dir template-dir help \
		version; do
		if grep -q -- " --$option" <<<"$help"; then
			pass
		else
			fail "$command --help does not mention --$option"
		fi
	done
	# What its first lines show is explained below them, and in the manual.
	grep -oE -- '--[a-z-]+' <<<"${help%%$'\n\n'*}" | sed 's/--//' |
		sort -u >"$dir/names"
	while read -r option; do
		if options <<<"$help" | grep -qx -- "$option"; then
			pass
		else
			fail "$command --help does not explain --$option"
		fi
	done <"$dir/names"
	for option in $(options <<<"$help"); do
		if grep -qE "^\.It .*Fl -$option( |\$)" "$man"; then
			pass
		else
			fail "qmpctl(1) has no --$option of $command"
		fi
	done
	if grep -qE "^(\.It )?(Xo )?(\.)?Cm $command|^\.Cm $command" "$man"; then
		pass
	else
		fail "qmpctl(1) has no command $command"
	fi
done <<<"$commands"

# Keys of device families are in their help and in the manual.
for key in $("$qmpctl" device add --help | sed -n '/^TYPE/,/^$/s/^  \([a-z.-]*\).*/\1/p'); do
	if grep -qE "^\.It Li ([^T]* )?$key " "$man"; then
		pass
	else
		fail "qmpctl(1) has no device key $key"
	fi
done

# --- the command line --------------------------------------------------------

refuses 2 'a command is missing'
refuses 2 'template: a command is missing' template
refuses 2 'unknown command "aply"; did you mean "apply"\?' aply
refuses 2 'unknown command "template creat"; did you mean "create"\?' template creat
refuses 2 'unknown command "xyzzy"$' xyzzy
refuses 2 'unknown option --cpu; did you mean --cpus\?' resize web --cpu 2
refuses 2 'unknown option --xyzzy$' ls --xyzzy
refuses 2 'unknown option -x' ls -x
refuses 2 'VM is missing' show
refuses 2 'ID is missing' device add web blk
refuses 2 '"more" is one argument too many' show web more
refuses 2 '-f FILE is missing' apply web
refuses 2 '--cpus N or --memory SIZE is missing' resize web
refuses 2 'whole number from 1 to 4096' resize web --cpus 0
refuses 2 'whole number from 1 to 4096' resize web --cpus=-1
refuses 2 'whole number from 1 to 4096' resize web --cpus 1.5
refuses 2 'whole number from 1 to 4096' resize web --cpus 99999999999999999999
refuses 2 'unknown suffix "K"' resize web --memory 12K
refuses 2 'must not be negative' resize web --memory=-1Gi
refuses 2 'above 9223372036854775807' resize web --memory 16Ei
refuses 2 'at least 1Mi' resize web --memory 4
refuses 2 'memory-sharing: .*did you mean "shared"' clone base web --memory-sharing shred
refuses 2 '"on" is not known; private or shared is wanted' clone base web --memory-sharing on
refuses 2 '--memory-sharing: WAY is missing' clone base web --memory-sharing
refuses 1 'no template "base"' clone base web --memory-sharing shared
refuses 2 '1 to 86400' ls --timeout 0
refuses 2 '1 to 86400' ls --timeout 86401
refuses 2 'did you mean "json"' ls -o jsn
refuses 2 '--output: FORMAT is missing' ls -o
refuses 2 '--quiet takes no value' ls --quiet=yes
refuses 2 '--qga goes with --qmp' show --qga /s
refuses 2 'one argument too many' show web --qmp /s
refuses 2 'at most 107 bytes, this one has 108' show --qmp "$(printf '%0108d' 0)"
refuses 2 'SOCKET must not be empty' show --qmp ''
refuses 2 'exclude each other' size web -t base -f "$man"
refuses 2 'key=value is wanted' device add web blk data image
refuses 2 'image: given twice' device add web blk data image=/a image=/b
refuses 2 'unknown device type "blok"; did you mean blk' device add web blok data
refuses 2 'device id "1st"' device add web blk 1st image=/a
refuses 2 'arguments: a JSON object is wanted' qmp web query-status '[]'
refuses 2 'arguments:' qmp web query-status '{'
for name in '' . .. ../x a/b /etc/passwd .hidden 'a b' a..b -- $'a\nb' \
	"$(printf '%064d' 0)" $'\xff'; do
	refuses 2 'name|is missing' show "$name"
	refuses 2 'name|is missing' rm "$name"
	refuses 2 'name|is missing' clone "$name" web
	refuses 2 'name|is missing' clone base "$name"
	refuses 2 'name|is missing' template show "$name"
	refuses 2 'name|is missing' template rm "$name"
	refuses 2 'name|is missing' template create "$name" -f "$man"
done

# --- what is not there -------------------------------------------------------

refuses 1 'there is no vm "web"' show web
refuses 1 'there is no vm "web"' rm web
refuses 1 'there is no vm "web"' resize web --cpus 2
refuses 1 'there is no vm "web"' device ls web
refuses 1 'there is no vm "web"' qmp web query-status
refuses 1 'there is no template "base"' template show base
refuses 1 'there is no template "base"' template verify base
refuses 1 'there is no template "base"' template rm base
refuses 1 'there is no template "base"' clone base web
refuses 1 '--fetch-only forbids' clone base web --fetch-only --template-file /none
refuses 1 '/none' clone base web --template-file /none
refuses 1 '/none' apply web -f /none
refuses 1 '/none' plan web -f /none
refuses 1 '/none' size -f /none
refuses 1 '/none' template create base -f /none
refuses 1 'nobody listens there' show --qmp "$dir/none.sock"
refuses 1 'nobody listens there' resize --qmp "$dir/none.sock" --cpus 2

# --- files that are wrong ----------------------------------------------------

file() {
	printf '%s\n' "$2" >"$dir/$1"
}

file pod.yaml 'apiVersion: v1
kind: Pod
spec: { containers: [ { name: a, resources: { limits: { cpu: 1500m, memory: 100Mi } } } ] }'
file key.yaml 'apiVersion: v1
kind: Pod
spec: { contaners: [] }'
file kind.yaml 'apiVersion: v1
kind: Service'
file twice.yaml 'a: 1
a: 2'
file half.json '{"apiVersion": "v1",'
file template.yaml 'kernell: /x'
file kernel.yaml "kernel: $dir/pod.yaml"
file nokernel.yaml 'kernel: /none'
: >"$dir/empty.yaml"
refuses 1 'key.yaml:3.*did you mean "containers"' size -f "$dir/key.yaml"
refuses 1 'kind Service of v1 is not known' size -f "$dir/kind.yaml"
refuses 1 'twice.yaml:2' size -f "$dir/twice.yaml"
refuses 1 'half.json' size -f "$dir/half.json"
refuses 1 'empty.yaml' size -f "$dir/empty.yaml"
refuses 1 'template.yaml:1.*did you mean "kernel"' template create base -f "$dir/template.yaml"
refuses 1 'not a Linux bzImage' template create base -f "$dir/kernel.yaml"
refuses 1 '/none: No such file' template create base -f "$dir/nokernel.yaml"
prints '^  desired +2$' size -f "$dir/pod.yaml"
prints '"desired": 2' size -f "$dir/pod.yaml" -o json
prints '"desired": 2' -o json size "--file=$dir/pod.yaml"

# A record that is cut in half is told, and hides no other.
mkdir -p "$dir/state/vms/cut"
chmod -R go-w "$dir/state"
file state/vms/cut.json '{"version": 1, "na'
chmod 600 "$dir/state/vms/cut.json"
prints 'cut +broken' ls
prints '"state": "broken"' ls -o json
refuses 1 'cut.json' show cut
rm -r "$dir/state/vms/cut" "$dir/state/vms/cut.json"

# A folder that others may write to is not believed.
mkdir -m 777 "$dir/open"
refuses 1 'others may write to it' template ls --template-dir "$dir/open"
chmod 755 "$dir/open"

# --- results -----------------------------------------------------------------

prints '^NAME' ls
prints '^\[\]$' ls -o json
prints '^NAME' template ls
prints '^\[\]$' template ls -o json
prints '^qmpctl [0-9]' version
prints '^qmpctl [0-9]' --version
prints '"version": "[0-9]' version -o json
refuses 1 'there is no vm "web"' show web -o json
has '"result": "failed"' out 'no JSON for an error'
has '"error": "there is no vm' out 'no sentence in the JSON of an error'
refuses 2 'unknown option' show web --xyzzy -o json
has '"error": "unknown option --xyzzy"' out 'no JSON for an error before -o'
refuses 1 '.' size -f $'/\xff\x1b[31m' -o json
has '"error"' out 'no JSON for what is not UTF-8'
if grep -q $'\x1b' "$dir/err"; then
	fail 'a terminal would have acted on it'
else
	pass
fi
if [ -e /dev/full ]; then
	if "$qmpctl" version >/dev/full 2>"$dir/err"; then
		fail 'a full disk is no error'
	else
		has 'cannot write the result' err 'a full disk is not told'
	fi
fi
if (set -o pipefail; "$qmpctl" --help | true); then
	pass
else
	fail 'a reader that leaves is an error'
fi

echo "$passed passed, $failed failed"
[ $failed = 0 ]
