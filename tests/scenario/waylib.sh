# waylib.sh - for scenarios that are others over another way: `. "$(dirname "$0")/waylib.sh"`.
# shellcheck shell=bash

# over_winrm TEXT NAME: the scenario of that name, its servers behind a bastion and by WinRM; skipped where what serves them
# cannot be built.
over_winrm() {
	local root
	root=$(cd "$(dirname "$0")/../.." && pwd)
	if ! pkg-config --exists libmicrohttpd expat 2>/dev/null; then
		echo "skip - $1: no libmicrohttpd (package libmicrohttpd-dev)"
		exit 0
	fi
	make -s -C "$root" winrmhost >/dev/null || {
		echo "not ok - winrmhost can be built"
		exit 1
	}
	FLEET_WAY=winrm exec "$(dirname "$0")/$2.sh"
}
