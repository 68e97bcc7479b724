#!/usr/bin/env bash
# conformance_wsb.sh - the part of conformance.sh about the test of Windows Server Backup, beside the others when tests run.
exec "$(dirname "$0")/conformance.sh" wsb
