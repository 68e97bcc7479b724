#!/usr/bin/env bash
# files.sh - files that others can write, links that others could have made, disks that are full.
. "$(dirname "$0")/lib.sh"

mkdir "$work/own" "$work/open"
inventory() { printf '[g]\nh %s\n' "$2" >"$1"; }
with() { MARSHAL_DB=$work/own/marshal.db "$MARSHAL" "$@"; }

# --- what is read
inventory "$work/own/a.ini" "marshal_skip=yes"
exits "an inventory of our own is read" 0 with -i "$work/own/a.ini" scan
is "without a word but on its database" "$(cat "$work/err")" "marshal: new database '$work/own/marshal.db'"
chmod 666 "$work/own/a.ini"
exits "one that everybody can write is read, too" 0 with -i "$work/own/a.ini" inventory list
is "with one warning" "$(grep -c "can be written by everybody (mode 0666)" "$work/err")" 1
mkdir "$work/own/host_vars" "$work/own/group_vars"
for i in g all; do echo "x: 1" >"$work/own/group_vars/$i.yml"; done
echo "x: 1" >"$work/own/host_vars/h.yml"
chmod 644 "$work/own/a.ini"
chmod 777 "$work/own/group_vars"
exits "variables in a folder of everybody's are" 0 with -i "$work/own/a.ini" inventory list
is "with one, for both of its files" "$(grep -c "can be written by everybody" "$work/err")" 1
echo "marshal_program: /bin/true" >"$work/own/group_vars/g.yml"
exits "a program is refused there" 2 with -i "$work/own/a.ini" inventory list
has "with where it stands and why" "$work/err" "marshal_program in a file that others can change"
chmod 755 "$work/own/group_vars"
exits "and taken where nobody else can write" 0 with -i "$work/own/a.ini" inventory list
rm -r "$work/own/group_vars" "$work/own/host_vars"

if [ "$(id -u)" -eq 0 ]; then
	inventory "$work/own/b.ini" "ansible_connection=local marshal_program=/bin/true"
	chown 12345 "$work/own/b.ini"
	exits "root takes no program from another user's file" 2 with -i "$work/own/b.ini" inventory list
	has "and says whose it is" "$work/err" "belongs to another user (12345)"
	exits "but for who called sudo" 0 env SUDO_UID=12345 "$MARSHAL" -i "$work/own/b.ini" inventory list
	chown 0 "$work/own/b.ini"
	chown :1 "$work/own/b.ini"
	chmod 664 "$work/own/b.ini"
	exits "nor from one that a group with others can write" 2 with -i "$work/own/b.ini" inventory list
	has "and says so" "$work/err" "can be written by a group (1, mode 0664)"
	chown :0 "$work/own/b.ini"
	exits "a group of its owner's alone is no other" 0 with -i "$work/own/b.ini" inventory list
else
	skip "files of others" "only root can make them"
fi

echo "check: {}" >"$work/own/policy.yml"
: >"$work/own/policy.yml"
chmod 666 "$work/own/policy.yml"
exits "a policy that everybody can write is used" 0 with recheck --policy "$work/own/policy.yml"
has "with a warning" "$work/err" "policy '$work/own/policy.yml' can be written by everybody"
chmod 666 "$work/own/marshal.db"
exits "so is a database" 0 with report compliance
is "with one" "$(grep -c "database '$work/own/marshal.db' can be written by everybody" "$work/err")" 1
chmod 600 "$work/own/marshal.db"

# A key and known hosts are looked at before the line: nobody listens there.
ssh-keygen -q -t ed25519 -N '' -f "$work/own/key"
echo "127.0.0.1 $(cut -d' ' -f1,2 "$work/own/key.pub")" >"$work/own/known"
inventory "$work/own/c.ini" "ansible_host=127.0.0.1 ansible_port=1 ansible_user=u ansible_ssh_private_key_file=$work/own/key"
for name in key known; do
	chmod 600 "$work/own/key" "$work/own/known"
	exits "a host that is not there" 1 with -i "$work/own/c.ini" scan --known-hosts "$work/own/known"
	hasnt "with files of our own: no warning" "$work/err" "can be written"
	chmod 666 "$work/own/$name"
	exits "and with a $name that everybody can write" 1 with -i "$work/own/c.ini" scan --known-hosts "$work/own/known"
	is "one" "$(grep -c "$work/own/$name.* can be written by everybody (mode 0666)" "$work/err")" 1
