#!/bin/sh
# Installs kai from a release, after its SHA-256 sum was checked.
#
#   curl -fsSL https://raw.githubusercontent.com/anchore/kai/main/install.sh | sh
#   sh install.sh [-b FOLDER] [vX.Y.Z]
#
# -b FOLDER      where to put the binary (default: /usr/local/bin where that may be written to,
#                else ~/.local/bin)
# KAI_RELEASES   where the releases are; also a folder, as file:///path (default: GitHub)
#
# It takes curl, tar, and sha256sum or shasum. A folder is read without curl.
#
# All is in functions that the last line calls: what was cut off on its way does nothing.
set -eu

releases=${KAI_RELEASES:-https://github.com/anchore/kai/releases}

fail() {
	echo "install.sh: $*" >&2
	exit 1
}

# fetch URL FILE
fetch() {
	case $1 in
	file://*) cp "${1#file://}" "$2" 2>/dev/null || fail "cannot read ${1#file://}" ;;
	*)
		# Nothing else: wget follows a redirect to plain http.
		command -v curl >/dev/null || fail 'curl is not installed'
		curl --fail --silent --show-error --location --proto '=https' --tlsv1.2 \
			--output "$2" "$1" || fail "cannot fetch $1"
		;;
	esac
}

# The SHA-256 sum of a file.
sum() {
	if command -v sha256sum >/dev/null; then
		sha256sum "$1"
	elif command -v shasum >/dev/null; then
		shasum -a 256 "$1"
	else
		fail 'neither sha256sum nor shasum is installed'
	fi | cut -d ' ' -f 1
}

# The system as the names of the archives have it.
platform() {
	case $(uname -s) in
	Linux) system=linux ;;
	Darwin) system=darwin ;;
	*) fail "there is no binary for $(uname -s) (hint: cargo install --locked kai-cli)" ;;
	esac
	case $(uname -m) in
	x86_64 | amd64) machine=amd64 ;;
	aarch64 | arm64) machine=arm64 ;;
	*) fail "there is no binary for $(uname -m) (hint: cargo install --locked kai-cli)" ;;
	esac
	echo "${system}_$machine"
}

main() {
	usage='usage: install.sh [-b FOLDER] [vX.Y.Z]'
	folder=
	while getopts b: option; do
		case $option in
		b) folder=$OPTARG ;;
		*) fail "$usage" ;;
		esac
	done
	shift $((OPTIND - 1))
	# An option after the version, too, which would go unread.
	[ $# -le 1 ] || fail "$usage"
	version=${1:-}
	case $version in
	'') from=$releases/latest/download ;;
	v*) from=$releases/download/$version ;;
	*) fail "\`$version\` is no version: they are called vX.Y.Z" ;;
	esac
	if [ -z "$folder" ]; then
		if [ -w /usr/local/bin ]; then folder=/usr/local/bin; else folder=$HOME/.local/bin; fi
	fi

	archive=kai_$(platform).tar.gz
	new=$folder/.kai.$$
	work=$(mktemp -d)
	trap 'rm -rf "$work" "$new"' EXIT
	trap 'exit 1' HUP INT TERM
	fetch "$from/SHA256SUMS" "$work/SHA256SUMS"
	fetch "$from/$archive" "$work/$archive"

	expected=$(awk -v name="$archive" '$2 == name || $2 == "*" name { print $1 }' "$work/SHA256SUMS")
	[ -n "$expected" ] || fail "SHA256SUMS does not name $archive"
	found=$(sum "$work/$archive")
	[ "$found" = "$expected" ] ||
		fail "$archive has the SHA-256 sum $found, and SHA256SUMS says $expected: not installed"

	tar -xzf "$work/$archive" -C "$work" kai || fail "$archive holds no kai"
	mkdir -p "$folder"
	# Renamed, so that a kai that runs is not written over, none is ever half there, and the old one
	# stays where the new one cannot run.
	cp "$work/kai" "$new"
	chmod 755 "$new"
	# What it reads from must not be this script, which may come through a pipe.
	said=$("$new" version 2>&1 </dev/null) || fail "this kai does not run here: $said
On Linux it needs glibc 2.35 or newer (hint: cargo install --locked kai-cli)"
	mv -f "$new" "$folder/kai"
	echo "installed $folder/kai"
	case :$PATH: in
	*:"$folder":*) ;;
	*) echo "$folder is not on the PATH" ;;
	esac
}

main "$@"
