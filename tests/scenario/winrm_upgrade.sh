#!/usr/bin/env bash
# Upgrades of servers that speak WinRM, inside SSH, which are cut short: what holds over SSH holds there.
. "$(dirname "$0")/waylib.sh"
over_winrm "upgrades over WinRM" upgrade_resume
