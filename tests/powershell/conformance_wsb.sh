#!/usr/bin/env bash
# conformance_wsb.sh - the part of conformance.sh about backups on request, beside the others when tests run.
exec "$(dirname "$0")/conformance.sh" wsb backup
