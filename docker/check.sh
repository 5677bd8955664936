#!/usr/bin/env bash
# Goes through README.md on a real engine, step by step: up, ask, kill each container, stop with a savepoint, go on,
# upgrade, rescale, down. Says what it does, and ends with a plain message and exit code 1 at the first thing that does
# not hold. It needs Docker with Compose v2 and curl, takes about fifteen minutes, has a project, volumes and ports of
# its own beside a stack that runs, and takes all of it away in the end.
#
#   docker/check.sh                             with the small model of this repository
#   MODEL_FILE=/models/m.gguf docker/check.sh   with another one; settings of .env can stand before it, too
#   KEEP=1 docker/check.sh                      and leave all of it running when something does not hold
#   PATIENCE=4 docker/check.sh                  on a machine that is slow or busy: wait four times as long for everything
set -euo pipefail
cd "$(dirname "$0")"

export COMPOSE_PROJECT_NAME=flink-mistral-check
export IMAGE=flink-mistral-check REVISION=1
export UI_PORT=${UI_PORT:-18081} KAFKA_PORT=${KAFKA_PORT:-19094} METRICS_PORTS=${METRICS_PORTS:-19250-19259}
export CONTEXT_LIMIT=${CONTEXT_LIMIT:-512} CHECKPOINT_INTERVAL=${CHECKPOINT_INTERVAL:-2s}
export KV_MEMORY=${KV_MEMORY:-320m} SLOT_KV_MEMORY=${SLOT_KV_MEMORY:-128m} SHARED_KV_MEMORY=${SHARED_KV_MEMORY:-64m} TASKMANAGER_MEMORY=${TASKMANAGER_MEMORY:-4g}
export GATEWAY_PORT=${GATEWAY_PORT:-18000} GATEWAY_MODELS=mistral GATEWAY_HOSTS='' GATEWAY_KEYS=''
export TASKMANAGERS=1 SLOTS=1 PARALLELISM=1 START_FROM=
unset COMPOSE_FILE COMPOSE_PROFILES COMPOSE_ENV_FILES

model_file=${MODEL_FILE:-../operator/src/tiny-mistral/tiny-mistral.q8_0.gguf}
gateway=http://127.0.0.1:$GATEWAY_PORT
scratch=$(mktemp -d)
log=$scratch/log
begin=$(date +%s)

step() {
  printf '%4d s  %s\n' $(($(date +%s) - begin)) "$*"
  echo "=== $*" >>"$log"
}

fail() {
  printf '\nDoes not hold: %s\n' "$*" >&2
  if [[ -s $log ]]; then
    printf '\nWhat was said last:\n' >&2
    tail -n 25 "$log" | cut -c 1-300 >&2
  fi
  exit 1
}

away() {
  docker compose down -v -t 5 >>"$log" 2>&1 || true
  docker image rm -f "$IMAGE" >>"$log" 2>&1 || true
  # Images of the builds before have no name any more, but they still say what they are.
  docker image prune -f --filter "label=org.opencontainers.image.title=flink-mistral" >>"$log" 2>&1 || true
}

finish() {
  local code=$?
  if [[ $code != 0 && -n ${KEEP:-} ]]; then
    echo "All is left as it is: docker compose -p $COMPOSE_PROJECT_NAME ps; models and log are in $scratch" >&2
  else
    away
    rm -rf "$scratch"
  fi
  exit "$code"
}

quietly() {
  "$@" >>"$log" 2>&1
}

# within SECONDS COMMAND...: until the command succeeds.
within() {
  local end=$(($(date +%s) + $1 * ${PATIENCE:-1}))
  shift
  until "$@" >>"$log" 2>&1; do
    (($(date +%s) < end)) || return 1
    sleep 1
  done
}

up() {
  quietly docker compose up -d "$@"
}

container() {
  docker compose ps -aq "$1" | head -n 1
}

inspect() {
  docker inspect -f "$2" "$(container "$1")"
}

healthy() {
  local id
  for id in $(docker compose ps -q broker jobmanager taskmanager gateway); do
    [[ $(docker inspect -f '{{.State.Health.Status}}' "$id") == healthy ]] || return 1
  done
  (($(docker compose ps -q broker jobmanager taskmanager gateway | wc -l) == TASKMANAGERS + 3))
}

