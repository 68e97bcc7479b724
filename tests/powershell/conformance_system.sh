#!/usr/bin/env bash
# conformance_system.sh - the part of conformance.sh about tasks of SYSTEM, beside the others when tests run.
exec "$(dirname "$0")/conformance.sh" system