done

# --- what is written
chmod 1777 "$work/open"
echo precious >"$work/own/precious"
chmod 600 "$work/own/precious"
ln -s "$work/own/precious" "$work/open/link"
ln -s "$work/own" "$work/open/folder"
exits "a report follows no link that others could have made" 3 with report compliance -o "$work/open/link"
has "and says why" "$work/err" "is a link in a folder that others can write"
exits "nor in the middle of a path" 3 with report compliance -o "$work/open/folder/precious"
exits "nor does a copy of the database" 3 with db backup --force "$work/open/folder/precious"
exits "nor a new database" 3 "$MARSHAL" --db "$work/open/folder/new.db" -i "$work/own/a.ini" scan
is "what it names is as it was" "$(cat "$work/own/precious")" precious
check "nothing was left beside it" test -z "$(find "$work/open" "$work/own" -name 'precious.*' -o -name 'link.*' -o -name 'new.db')"
ln -s "$work/own/precious" "$work/own/link"
exits "another link is followed" 0 with report compliance --format csv -o "$work/own/link"
has "to the file" "$work/own/precious" "host,status"
is "which keeps its mode" "$(stat -c %a "$work/own/precious")" 600
exits "a pipe is written to" 0 bash -c '"$MARSHAL" --db "$0/own/marshal.db" report compliance --format csv -o /dev/stdout | grep -q host,status' "$work"

exits "a full device is told in its words" 3 with report compliance --format html -o /dev/full
has "that is" "$work/err" "No space left on device"
hasnt "and not others" "$work/err" "Input/output error"
exits "also below standard output" 3 bash -c '"$MARSHAL" --db "$0/own/marshal.db" report compliance --format html >/dev/full' "$work"
has "that is" "$work/err" "No space left on device"
mkdir "$work/small"
if [ "$(id -u)" -eq 0 ] && mount -t tmpfs -o size=8k tmpfs "$work/small" 2>/dev/null; then
	at_end umount "$work/small"
	echo old >"$work/small/page.html"
	exits "so is a full disk" 3 with report compliance --format html -o "$work/small/page.html"
	has "in its words" "$work/err" "No space left on device"
	is "the old file stays" "$(cat "$work/small/page.html")" old
	check "alone" test "$(find "$work/small" -type f | wc -l)" -eq 1
	exits "and for a copy of the database" 3 with db backup "$work/small/copy.db"
else
	skip "a full disk" "no file system can be mounted here"
fi

# --- cells: another program's word on what is a formula
cat >"$work/own/cells.yaml" <<'YAML'
all:
  hosts:
    c1: {marshal_skip: true, marshal_owner: "x;=1+41;y"}
    c2: {marshal_skip: true, marshal_owner: "x; =1+41; \"=1+41\";+1+41;-1-41;@SUM(1)"}
    c4: {marshal_skip: true, marshal_owner: "=1+41", marshal_site: "a\u202eb"}
YAML
exits "texts that would be formulas" 0 with -i "$work/own/cells.yaml" scan
exits "go into a report" 0 with report compliance --format csv -o "$work/own/safe.csv"
exits "and raw into another" 0 with report compliance --format csv --raw -o "$work/own/raw.csv"
has "what turns text is shown as such" "$work/own/safe.csv" 'a\u202eb'
formulas() { # FILE SEPARATOR: how many cells with a formula LibreOffice makes of it
	local out
	out=$work/office/$(basename "$1" .csv).fods
	rm -f "$out"
	timeout 120 soffice "-env:UserInstallation=file://$work/profile" --headless --infilter="CSV:$2,34,76,1" \
		--convert-to fods --outdir "$work/office" "$1" >/dev/null 2>&1 || return 1
	[ -s "$out" ] || return 1
	grep -o 'table:formula=' "$out" | wc -l
}
if command -v soffice >/dev/null; then
	check "LibreOffice makes formulas of raw texts behind semicolons" test "$(formulas "$work/own/raw.csv" 59)" -gt 0
	is "of no other" "$(formulas "$work/own/safe.csv" 59)" 0
	is "nor behind tabs" "$(formulas "$work/own/safe.csv" 9)" 0
	is "nor behind commas" "$(formulas "$work/own/safe.csv" 44)" 0
else
	skip "LibreOffice finds no formula" "LibreOffice is not installed"
fi