await_healthy() {
  within 240 healthy || {
    docker compose ps -a >>"$log" 2>&1
    docker compose logs --tail 20 jobmanager >>"$log" 2>&1
    fail "broker, JobManager, TaskManagers and gateway are healthy in time ($1)"
  }
}

# kill -9 from outside, as the kernel does it, by a process of the same user: "docker kill" is an order to stop, after
# which nothing starts again, and from inside a container its first process cannot be killed.
kill_process() {
  local user pid
  user=$(docker compose exec -T "$1" id -u) || return 1
  pid=$(inspect "$1" '{{.State.Pid}}')
  [[ $pid != 0 ]] || return 1
  quietly docker run --rm --network none --pid=host --user "$user" --security-opt label=disable \
    --entrypoint bash "$IMAGE" -c "kill -9 $pid"
}

restarts() {
  inspect "$1" '{{.RestartCount}}'
}

restarted() {
  (($(restarts "$1") > $2))
}

running() {
  [[ $(inspect "$1" '{{.State.Running}}') == true ]]
}

in_jobmanager() {
  docker compose exec -T jobmanager "$@"
}

# requests PREFIX COUNT [MORE]: records of as many conversations, key and value.
requests() {
  local colours=(pink green blue red grey) animals=(owl fox cat dog hare bear crow) i
  for ((i = 1; i <= $2; i++)); do
    printf '%s-%d|{"request_id": "%s%s-%d", "conversation_id": "%s-%d", "messages": [{"role": "user", "content": "Tell me a story about a %s %s called Ben."}], "max_tokens": 48}\n' \
      "$1" "$i" "$1" "${3:-}" "$i" "$1" "$i" "${colours[i % 5]}" "${animals[i % 7]}"
  done
}

ask() {
  docker compose exec -T broker /opt/kafka/bin/kafka-console-producer.sh --bootstrap-server broker:9092 \
    --topic prompts --reader-property parse.key=true --reader-property 'key.separator=|' >>"$log" 2>&1
}

send() {
  ask <"$scratch/requests"
}

# killed_while_asked SERVICE: its process, while requests are answered and more are being sent. What the broker has not
# taken is sent again, and some of it twice, as clients do it.
killed_while_asked() {
  requests "$1" 10 | ask || fail "requests can be sent"
  requests "$1" 20 | tail -n +11 >"$scratch/requests"
  send &
  sleep 2
  kill_process "$1" || fail "the $1 can be killed"
  killed_at=$(date +%s)
  wait $! || within 120 send || fail "requests can be sent after the $1 was killed"
}

# All answers that are visible, whole and exactly once.
read_completions() {
  docker compose exec -T broker /opt/kafka/bin/kafka-console-consumer.sh --bootstrap-server broker:9092 \
    --topic completions --from-beginning --isolation-level read_committed --timeout-ms $((4000 * ${PATIENCE:-1})) \
    >"$scratch/completions" 2>>"$log" || true
}

# answers PREFIX: one line each, the request's number and the text.
answers() {
  sed -nE 's/.*"request_id": ?"'"$1"'-([0-9]+)".*"content": ?"(([^"\\]|\\.)*)".*/\1 \2/p' "$scratch/completions" | sort -n
}

answered() {
  read_completions
  (($(answers "$1" | wc -l) >= $2))
}

# await_answers PREFIX COUNT SECONDS: each once, and in the words of the first ones.
await_answers() {
  within "$3" answered "$1" "$2" ||
    fail "$2 requests $1-* are answered in time; there are $(answers "$1" | wc -l) answers"
  answered_at=$(date +%s)
  sleep 5
  read_completions
  answers "$1" >"$scratch/answers"
  [[ $(cut -d ' ' -f 1 "$scratch/answers" | uniq -d) == "" ]] ||
    fail "no answer comes twice, but those of $1-* do: $(cut -d ' ' -f 1 "$scratch/answers" | uniq -d | tr '\n' ' ')"
  (($(wc -l <"$scratch/answers") == $2)) || fail "there are $2 answers to $1-*, not $(wc -l <"$scratch/answers")"
  [[ -e $scratch/first ]] || cp "$scratch/answers" "$scratch/first"
  head -n "$2" "$scratch/first" | cmp -s - "$scratch/answers" || {
    diff "$scratch/first" "$scratch/answers" >>"$log"
    fail "the same prompts have the same answers, those of $1-* are others"
  }
}

