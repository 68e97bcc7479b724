#!/usr/bin/env bash
# Upgrades of servers that all stand behind one more sshd, which are cut short: what holds straight holds there.
FLEET_WAY=bastion exec "$(dirname "$0")/upgrade_resume.sh"
