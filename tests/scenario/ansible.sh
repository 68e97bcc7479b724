#!/usr/bin/env bash
# ansible.sh - one inventory for both: Ansible, where it is installed, is asked what it makes of a
# file, and marshal must make the same of it: where it goes and as whom, what a value is, and which
# hosts a file of patterns means.
. "$(dirname "$0")/lib.sh"

if ! command -v ansible >/dev/null || ! command -v ansible-inventory >/dev/null; then
	skip "where Ansible goes, marshal goes" "Ansible is not installed"
	exit 0
fi
export ANSIBLE_HOME=$work/ansible ANSIBLE_LOCAL_TEMP=$work/ansible/tmp ANSIBLE_CONFIG=$work/ansible.cfg
: >"$work/ansible.cfg"
export ANSIBLE_HOST_KEY_CHECKING=False ANSIBLE_RETRY_FILES_ENABLED=False LC_ALL=C.UTF-8

# --- where a host is: an ssh that only writes down how it is called
mkdir "$work/bin"
cat >"$work/bin/ssh" <<SH
#!/bin/sh
printf '%s\n' "\$*" >>"$work/called"
exit 255
SH
chmod +x "$work/bin/ssh"
n=0
ways() {
	local line
	while read -r line; do
		n=$((n + 1))
		echo "w$n ansible_ssh_extra_args='-o SendEnv=w$n' $line"
	done
	printf '[g]\nw[1:%d]\n[g:vars]\nansible_ssh_executable=%s\n' "$n" "$work/bin/ssh"
}
ways >"$work/ways.ini" <<'INI'
ansible_host=a1
ansible_ssh_host=b2
ansible_host=a3 ansible_ssh_host=b3
ansible_ssh_host=b4 ansible_host=a4
ansible_port=1
ansible_ssh_port=2
ansible_port=1 ansible_ssh_port=2
ansible_ssh_port=2 ansible_port=1
ansible_user=a
ansible_ssh_user=b
ansible_user=a ansible_ssh_user=b
ansible_ssh_user=b ansible_user=a
ansible_user=a ansible_ssh_user=
ansible_user=a ansible_ssh_user=None
ansible_private_key_file=/a
ansible_ssh_private_key_file=/b
ansible_private_key_file=/a ansible_ssh_private_key_file=/b
ansible_private_key_file=/a ansible_ssh_private_key_file=
ansible_host=a19 ansible_ssh_host=None
INI
ansible -i "$work/ways.ini" -f 8 all -m raw -a true >"$work/ansible.log" 2>&1
check "Ansible called an ssh for every host" test "$(sort -u "$work/called" | wc -l)" -eq "$n"

# "w1 host port user key" a line, - where nothing is said
theirs() {
	sed -E 's/.*-o SendEnv=(w[0-9]+) .* ([^ ]+) true$/& @\1 \2/' "$1" | while read -r line; do
		echo "${line##*@}" \
			"$(sed -nE 's/.*-o Port=([0-9]+).*/\1/p' <<<"$line" | grep . || echo -)" \
			"$(sed -nE 's/.*-o User="([^"]*)".*/\1/p' <<<"$line" | grep . || echo -)" \
			"$(sed -nE 's/.*-o IdentityFile="([^"]*)".*/\1/p' <<<"$line" | grep . || echo -)"
	done | sort -u
}
exits "marshal reads the same file" 0 "$MARSHAL" -i "$work/ways.ini" inventory list --json
ours=$(jq -r '.[] | [.name, .address, (if .port == 22 then "-" else .port end), .user // "-",
	.key_file // "-"] | map(tostring) | join(" ")' "$work/out" | sort -u)
is "and goes where Ansible goes, as the same account, with the same key" "$ours" "$(theirs "$work/called")"
is "over ssh" "$(jq -r '[.[].connection] | unique | join(" ")' "$work/out")" ssh

# --- every variable that Ansible's plugins document is heeded, or warned of
heeded=" ansible_host ansible_ssh_host ansible_port ansible_ssh_port ansible_user ansible_ssh_user
 ansible_private_key_file ansible_ssh_private_key_file ansible_password ansible_ssh_pass ansible_ssh_password "
missing=
asked=0
for plugin in ssh paramiko_ssh; do
	for name in $(ansible-doc -t connection -j "$plugin" 2>/dev/null | jq -r '.[].doc.options[].vars[]?.name'); do
		case $heeded in *[[:space:]]"$name"[[:space:]]*) continue ;; esac
		case $name in ansible_*) ;; *) continue ;; esac
		asked=$((asked + 1))
		echo "h ansible_user=u ansible_connection=$plugin $name=1" >"$work/one.ini"
		"$MARSHAL" inventory check "$work/one.ini" 2>&1 | grep -q "$name" || missing+=" $name"
	done
done
check "Ansible's connections document their variables" test "$asked" -gt 30
is "what its connections take is heeded or warned of" "$missing" ""

# --- values: as the rest of a line of [g:vars], and as a word of a host's line in double quotes
cat >"$work/values" <<'TEXT'
CORP\svc
'CORP\svc'
"CORP\svc"
'CORP\\svc'
'CORP\new'
'CORP\'s'
"a\"b"
'a' 'b'
'a'"b"
r'CORP\new'
R"CORP\new"
u'a\tb'
f'a'
'a' # c
'a'# c
'a # b'
'a'b
'''a'''
''''a\svc'''
''
""
'\x41\u00e4\101'
'\U0001f600\7'
'\x4'
'C:\Windows\'
'C:\Windows\\'
"C:\Program Files\x"
"C:\new\x41"
C:\Program Files\x
C:\x # c
5 # c
05
-5
True
False # c
true
'ä\s'
'\8'
'\
a\
'a\'
'CORP\svc' x
 'CORP\svc'
