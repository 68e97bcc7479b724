# winrmlib.sh - for scenarios that reach simulated hosts by WinRM: `. "$(dirname "$0")/winrmlib.sh"`, then
# winrm_fleet and winrm_start. Everything of lib.sh. Hosts are states in $F, as the fleet's sshd has them: behind
# fleetlib.sh and fleet_start it serves those.
# shellcheck shell=bash
declare -F lib_clean_up >/dev/null || . "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

F=$work/fleet
winrm_user='CORP\marshal' winrm_password='p: S3cret/'

# build_winrmhost: $winrmhost, in the $mode of the program under test; the scenario is skipped where its
# library is missing.
build_winrmhost() {
	if ! pkg-config --exists libmicrohttpd expat krb5-gssapi 2>/dev/null; then
		skip "$(basename "$0" .sh)" "no libmicrohttpd or no GSSAPI (packages libmicrohttpd-dev, libkrb5-dev)"
		exit 0
	fi
	mode=$(basename "$(dirname "$(readlink -f "$MARSHAL")")")
	winrmhost=$root/build/$mode/winrmhost
	# several scenarios begin at once
	flock "$root/build/$mode" make -s -C "$root" MODE="$mode" "build/$mode/winrmhost" >"$work/make" 2>&1 && return
	cat "$work/make"
	not_ok "winrmhost can be built"
	exit 1
}

# winrm_fleet NAME...: new healthy servers, at 127.1.0.1 and so on.
winrm_fleet() {
	local name i=0
	mkdir -p "$F/hosts" "$F/addresses"
	for name in "$@"; do
		i=$((i + 1))
		"$SIMHOST" --state "$name" "127.1.0.$i" >"$F/hosts/$name.json"
		ln -sf "../hosts/$name.json" "$F/addresses/127.1.0.$i"
	done
}
set_host() { "$SIMHOST" --set "$F/hosts/$1.json" "${@:2}"; }

