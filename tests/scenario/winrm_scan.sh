#!/usr/bin/env bash
# A scan of servers that speak WinRM, inside SSH: what holds over SSH holds there.
. "$(dirname "$0")/waylib.sh"
over_winrm "a scan over WinRM" scan_fleet
