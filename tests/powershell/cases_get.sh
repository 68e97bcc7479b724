# cases_get.sh - the calls of conformance.sh by which a server fetches the installer itself, from a real server that speaks HTTPS;
# its other cases are in cases.sh.
# shellcheck shell=bash
# shellcheck disable=SC2154      # conformance.sh and cases.sh have what is used here

# Whom .NET trusts here is what SSL_CERT_FILE says: nothing of this machine is changed.
start_mirror() {
	(cd "$work" && openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.crt -days 2 -subj '/CN=Authority' &&
		openssl req -newkey rsa:2048 -nodes -keyout mirror.key -out mirror.csr -subj '/CN=Mirror' &&
		openssl x509 -req -in mirror.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -out mirror.crt \
			-extfile <(echo 'subjectAltName=DNS:localhost')) 2>/dev/null
	"$root/tests/tools/mirror.py" "$work/mirror.crt" "$work/mirror.key" "$work/installer.exe" >"$work/mirror.port" 2>"$work/mirror.log" &
	lib_started+=($!)
	within 30 test -s "$work/mirror.port" || not_ok 'the mirror runs'
	mirror=localhost:$(cat "$work/mirror.port")
}

fetch() {                               # WORD [MORE-OF-THE-REQUEST]
	call stage-get "{url: \"https://$mirror/$1/MARSAgentInstaller.exe\", slice_ms: 20000, limit_ms: 60000} + ${2:-{\}}"
	same_files
}

fetched() {                             # TEXT WORD-OF-THE-MIRROR CHANGE-FOR-SIMHOST [MORE-OF-THE-REQUEST]
	begin "$1" "$here"
	begin_fault "$3"
	fetch "$2" "${4:-}"
}

there() {                               # FILE: what an earlier call left, on both sides
	local side
	for side in real sim; do cp "$1" "$work/$side.fs/$folder/$file.part"; done
}

get_cases() {
	local half=$((installer_size / 2)) mirror side
	local here
	here=".network.mirror.file = \"$work/installer.exe\" | $ours | $(reserved 7 desk-0a1b2c3d 3500000)"

	start_mirror
	begin 'fetched' "$here"
	fetch file
	call stage-check '{allow_unsigned: false}'
	is_seen
	begin 'fetched, where half of it is there' "$here"
	put 0 $half
	fetch file
	is 'conformance of stage-get: asked for the rest alone' "$(tail -n 1 "$work/mirror.log")" "file bytes=$half-"
	begin 'fetched, from one that begins anew' "$here | .network.mirror.kb = 0"
	put 0 $half
	fetch chunked
	begin 'all of it is there, and has no name yet' "$here"
	there "$work/installer.exe"
	fetch say-404
	begin 'it has its name already' "$here" put
	fetch say-404
	begin 'another file has its name' "$here"
	for side in real sim; do echo none >"$work/$side.fs/$folder/$file"; done
	fetch file
	fetched 'by a server that takes up nothing' whole network.mirror.kb=0
	fetched 'by one that tells no length' chunked network.mirror.kb=0
	fetched 'sent on' away network.mirror.kb=0
	away_cases
	wrong_cases
	refused_cases
	slice_cases
}

away_cases() {
	local word
	for word in to-http to-user loop lost; do fetched "sent on, $word" $word 'faults.download="redirect"'; done
	fetched 'no such file' say-404 network.mirror.status=404
	fetched 'a server that has too much to do' say-503 network.mirror.status=503
	fetched 'one between wants a sign-in' say-407 'faults.download="sign-in"'
	fetched 'an answer that ends early' cut 'faults.download="cut"'
	fetched 'an answer that does not go on' silent 'faults.download="silent"' '{slice_ms: 1000}'
	fetched 'no answer' dead 'faults.download="time-limit"' '{slice_ms: 1000}'
	mirror=nobody.invalid fetched 'no such name' file 'faults.download="name"'
	mirror=localhost:1 fetched 'nobody there' file 'faults.download="connect"'
	mirror=127.0.0.1:${mirror#*:} fetched 'a certificate for another name' file 'faults.download="tls"'
}

wrong_cases() {
	{ cat "$work/installer.exe" && echo; } >"$work/longer.exe"
	fetched 'another file of its size' other 'faults.download="garble"'
	fetched 'a byte more, told' large "network.mirror.file=$work/longer.exe"
	fetched 'a byte more, not told' longer 'faults.download="longer"'
	fetched 'another part than asked for' shifted network.mirror.status=206
	fetched 'a full disk' file 'faults.upload="disk-full"'
	begin 'a full disk on the way' "$here"
	put 0 1000
	begin_fault 'faults.upload="disk-full"'
	fetch file
	begin 'more is there than there may be' "$here"
	there "$work/longer.exe"
	fetch file
	begin 'what is there is of another file' "$here"
	head -c $((installer_size - 9)) /dev/zero >"$work/zeros"
	there "$work/zeros"
	fetch file
}

refused_cases() {
	local url
	begin 'addresses that are none' "$here"
	for url in "http://$mirror/file/x" "https://u:p@$mirror/file/x" "https://$mirror/file/x?a=b" "https://$mirror" "https://$mirror/a b" \
		'https://'; do
		call stage-get "{url: \"$url\", slice_ms: 1000, limit_ms: 1000}"
	done
	begin 'a folder that is not ours' "$(has_folder somebody false) | $(reserved 7 desk-0a1b2c3d 3500000)"
	fetch file
	begin 'no folder' "$(reserved 7 desk-0a1b2c3d 3500000)"
	fetch file
	begin 'a reservation that is lost' "$ours"
	fetch file
	begin "another run's" "$ours | $(reserved 6 other 0)"
	fetch file
	begin 'another call at work' "$here"
	hold_call
	fetch file '{lock_ms: 300}'
	leave_call
}

# A call that ends before all is there is followed by the next, which asks for the rest.
slice_cases() {
	local i
	begin 'a slice' "$here"
	for ((i = 0; i < 50; i++)); do
		call_real stage-get "{url: \"https://$mirror/slow/x\", slice_ms: 700, limit_ms: 60000}"
		! grep -q '"whole":true' "$work/real.out" || break
	done
	has 'conformance of stage-get: slice by slice it becomes whole' "$work/real.out" '"whole":true'
	is 'conformance of stage-get: in more than one' "$((i > 0))" 1
	is 'conformance of stage-get: and is the installer' "$(sha256sum <"$work/real.fs/$folder/$file" | cut -c1-64)" "$installer_sha"
	begin 'a slice of what cannot be taken up' "$here"
	call_real stage-get "{url: \"https://$mirror/whole/x\", slice_ms: 1000, limit_ms: 60000}"
	has 'conformance of stage-get: who takes up nothing is listened to for longer' "$work/real.out" '"whole":true'
}
