#!/usr/bin/env bash
# conformance_again.sh - the part of conformance.sh about obengine started again, beside the others when tests run.
exec "$(dirname "$0")/conformance.sh" again