# prompt_tokens REQUEST: how long its conversation was.
prompt_tokens() {
  grep -E '"request_id": ?"'"$1"'"' "$scratch/completions" | sed -E 's/.*"prompt_tokens": ?([0-9]+).*/\1/'
}

# remembers SUFFIX: the first conversation goes on, and its next turn is longer by all that was said.
turns=1
remembers() {
  local before=$((turns == 1 ? 0 : 1)) last=memory$turns
  turns=$((turns + 1))
  requests memory 1 "$turns" | ask
  within 120 answered "memory$turns" 1 || fail "the conversation is answered $1"
  ((before == 0)) || (($(prompt_tokens "memory$turns-1") > $(prompt_tokens "$last-1") + 10)) ||
    fail "the conversation is remembered $1: turn $turns had $(prompt_tokens "memory$turns-1") tokens, the one before $(prompt_tokens "$last-1")"
}

call() {
  curl -sS -m $((120 * ${PATIENCE:-1})) "$@" 2>>"$log"
}

status() {
  call -o /dev/null -w '%{http_code}' "$@"
}

# chat NUMBER TOKENS [FIELDS]: a chat completion with so many tokens.
chat() {
  local colours=(pink green blue red grey) animals=(owl fox cat dog hare bear crow)
  printf '{"model": "mistral", "messages": [{"role": "user", "content": "Tell me a story about a %s %s called Ben."}], "max_tokens": %d%s}' \
    "${colours[$1 % 5]}" "${animals[$1 % 7]}" "$2" "${3:-}"
}

ask_gateway() {
  call "$gateway/v1/chat/completions" -H 'Content-Type: application/json' "$@"
}

# content: of the message in an answer, as it is written in JSON.
content() {
  sed -nE 's/.*"content": ?"(([^"\\]|\\.)*)".*/\1/p'
}

# streams NAME COUNT: as many streams of 400 tokens, one file each.
streams() {
  local i
  for ((i = 1; i <= $2; i++)); do
    ask_gateway -N -m $((400 * ${PATIENCE:-1})) -d "$(chat "$i" 400 ', "ignore_eos": true, "stream": true')" >"$scratch/$1-$i" &
  done
}

# stream_text FILE: all of its pieces.
stream_text() {
  content <"$1" | tr -d '\n'
}

has_begun() {
  [[ $(stream_text "$1") != "" ]]
}

is_complete() {
  [[ $(grep -v '^[[:space:]]*$' "$1" | tail -n 1) == "data: [DONE]"* ]]
}

# one_has_begun NAME: waits for the first piece of any of the streams.
one_has_begun() {
  local end=$(($(date +%s) + 120 * ${PATIENCE:-1})) file
  while (($(date +%s) < end)); do
    for file in "$scratch/$1"-*; do
      ! has_begun "$file" || return 0
    done
    sleep 0.1
  done
  return 1
}

# all_complete NAME COUNT: every stream has come to its end, in the words of the undisturbed ones.
all_complete() {
  local i
  for ((i = 1; i <= $2; i++)); do
    is_complete "$scratch/$1-$i" || {
      tail -n 3 "$scratch/$1-$i" >>"$log"
      fail "stream $i of $1 comes to its end"
    }
    [[ $(stream_text "$scratch/$1-$i") == "$(stream_text "$scratch/quiet-$(((i - 1) % 35 + 1))")" ]] ||
      fail "stream $i of $1 has the same text as the undisturbed one"
  done
}

