#!/usr/bin/env bash
# conformance_cultures.sh - the part of conformance.sh about other cultures, beside the others when tests run.
exec "$(dirname "$0")/conformance.sh" cultures
