#!/usr/bin/env bash
# Looks at the model and at the memory, before anything else starts. Where they are wrong, everything else would start,
# fail, and start again, and the reason would stand in the middle of one of several logs.
#
#   MODEL               the model in MODELS: a .gguf file or a Hugging Face folder
#   TASKMANAGER_MEMORY  limit of a TaskManager's container
#   TASKMANAGERS        how many of them
#   KV_MEMORY           memory for keys and values of each
#   FLINK_MEMORY        the rest of Flink's memory in a TaskManager
#   MODELS              folder of the models (/models)
#   MEMINFO             memory of the machine that containers run on (/proc/meminfo)
set -euo pipefail

models=${MODELS:-/models}
model=$models/$MODEL

fail() {
  printf '%s\n' "$@" >&2
  exit 1
}

# 2g, 2560m, 1.5 GB: bytes.
bytes() {
  awk -v text="$1" 'BEGIN {
    if (!match(tolower(text), /^ *[0-9]+(\.[0-9]+)? *[kmgt]?(i?b)? *$/)) exit 1
    unit = tolower(text); gsub(/[0-9. ]/, "", unit)
    printf "%.0f\n", text * 1024 ^ index("kmgt", substr(unit "-", 1, 1))
  }' || fail "$2=$1 is no size: write it like 10g or 2560m."
}

gib() {
  awk -v bytes="$1" 'BEGIN { printf "%.1f GiB\n", bytes / 1024 ^ 3 }'
}

what_is_there() {
  local names
  names=$(find -L "$models" -mindepth 1 -maxdepth 1 \( -name '*.gguf' -o -type d \) -printf '  %f\n' 2>/dev/null | sort | head -n 20) || true
  if [[ -n $names ]]; then
    printf 'In MODEL_DIR there is:\n%s\n' "$names"
  else
    echo "In MODEL_DIR there is no .gguf file and no folder."
  fi
}

[[ -n $MODEL ]] || fail "MODEL is empty: set it in .env to a .gguf file or a folder in MODEL_DIR." "$(what_is_there)"
[[ -x $models ]] ||
  fail "User $(id -u) of the container cannot look into MODEL_DIR. On the machine with the models: chmod a+rx FOLDER"
[[ -e $model ]] || fail "MODEL=$MODEL is not there." "$(what_is_there)"

if [[ -d $model ]]; then
  [[ -r $model && -x $model ]] || fail "User $(id -u) of the container cannot look into the folder $MODEL: chmod a+rx $MODEL"
  files=("$model"/*.json "$model"/*.safetensors "$model"/tokenizer.model*)
  weights=("$model"/*.safetensors)
  [[ -e ${weights[0]} ]] || fail "The folder $MODEL has no .safetensors file."
else
  files=("$model")
  weights=("$model")
fi
for file in "${files[@]}"; do
  [[ ! -e $file || -r $file ]] ||
    fail "User $(id -u) of the container cannot read ${file#"$models"/}. On the machine with the models: chmod a+r ${file##*/}"
done

size=$(stat -Lc %s -- "${weights[@]}" | awk '{ sum += $1 } END { printf "%.0f\n", sum }')
# A second statement: a failure within an argument would be passed over.
kv=$(bytes "$KV_MEMORY" KV_MEMORY)
rest=$(bytes "$FLINK_MEMORY" FLINK_MEMORY)
limit=$(bytes "$TASKMANAGER_MEMORY" TASKMANAGER_MEMORY)
needed=$((size + kv + rest))
sum="$MODEL $(gib "$size"), KV_MEMORY $(gib "$kv"), the rest of Flink $(gib "$rest")"
((limit >= needed)) ||
  fail "TASKMANAGER_MEMORY=$TASKMANAGER_MEMORY is too little: a TaskManager needs $(gib "$needed") ($sum)." \
    "With less the kernel would kill it while it works."
total=$(awk '/^MemTotal:/ { printf "%.0f\n", $2 * 1024 }' "${MEMINFO:-/proc/meminfo}")
((total >= needed * TASKMANAGERS)) ||
  fail "The machine that containers run on has $(gib "$total") of memory, and TaskManagers ($TASKMANAGERS) need $(gib $((needed * TASKMANAGERS))) ($sum, each)." \
    "Docker Desktop has a virtual machine of its own: Settings, Resources, Memory."

echo "$MODEL is there; a TaskManager needs $(gib "$needed") of its $TASKMANAGER_MEMORY ($sum)."
