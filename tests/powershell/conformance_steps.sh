#!/usr/bin/env bash
# conformance_steps.sh - the part of conformance.sh about the steps before the installer, beside the others when tests run.
exec "$(dirname "$0")/conformance.sh" stage put get console engine
