#!/usr/bin/env bash
# The demo's servers, those of one site behind a bastion and by WinRM: what is wrong with each is told as over SSH.
. "$(dirname "$0")/waylib.sh"
over_winrm "the demo over WinRM" scan_demo
