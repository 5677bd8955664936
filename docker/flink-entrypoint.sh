#!/usr/bin/env bash
# Entrypoint of all Flink's containers: lays out /tmp, which conf is a link into, and goes on as the official one does.
#
#   CONF_IMAGE        configuration in the image (/opt/flink/conf.image)
#   TMPDIR            folder for what lives as long as the container runs (/tmp)
#   FLINK_ENTRYPOINT  what is called in the end (/docker-entrypoint.sh)
set -euo pipefail

tmp=${TMPDIR:-/tmp}

# When the process was killed and the container starts again, RocksDB's files of the one before are still here. What the
# image has there belongs to root and stays.
find "$tmp" -mindepth 1 -delete 2>/dev/null || true
cp -r "${CONF_IMAGE:-/opt/flink/conf.image}" "$tmp/conf"
exec "${FLINK_ENTRYPOINT:-/docker-entrypoint.sh}" "$@"