# killed_in_mid_stream NAME COUNT: the TaskManager, as soon as an answer has begun. Whether one was cut, to go on later.
killed_in_mid_stream() {
  local user pid file cut=0
  user=$(docker compose exec -T taskmanager id -u)
  pid=$(inspect taskmanager '{{.State.Pid}}')
  # It starts before the streams do, and waits for a line: then all that is left to do is to kill.
  mkfifo "$scratch/kill"
  docker run --rm -i --network none --pid=host --user "$user" --security-opt label=disable \
    --entrypoint bash "$IMAGE" -c "echo ready; read -r; kill -9 $pid" <"$scratch/kill" >"$scratch/ready" 2>>"$log" &
  local killer=$!
  exec 3>"$scratch/kill"
  rm "$scratch/kill"
  within 60 grep -q ready "$scratch/ready" || fail "a container can be run"
  streams "$1" "$2"
  one_has_begun "$1" || fail "a stream begins"
  echo >&3
  exec 3>&-
  wait "$killer" || fail "the TaskManager can be killed"
  # What is still on its way comes.
  sleep 2
  for file in "$scratch/$1"-*; do
    ! has_begun "$file" || is_complete "$file" || cut=$((cut + 1))
  done
  step "    $cut of $2 answers were cut"
  wait
  ((cut > 0))
}

refused() {
  local message=$1
  shift
  ! up || fail "\"up\" ends with an error where $*"
  quietly docker compose logs check-model
  [[ $message == "" ]] || tail -n 40 "$log" | grep -qF "$message" || fail "it says \"$message\" where $*"
  [[ $(container broker) == "" ]] || ! running broker || fail "nothing else starts where $*"
}

# ----------------------------------------------------------------------------------------------------------------------

trap finish EXIT
docker version >>"$log" 2>&1 || fail "there is a Docker engine (docker version)"
docker compose version --short 2>>"$log" | grep -qE '^v?([2-9]|[1-9][0-9])\.' || fail "there is Docker Compose v2 (docker compose version)"
[[ -r $model_file ]] || fail "there is the model $model_file"
step "engine $(docker version -f '{{.Server.Version}}'), compose $(docker compose version --short), model ${model_file##*/}"
away
mkdir "$scratch/models"
cp "$model_file" "$scratch/models/"
chmod a+rx "$scratch" "$scratch/models"
chmod a+r "$scratch/models"/*
mkdir "$scratch/gateway"
chmod a+rx "$scratch/gateway"
export MODEL_DIR=$scratch/models MODEL=${model_file##*/} GATEWAY_DIR=$scratch/gateway
docker images -qf dangling=true | sort >"$scratch/dangling"
docker volume ls -q | sort >"$scratch/volumes"

step "the image is built"
quietly docker compose build || fail "docker compose build"
[[ $(docker images -qf dangling=true | sort | comm -13 "$scratch/dangling" - | wc -l) -eq 0 ]] ||
  fail "a first build leaves no image without a name"

step "what is wrong is told before anything starts"
MODEL_DIR=$scratch/nowhere refused "" "the folder of the models is missing"
MODEL=wrong.gguf refused "MODEL=wrong.gguf is not there" "the model is missing"
TASKMANAGER_MEMORY=1g refused "TASKMANAGER_MEMORY=1g is too little" "memory is too little"

step "up"
up || fail "docker compose up -d"
await_healthy "after up"
docker volume ls -q | sort | comm -13 "$scratch/volumes" - >"$scratch/new"
[[ $(grep -cv "^${COMPOSE_PROJECT_NAME}_" "$scratch/new") -eq 0 ]] ||
  fail "there are no volumes but those of compose.yaml"

step "containers have no rights that they do not need, and limits"
for service in check-model broker topics jobmanager taskmanager gateway; do
  [[ $(inspect $service '{{.HostConfig.CapDrop}} {{.HostConfig.CapAdd}} {{.HostConfig.Privileged}}') == "[ALL] [] false" ]] ||
    fail "$service has no capabilities"
  inspect $service '{{.HostConfig.SecurityOpt}}' | grep -q no-new-privileges || fail "$service cannot get new privileges"
  (($(inspect $service '{{.HostConfig.Memory}}') > 0)) || fail "$service has a memory limit"
  inspect $service '{{.HostConfig.LogConfig}}' | grep -q max-size || fail "the log of $service is bounded"
  [[ $service == taskmanager || $(inspect $service '{{.HostConfig.ReadonlyRootfs}}') == true ]] ||
    fail "the file system of $service is read-only"
