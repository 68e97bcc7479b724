#!/usr/bin/env bash
# The same of servers that speak WinRM, inside SSH, where nothing large need go through a shell.
. "$(dirname "$0")/waylib.sh"
over_winrm "upgrades by download over WinRM" upgrade_download
