#!/bin/sh
# Unpacks Debian's prometheus into the directory $1, without installing it.
set -eu
cd "$1"
download() { apt-get -o APT::Sandbox::User=root download prometheus; }
download 2>/dev/null || { apt-get update && download; }
dpkg-deb --extract prometheus_*.deb .
rm prometheus_*.deb