done
for service in broker jobmanager taskmanager gateway; do
  [[ $(docker compose exec -T $service id -u) != 0 ]] || fail "$service does not run as root"
  for address in $(inspect $service '{{range .NetworkSettings.Ports}}{{range .}}{{.HostIp}} {{end}}{{end}}'); do
    [[ $address == 127.0.0.1 ]] || fail "ports of $service listen on loopback alone, not on $address"
  done
done
! in_jobmanager bash -c 'echo >/opt/flink/lib/x' 2>>"$log" || fail "the JobManager cannot change its own code"
! docker compose exec -T taskmanager bash -c 'echo >/opt/flink/lib/x' 2>>"$log" || fail "a TaskManager cannot change its own code"

step "Flink's web page takes no code, and answers to no other page"
[[ $(in_jobmanager curl -s -o /dev/null -w '%{http_code}' -F jarfile=@/etc/hostname http://localhost:8081/jars/upload) == 4?? ]] ||
  fail "no jar can be uploaded"
in_jobmanager curl -si -H 'Origin: http://elsewhere.example' http://localhost:8081/jobs/overview >"$scratch/headers"
grep -qi '^HTTP/1.1 200' "$scratch/headers" || fail "Flink's web page answers"
! grep -iE '^access-control-allow-origin: *(\*|http://(elsewhere|localhost))' "$scratch/headers" >>"$log" ||
  fail "answers of Flink's web page are for no page of another origin"

step "a TaskManager shows the model's metrics"
# Its port is another one of the range each time it starts.
shows_metrics() {
  call "http://$(docker compose port taskmanager 9249)/metrics" >"$scratch/metrics"
  grep -q '^flink_taskmanager_job_task_operator_mistral_num_requests_running{' "$scratch/metrics"
}
within 60 shows_metrics || fail "Prometheus finds the metrics of the TaskManager"

step "topics have their settings"
docker compose exec -T broker /opt/kafka/bin/kafka-topics.sh --bootstrap-server broker:9092 --describe \
  >"$scratch/topics" 2>>"$log" || fail "topics can be listed"
grep -qE 'Topic: prompts[[:space:]].*Configs:.*compression.type=uncompressed' "$scratch/topics" || fail "prompts are not compressed"
limit_of() {
  sed -nE "s/.*Topic: $1[[:space:]].*Configs:.*max.message.bytes=([0-9]+).*/\1/p" "$scratch/topics" | head -n 1
}
(($(limit_of dead-letters) > $(limit_of prompts))) || fail "dead-letters takes more than prompts"

step "ask"
requests first 20 | ask || fail "requests can be sent"
await_answers first 20 180
remembers "in its first turn"

step "the gateway takes calls of OpenAI's clients, and of no page of another origin"
call "$gateway/v1/models" >"$scratch/models.json"
grep -q '"id": *"mistral"' "$scratch/models.json" || fail "/v1/models has the model's name"
call "$gateway/" >"$scratch/page"
grep -qi '<title>' "$scratch/page" || fail "there is a page"
[[ $(ask_gateway -d "$(chat 1 48)" | content) == "$(head -n 1 "$scratch/first" | cut -d ' ' -f 2-)" ]] ||
  fail "an answer over HTTP is the one that the topics have"
[[ $(status -H 'Host: elsewhere.example' "$gateway/v1/models") == 403 ]] || fail "the gateway is called by its own names alone"
[[ $(status -H 'Origin: http://elsewhere.example' "$gateway/v1/models") == 403 ]] || fail "pages of other origins may not call the gateway"
[[ $(ask_gateway -d "$(chat 1 8 ', "temprature": 1')" | grep -c '"param": *"temprature"') == 1 ]] || fail "a wrong field is refused by its name"

step "streams through the gateway"
streams quiet 35
wait
all_complete quiet 35
call "$gateway/metrics" >"$scratch/metrics"
grep -q '^vllm:time_to_first_token_seconds_bucket{.*le="+Inf"} 36' "$scratch/metrics" || fail "the gateway's metrics count 36 answers"

step "kill -9 of the TaskManager in mid-stream"
for count in 16 35 70 140 0; do
  ((count > 0)) || fail "an answer is being written when the TaskManager is killed"
  before=$(restarts taskmanager)
  rm -f "$scratch"/cut-*
  caught=1
  killed_in_mid_stream cut $count || caught=0
  within 60 restarted taskmanager "$before" || fail "the TaskManager starts again"
  all_complete cut $count
  await_healthy "after the TaskManager was killed in mid-stream"
  within 60 shows_metrics || fail "Prometheus finds the metrics of the TaskManager that has started again"
  ((caught == 0)) || break
done

step "kill -9 of the gateway"
before=$(restarts gateway)
ask_gateway -d "$(chat 3 400 ', "ignore_eos": true')" -H 'Idempotency-Key: once' >"$scratch/once" &
sleep 1
kill_process gateway || fail "the gateway can be killed"
wait || true
within 60 restarted gateway "$before" || fail "the gateway starts again"
await_healthy "after the gateway was killed"
for attempt in 1 2; do
  ask_gateway -d "$(chat 3 400 ', "ignore_eos": true')" -H 'Idempotency-Key: once' >"$scratch/once$attempt"
  [[ $(content <"$scratch/once$attempt") == "$(stream_text "$scratch/quiet-3")" ]] || fail "a call with an Idempotency-Key can be repeated"
done
[[ $(sed -E 's/.*"id": ?"([^"]*)".*/\1/' "$scratch/once1") == "$(sed -E 's/.*"id": ?"([^"]*)".*/\1/' "$scratch/once2")" ]] ||
  fail "a call with an Idempotency-Key is answered once"

step "API keys"
add_key() {
  echo "$1 $(printf %s "$2" | docker compose exec -T gateway sha256sum | cut -d ' ' -f 1)" >>"$scratch/gateway/keys"
  chmod a+r "$scratch/gateway/keys"
}
add_key alice sk-alice
GATEWAY_KEYS=/gateway/keys up || fail "docker compose up -d with API keys"
await_healthy "with API keys"
[[ $(status "$gateway/v1/models") == 401 ]] || fail "without a key nobody is let in"
[[ $(status -H 'Authorization: Bearer sk-alice' "$gateway/v1/models") == 200 ]] || fail "with a key one is let in"
[[ $(status -H 'Authorization: Bearer sk-bob' "$gateway/v1/models") == 401 ]] || fail "with a wrong key nobody is let in"
add_key bob sk-bob
[[ $(status -H 'Authorization: Bearer sk-bob' "$gateway/v1/models") == 200 ]] || fail "a new key is known without a restart"
up || fail "docker compose up -d without API keys"
await_healthy "without API keys"

step "kill -9 of the TaskManager"
before=$(restarts taskmanager)
killed_while_asked taskmanager
within 60 restarted taskmanager "$before" || fail "the TaskManager starts again"
await_answers taskmanager 20 180
await_healthy "after the TaskManager was killed"
step "    all answered $((answered_at - killed_at)) s later"

step "kill -9 of the JobManager"
killed_while_asked jobmanager
await_answers jobmanager 20 180
await_healthy "after the JobManager was killed"
step "    all answered $((answered_at - killed_at)) s later"

step "kill -9 of the broker"
before=$(restarts broker)
killed_while_asked broker
within 60 restarted broker "$before" || fail "the broker starts again"
await_answers broker 20 240
await_healthy "after the broker was killed"
step "    all answered $((answered_at - killed_at)) s later"

step "kill -9 of the JobManager, seven times in a row"
for attempt in 1 2 3 4 5 6 7; do
  before=$(restarts jobmanager)
  within 60 kill_process jobmanager || fail "the JobManager can be killed"
  within 120 restarted jobmanager "$before" || fail "the JobManager starts again, the ${attempt}th time, too"
done
await_healthy "after seven crashes"
remembers "after seven crashes of the JobManager"
(($(in_jobmanager find /data/checkpoints -mindepth 1 -maxdepth 1 | wc -l) <= 2)) || fail "checkpoints of earlier jobs are deleted"

step "a JobManager whose job does not run is not called healthy"
quietly docker compose stop taskmanager
not_healthy() {
  [[ $(inspect jobmanager '{{.State.Health.Status}}') != healthy ]]
}
within 90 not_healthy || fail "the JobManager is unhealthy without a TaskManager"
up
await_healthy "after the TaskManager came back"

# Meanwhile the TaskManager looks for a JobManager that comes and goes.
step "a model that cannot be read, for a while"
chmod 000 "$scratch/models/$MODEL"
if quietly docker compose run --rm --no-deps check-model; then
  step "    skipped: files that are shared with this engine can be read by everybody"
  chmod a+r "$scratch/models/$MODEL"
else
  tail -n 20 "$log" | grep -q "cannot read $MODEL" || fail "it says that the model cannot be read"
  before=$(restarts jobmanager)
  kill_process jobmanager
  within 180 restarted jobmanager $((before + 6)) || fail "the JobManager tries again and again"
  chmod a+r "$scratch/models/$MODEL"
  await_healthy "once the model can be read"
  remembers "when the model can be read again"
fi

step "stop with a savepoint"
# shellcheck disable=SC2016 # to be expanded in the container
in_jobmanager bash -c 'flink stop --savepointPath /data/savepoints $(flink list -r 2>/dev/null | grep -oE "[0-9a-f]{32}")' \
  >"$scratch/stop" 2>>"$log" || fail "flink stop"
savepoint=$(grep -oE '/data/savepoints/savepoint-[0-9a-f-]+' "$scratch/stop" | tail -n 1) || fail "flink stop prints the savepoint's path"
stopped() {
  [[ $(inspect jobmanager '{{.State.Status}} {{.State.ExitCode}}') == "exited 0" ]]
}
within 60 stopped || fail "the JobManager ends with exit code 0 after the savepoint"
sleep 5
stopped || fail "the JobManager stays down after the savepoint"

step "go on from $savepoint"
requests savepoint 20 | ask
up || fail "docker compose up -d after the savepoint"
await_healthy "after the savepoint"
docker compose logs jobmanager 2>>"$log" | grep "Starting from" | tail -n 1 | grep -qF "$savepoint" || fail "the job starts from its savepoint"
await_answers savepoint 20 180
remembers "after the savepoint"

step "upgrade to another image"
image=$(inspect jobmanager '{{.Image}}')
requests upgrade 20 | ask
REVISION=2 up --build || fail "docker compose up -d --build"
await_healthy "after the upgrade"
[[ $(inspect jobmanager '{{.Image}}') != "$image" ]] || fail "the JobManager has the new image"
[[ $(inspect taskmanager '{{.Image}}') != "$image" ]] || fail "the TaskManager has the new image"
await_answers upgrade 20 180
remembers "after the upgrade"

step "rescale to two TaskManagers"
export TASKMANAGERS=2 PARALLELISM=2
requests rescale 20 | ask
up || fail "docker compose up -d with two TaskManagers"
await_healthy "after rescaling"
(($(in_jobmanager curl -s http://localhost:8081/taskmanagers | grep -o '"freeSlots":0' | wc -l) == 2)) || fail "both TaskManagers work"
await_answers rescale 20 180
remembers "on two TaskManagers"

step "down, and up again"
quietly docker compose down || fail "docker compose down"
docker volume ls -q | sort | comm -13 "$scratch/volumes" - >"$scratch/new"
(($(wc -l <"$scratch/new") == 2)) || fail "\"down\" leaves the two volumes of compose.yaml, and no others: $(tr '\n' ' ' <"$scratch/new")"
up || fail "docker compose up -d after down"
await_healthy "after down and up"
remembers "after down and up"

step "down -v"
quietly docker compose down -v || fail "docker compose down -v"
[[ $(docker volume ls -q | sort | comm -13 "$scratch/volumes" - | wc -l) -eq 0 ]] || fail "\"down -v\" leaves no volume"
[[ $(docker ps -aq --filter "label=com.docker.compose.project=$COMPOSE_PROJECT_NAME" | wc -l) -eq 0 ]] || fail "\"down -v\" leaves no container"
[[ $(docker network ls -q --filter "label=com.docker.compose.project=$COMPOSE_PROJECT_NAME" | wc -l) -eq 0 ]] || fail "\"down -v\" leaves no network"
step "all of it holds"
