#!/usr/bin/env bash
# Entrypoint of the JobManager: starts the job from the newest checkpoint or savepoint, then goes on as the official
# entrypoint does. Without high availability Flink itself would start afresh after a crash of the JobManager, and
# forget all conversations.
#
#   START_FROM        what a new container starts from: a path, or none to start afresh; empty for the newest
#   DATA_DIR          the volume with checkpoints and savepoints (/data)
#   FLINK_ENTRYPOINT  what is called in the end (/docker-entrypoint.sh)
set -euo pipefail

# A file of the container, not of the volume: it is there when the container was only started again. Then the job has
# checkpoints that are newer than START_FROM, and going back would answer requests again.
started=${TMPDIR:-/tmp}/started

# Flink writes _metadata last, and deletes it with the checkpoint: where it is, the checkpoint is whole.
newest() {
  find "${DATA_DIR:-/data}" -type f -name _metadata "$@" -printf '%T@ %h\n' | sort -n | tail -n 1 | cut -d ' ' -f 2-
}

if [[ -z ${START_FROM:-} ]]; then
  from=$(newest)
elif [[ -e $started ]]; then
  from=$(newest -newer "$started")
  from=${from:-$START_FROM}
else
  touch "$started"
  from=$START_FROM
fi

if [[ -z $from || $from == none ]]; then
  echo "Starting afresh." >&2
else
  echo "Starting from $from" >&2
  set -- "$1" --fromSavepoint "$from" "${@:2}"
fi
exec "${FLINK_ENTRYPOINT:-/docker-entrypoint.sh}" "$@"
