#!/usr/bin/env bash
# Entrypoint of the JobManager: starts the job from the newest checkpoint or savepoint, then goes on as that of all
# Flink's containers does. Without high availability Flink itself would start afresh after a crash of the JobManager,
# and forget all conversations.
#
#   START_FROM        what a new container starts from: a path, or none to start afresh; empty for the newest
#   HOSTNAME          the container: Docker gives each a name of its own
#   DATA_DIR          the volume with checkpoints and savepoints (/data)
#   FLINK_ENTRYPOINT  what is called in the end (/flink-entrypoint.sh)
set -euo pipefail

data=${DATA_DIR:-/data}

# Says which container started last, and since when: one that starts again has checkpoints that are newer than
# START_FROM, and going back would answer requests again.
started=$data/started

# Flink writes _metadata last, and deletes it with the checkpoint: where it is, the checkpoint is whole.
newest() {
  find "$data" -type f -name _metadata "$@" -printf '%T@ %h\n' | sort -n | tail -n 1 | cut -d ' ' -f 2-
}

# Each start of the JobManager is a new job to Flink, with a folder and a first checkpoint that borrows no file from an
# earlier one. So the newest is all that is needed, and the folders of other jobs would stay for ever.
delete_checkpoints_of_other_jobs() {
  [[ -d $data/checkpoints ]] || return 0
  find "$data/checkpoints" -mindepth 1 -maxdepth 1 -type d ! -path "${1%/*}" -exec rm -rf {} + || true
}

if [[ -z ${START_FROM:-} ]]; then
  from=$(newest)
  [[ -z $from ]] || delete_checkpoints_of_other_jobs "$from"
elif [[ -e $started && $(<"$started") == "$HOSTNAME" ]]; then
  from=$(newest -newer "$started")
  from=${from:-$START_FROM}
else
  echo "$HOSTNAME" >"$started"
  from=$START_FROM
fi

if [[ -z $from || $from == none ]]; then
  echo "Starting afresh." >&2
else
  echo "Starting from $from" >&2
  set -- "$1" --fromSavepoint "$from" "${@:2}"
fi
exec "${FLINK_ENTRYPOINT:-/flink-entrypoint.sh}" "$@"
