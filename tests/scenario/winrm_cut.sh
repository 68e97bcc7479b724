#!/usr/bin/env bash
# Upgrades of servers that speak WinRM, inside SSH, whose bastion is cut off in their middle.
. "$(dirname "$0")/waylib.sh"
over_winrm "upgrades over WinRM whose bastion is cut off" bastion_cut
