#!/bin/sh
# Writes the lock files anew. They carry hashes, and no address of any package registry.
set -eu
cd "$(dirname "$0")/.."

lock() { # lock NAME PYTHON [more options]
	name=$1 python=$2
	shift 2
	echo "  requirements/$name.txt"
	.uv/bin/uv pip compile --quiet --universal --python-version "$python" --generate-hashes \
		--no-emit-index-url --no-header "requirements/$name.in" -o "requirements/$name.txt" "$@"
}

lock uv 3.13
lock core 3.13
lock dev 3.13 -c requirements/core.txt
lock rivals 3.13 -c requirements/core.txt
lock rasa 3.10
lock weights 3.10 --no-deps
lock scan 3.13
