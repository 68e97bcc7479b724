#!/usr/bin/env bash
# conformance_facts.sh - the part of conformance.sh about every fact, beside the others when tests run.
exec "$(dirname "$0")/conformance.sh" facts
