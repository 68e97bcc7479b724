#!/usr/bin/env bash
# Upgrades of servers that speak WinRM, inside SSH, which are cut short: what holds over SSH holds there.
root=$(cd "$(dirname "$0")/../.." && pwd)
if ! pkg-config --exists libmicrohttpd expat 2>/dev/null; then
	echo "skip - upgrades over WinRM: no libmicrohttpd (package libmicrohttpd-dev)"
	exit 0
fi
make -s -C "$root" winrmhost >/dev/null || { echo "not ok - winrmhost can be built"; exit 1; }
FLEET_WAY=winrm exec "$(dirname "$0")/upgrade_resume.sh"