# certificate NAME SUBJECT-ALTERNATIVE-NAMES CA [LIFE]...: $work/NAME.pem and .key, signed by $work/CA.pem; LIFE is options of openssl x509.
certificate() {
	local name=$1 names=$2 ca=$3
	shift 3
	[ $# -gt 0 ] || set -- -days 2
	openssl req -new -newkey rsa:2048 -nodes -subj "/CN=$name" -keyout "$work/$name.key" -out "$work/$name.csr" 2>/dev/null
	openssl x509 -req -in "$work/$name.csr" -CA "$work/$ca.pem" -CAkey "$work/$ca.key" -CAcreateserial "$@" \
		-extfile <(printf '%s\n' "subjectAltName=$names" extendedKeyUsage=serverAuth basicConstraints=CA:FALSE \
			subjectKeyIdentifier=hash authorityKeyIdentifier=keyid) -out "$work/$name.pem" 2>/dev/null
}
# expired_certificate SUBJECT-ALTERNATIVE-NAMES: $work/expired.pem. OpenSSL before 3.4 knows no dates, later ones take no days
# before today.
expired_certificate() {
	certificate expired "$1" ca -not_before 20200101000000Z -not_after 20200102000000Z
	[ -s "$work/expired.pem" ] || certificate expired "$1" ca -days -1
}
# winrm_names: the addresses of all hosts, as a certificate has them.
winrm_names() { basename -a "$F"/addresses/* | sed 's/^/IP:/' | paste -sd,; }
authority() {
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=$1" -addext keyUsage=critical,keyCertSign,cRLSign -keyout "$work/$1.key" -out "$work/$1.pem" 2>/dev/null
}

# winrm_start [OPTION of winrmhost]...: $port, with certificate good of $work/ca.pem where it has been made.
winrm_start() {
	local said
	said=$(mktemp "$work/port-XXXXXX")
	printf '%s:%s\n' "$winrm_user" "$winrm_password" other 'of another' >"$work/users"
	[ -s "$work/users.more" ] && cat "$work/users.more" >>"$work/users"
	start "$winrmhost" --fleet "$F" --simhost "$(readlink -f "$SIMHOST")" --certificate "$work/good.pem" \
		--key "$work/good.key" --users "$work/users" "$@" >"$said"
	within 10 test -s "$said" || {
		not_ok "winrmhost starts"
		exit 1
	}
	port=$(cat "$said")
}

# winrm_settings: what tests/tools/winrm_*.py and winrm_client.go are to know, in $WINRM, and the files that it names.
winrm_settings() {
	{
		printf 'Write-Output 1' | base64 -w0
		echo
		jq -nc '{op: "probe", v: 1, nonce: ("0" * 32), facts: null, cloud: "public",
			login_hosts: ["login.windows.net"], limits: {fact_ms: 10000, ob_ms: 30000}}' | base64 -w0
		echo
	} >"$work/probe"
	"$SIMHOST" --state web01 >"$work/garbage.json"
	"$SIMHOST" --set "$work/garbage.json" faults.all=garbage
	MARSHAL_STATE=$work/garbage.json "$SIMHOST" powershell.exe -EncodedCommand AAAA <"$work/probe" >"$work/garbage"
	WINRM=$(jq -nc --arg ca "$work/ca.pem" --arg user "$winrm_user" --arg password "$winrm_password" --argjson port "$port" --argjson server "$started" \
		--arg probe "$work/probe" --arg garbage "$work/garbage" --arg simhost "$SIMHOST" --arg fleet "$F" '{address: "127.1.0.1",
		port: $port, server: $server, ca: $ca, user: $user, password: $password, probe: $probe, garbage: $garbage, simhost: $simhost, fleet: $fleet}')
	export WINRM
}

# realm_start: a Kerberos realm of its own on loopback, FLEET.EXAMPLE, for this scenario and what it starts; its keytab of all
# hosts is $work/keytab. 1 where there are no programs for it.
realm_start() {
	local path=$PATH:/usr/sbin kdc_port program
	for program in krb5kdc kdb5_util kadmin.local kinit; do
		PATH=$path command -v "$program" >/dev/null || return 1
	done
	kdc_port=$("$SIMHOST" --free-ports 1)
	export KRB5_CONFIG=$work/krb5.conf KRB5_KDC_PROFILE=$work/kdc.conf KRB5CCNAME=FILE:$work/tickets
	cat >"$KRB5_CONFIG" <<-END
	[libdefaults]
	default_realm = FLEET.EXAMPLE
	dns_lookup_kdc = false
	dns_lookup_realm = false
	dns_canonicalize_hostname = false
	rdns = false
	[realms]
	FLEET.EXAMPLE = {
	kdc = 127.0.0.1:$kdc_port
	}
	END
	cat >"$KRB5_KDC_PROFILE" <<-END
	[kdcdefaults]
	kdc_listen = 127.0.0.1:$kdc_port
	kdc_tcp_listen = 127.0.0.1:$kdc_port
	[realms]
	FLEET.EXAMPLE = {
	database_name = $work/principals
	key_stash_file = $work/stash
	}
	[logging]
	kdc = FILE:$work/kdc.log
	END
	PATH=$path kdb5_util create -s -r FLEET.EXAMPLE -P 'of the database' >"$work/realm" 2>&1
	{
		printf 'addprinc +requires_preauth -pw "%s" marshal\naddprinc -pw "of another" other\n' "$winrm_password"
		basename -a "$F"/addresses/* | sed "s|.*|addprinc -randkey HTTP/&\nktadd -k $work/keytab HTTP/&|"
	} | PATH=$path kadmin.local >>"$work/realm" 2>&1
	start env PATH="$path" krb5kdc -n -P "$work/kdc.pid" >>"$work/realm" 2>&1
	within 10 signed_in marshal "$winrm_password" && return
	cat "$work/realm"
	not_ok "a Kerberos realm starts"
	exit 1
}
signed_in() { printf '%s\n' "$2" | kinit "$1" >>"$work/realm" 2>&1; }