'a=b'
'a\
TEXT
{
	printf '[g]\nh\n[g:vars]\n'
	awk '{ printf "v%02d=%s\n", NR, $0 }' "$work/values"
} >"$work/vars.ini"
grep -v '"' "$work/values" | grep -v '\\$' | awk '{ printf "h%02d v=\"%s\"\n", NR, $0 }' >"$work/hosts.ini"
grep -v "[' ]" "$work/values" | awk '{ printf "k%02d v=%s\n", NR, $0 }' | grep -v '"\|\\$' >>"$work/hosts.ini"
text='if type == "string" then . else tostring end'

ansible-inventory -i "$work/vars.ini" --host h 2>/dev/null |
	jq -r "to_entries[] | \"\(.key) \(.value | $text | tojson)\"" | sort >"$work/theirs"
"$MARSHAL" -i "$work/vars.ini" inventory show h --json |
	jq -r '.variables[] | "\(.name) \(.value | tojson)"' | sed 's/"True"/"true"/; s/"False"/"false"/' |
	sort >"$work/ours"
check "[g:vars] has a value a line" test "$(wc -l <"$work/theirs")" -eq "$(wc -l <"$work/values")"
check "each is what it is for Ansible" diff "$work/theirs" "$work/ours"

ansible-inventory -i "$work/hosts.ini" --list 2>/dev/null |
	jq -r "._meta.hostvars | to_entries[] | \"\(.key) \(.value.v | $text | tojson)\"" | sort >"$work/theirs"
awk '{ print $1 }' "$work/hosts.ini" | while read -r host; do
	"$MARSHAL" -i "$work/hosts.ini" inventory show "$host" --json |
		jq -r '"\(.name) \(.variables[] | select(.name == "v") | .value | tojson)"'
done | sed 's/"True"/"true"/; s/"False"/"false"/' | sort >"$work/ours"
check "a host's line has one, too" test "$(wc -l <"$work/theirs")" -gt 35
check "which is the same for both" diff "$work/theirs" "$work/ours"

# --- @FILE means what it means behind Ansible's --limit, but never all hosts where it names none, nor
# --- one who was to be left out: this program upgrades servers. There Ansible's word is in the table.
printf '[web]\nweb01\nweb02\nweb03\n[db]\ndb01\n' >"$work/limit.ini"
cat >"$work/limits" <<'TEXT'
web01\nweb02\n	@f	same
  web01 \r\nweb02\r\n	@f	same
web01\rdb01	@f	same
web\n!web02	@f	same
!web02	@f	same
web\n&web0*	@f	same
~web0[12]	@f	same
web*	@f:!web02	same
db01	web01,@f	same
web01,web02	@f	same
web01,web02\ndb01	@f	same
web01 web02\ndb01	@f	same
web01:db01\nweb02	@f	same
nosuch\nweb01	@f	same
x*\nweb01	@f	same
# c\nweb01	@f	same
@f\nweb01	@f	same
nosuch	@f	same
nosuch	@f:!web02	same
nosuch	web01,@f	same
	web01,@f	same
web\n&nosuch	@f	same
web01	&@f	same
~(web\nweb01	@f	same
	@f	db01 web01 web02 web03
\n \n	@f	db01 web01 web02 web03
	@f:!web02	db01 web01 web03
!nosuch\nweb	@f	web01 web02 web03
web01	!@f	db01 web01 web02 web03
web01	all:!@f	db01 web01 web02 web03
TEXT
# the names, or "refused"
cat >"$work/limits.py" <<'PY'
import sys
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
for n, line in enumerate(open(sys.argv[2])):
    text, limit, _ = line.rstrip("\n").split("\t")
    with open("f", "wb") as f:
        f.write(text.encode().decode("unicode_escape").encode())
    inventory = InventoryManager(loader=DataLoader(), sources=[sys.argv[1]])
    try:
        inventory.subset(limit)
        names = " ".join(sorted(h.name for h in inventory.list_hosts("all")))
    except Exception:
        names = ""
    print(names or "refused")
PY
cd "$work" || exit 1
python=$(sed -n '1s/^#! *//p' "$(command -v ansible)")
if "$python" -c 'import ansible' 2>/dev/null; then
	mapfile -t theirs < <("$python" limits.py limit.ini limits 2>limits.log)
	mapfile -t rows <limits
	check "Ansible answered every row" test "${#theirs[@]}" -eq "${#rows[@]}"
	for n in "${!rows[@]}"; do
		text=${rows[n]%%$'\t'*} limit=${rows[n]#*$'\t'}
		want=${limit#*$'\t'} limit=${limit%%$'\t'*}
		printf %b "$text" >f
		ours=$("$MARSHAL" -i limit.ini inventory list --json "$limit" 2>list.log | jq -r '[.[].name] | sort | join(" ")')
		if [ "$want" = same ]; then
			is "'$text' behind $limit" "${ours:-refused}" "${theirs[n]}"
		else
			is "'$text' behind $limit is refused" "${ours:-refused}" refused
			is "where Ansible takes" "${theirs[n]}" "$want"
		fi
	done
else
	skip "@FILE means what it means to Ansible" "its Python module is not to be had"
fi
