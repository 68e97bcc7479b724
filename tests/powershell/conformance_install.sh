#!/usr/bin/env bash
# conformance_install.sh - the part of conformance.sh about the installer's task, beside the others when tests run.
exec "$(dirname "$0")/conformance.sh" install
