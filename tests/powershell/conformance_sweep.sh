#!/usr/bin/env bash
# conformance_sweep.sh - the part of conformance.sh about left-overs of runs, beside the others when tests run.
exec "$(dirname "$0")/conformance.sh" sweep
