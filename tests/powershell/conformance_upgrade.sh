#!/usr/bin/env bash
# conformance_upgrade.sh - the second half of conformance.sh, beside the first when tests run two at a time.
exec "$(dirname "$0")/conformance.sh" engine install
