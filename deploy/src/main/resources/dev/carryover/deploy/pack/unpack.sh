#!/bin/sh
# Checks, joins and unpacks the parts that lie beside this script, once, and runs a command of the pack:
#   sh @NAME@.sh train --config recipe.yaml --data sequences.txt --output run
# Without a command it only unpacks. Once unpacked the parts are no longer needed.
#
# Environment: CARRYOVER_HOME, where it is unpacked (default: the folder @NAME@ beside this script).
set -eu
name=@NAME@
id=@ID@
count=@PARTS@
mebibytes=@MIB@

fail() {
  echo "$name: $1" >&2
  exit 2
}

here=$(cd -P "$(dirname "$0")" && pwd)
home=${CARRYOVER_HOME:-$here/$name}
manifest=$here/$name.sha256
new=$home.unpacking.$$

digest() {
  $hash "$1" | cut -d ' ' -f 1
}

check() {
  if command -v sha256sum >/dev/null; then
    hash=sha256sum
  elif command -v shasum >/dev/null; then
    hash="shasum -a 256"
  elif command -v openssl >/dev/null; then
    hash="openssl dgst -sha256 -r"
  else
    fail "none of sha256sum, shasum and openssl is here to check the parts; install one."
  fi
  [ -f "$manifest" ] || fail "$manifest is missing; copy it beside this script."
  [ "$(digest "$manifest")" = "$id" ] || fail "$manifest is of another pack or damaged; copy it again."
  done=0
  while read -r expected part; do
    [ -f "$here/$part" ] || fail "$part of $count parts is missing; copy it beside this script."
    [ "$(digest "$here/$part")" = "$expected" ] || fail "$part is damaged; copy it again."
    done=$((done + 1))
    echo "$name: checked part $done of $count" >&2
  done <"$manifest"
}

join() {
  while read -r expected part; do
    cat "$here/$part"
  done <"$manifest"
}

unpack() {
  [ "$(uname -s) $(uname -m)" = "Linux x86_64" ] || fail "this is $(uname -s) on $(uname -m); a pack runs on Linux on x86_64."
  [ ! -e "$home" ] || fail "$home is there and not of this pack; remove it, or set CARRYOVER_HOME to another folder."
  check
  trap 'rm -rf "$new"' EXIT
  trap 'exit 130' INT TERM HUP
  mkdir -p "$new" || fail "cannot write to $(dirname "$home"); set CARRYOVER_HOME to another folder."
  # The line of df: file system, size, used, available (KiB), ...
  # shellcheck disable=SC2046 # the line is meant to be split into words
  set -- $(df -Pk "$new" | tail -n 1)
  [ "$4" -ge $((mebibytes * 1024)) ] || fail "$(dirname "$home") has $(($4 / 1024)) MiB free and $mebibytes MiB are needed; set CARRYOVER_HOME to another folder."
  echo "$name: unpacking $mebibytes MiB to $home" >&2
  join | gzip -dc | tar -xf - -C "$new" || fail "the parts cannot be unpacked to $new."
  LD_LIBRARY_PATH=$new/native "$new/jre/bin/java" -version >"$new/java.version" 2>&1 ||
    fail "the packed Java does not start here: $(head -n 1 "$new/java.version")"
  echo "$id" >"$new/id"
  mv "$new" "$home"
  trap - EXIT INT TERM HUP
}

[ -f "$home/id" ] && [ "$(cat "$home/id")" = "$id" ] || unpack
if [ $# -eq 0 ]; then
  echo "$name: unpacked in $home; go on with: sh $0 train --help" >&2
  exit 0
fi
exec "$home/bin/carryover" "$@"
