#!/usr/bin/env bash
# The demo's servers, those of one site behind a bastion and by WinRM: what is wrong with each is told as over SSH.
root=$(cd "$(dirname "$0")/../.." && pwd)
if ! pkg-config --exists libmicrohttpd expat 2>/dev/null; then
	echo "skip - the demo over WinRM: no libmicrohttpd (package libmicrohttpd-dev)"
	exit 0
fi
make -s -C "$root" winrmhost >/dev/null || { echo "not ok - winrmhost can be built"; exit 1; }
FLEET_WAY=winrm exec "$(dirname "$0")/scan_demo.sh"
