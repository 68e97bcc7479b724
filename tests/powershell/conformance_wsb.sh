#!/usr/bin/env bash
# conformance_wsb.sh - the part of conformance.sh about backups and restarts on request, beside the others when tests run.
exec "$(dirname "$0")/conformance.sh" wsb backup reboot
