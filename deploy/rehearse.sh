#!/usr/bin/env bash
# Rehearses the deployment without containers: Mosquitto with the shipped profile,
# the daemon behind it, and the Prometheus files, from the programs of this
# machine, on ports of its own, in a temporary folder. It ends what it started.
#
#   rehearse.sh            run the checks and end
#   rehearse.sh --stay     keep everything up until Ctrl-C
#
# CORRECTIOND names the program; without it it is built. Needs mosquitto,
# mosquitto-clients, openssl, curl and promtool (Debian: prometheus).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
PATH=$PATH:/usr/sbin

work=$(mktemp -d)
pids=()
finish() {
	local code=$? pid
	trap - EXIT INT TERM
	for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
	for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
	if [ "$code" -ne 0 ]; then tail -n 20 "$work"/*.log >&2 || true; fi
	rm -rf "$work"
	exit "$code"
}
trap finish EXIT
trap 'exit 130' INT TERM

say() { echo "rehearse: $*"; }
die() {
	echo "rehearse: FAILED: $*" >&2
	exit 1
}
for tool in mosquitto mosquitto_pub mosquitto_sub mosquitto_passwd openssl curl promtool; do
	command -v "$tool" >/dev/null || die "$tool is not installed"
done

# A port nobody listens on, below those of outgoing connections.
port() {
	local p
	while p=$((15000 + RANDOM % 17000)); do
		(exec 3<>"/dev/tcp/127.0.0.1/$p") 2>/dev/null || break
	done
	echo "$p"
}
# until SECONDS WHAT COMMAND...: repeats the command until it succeeds.
until_ok() {
	local end=$((SECONDS + $1)) what=$2
	shift 2
	until "$@" >/dev/null 2>&1; do
		[ "$SECONDS" -lt "$end" ] || die "$what"
		sleep 0.1
	done
}

say "1. prometheus: configuration, rules and their cases"
promtool check config "$here/prometheus/prometheus.yml" >/dev/null
(cd "$here/prometheus" && promtool test rules rules_test.yml) >/dev/null

say "2. mosquitto with the shipped profile, TLS and ACL"
"$here/secrets.sh" "$work/secrets" >/dev/null 2>&1
device_password=$(openssl rand -hex 12)
mosquitto_passwd -b "$work/secrets/passwd" W1 "$device_password"
cp "$here/mosquitto/acl" "$work/secrets/acl"
mkdir "$work/broker"
mqtt=$(port)
sed -e "s#/mosquitto/config/#$work/secrets/#; s#/mosquitto/data/#$work/broker/#" \
	-e "s#^listener 8883#listener $mqtt 127.0.0.1#" "$here/mosquitto/mosquitto.conf" >"$work/mosquitto.conf"
# As root Mosquitto would drop to a user who may not read our folder.
[ "$(id -u)" -ne 0 ] || echo "user root" >>"$work/mosquitto.conf"
mosquitto -c "$work/mosquitto.conf" >"$work/mosquitto.log" 2>&1 &
pids+=($!)
until_ok 10 "mosquitto does not listen" bash -c "exec 3<>/dev/tcp/127.0.0.1/$mqtt"

say "3. the daemon, on the configuration of compose.yaml"
if [ -z "${CORRECTIOND:-}" ]; then
	CORRECTIOND=$work/correctiond
	(cd "$here/.." && go build -o "$CORRECTIOND" ./cmd/correctiond)
fi
http=127.0.0.1:$(port)
metrics=127.0.0.1:$(port)
# Elsewhere in the container: data, broker, secrets. No InfluxDB here: SQLite.
settings=(--config "$here/compose/correctiond.yaml" --data "$work/data" --mqtt.url "mqtts://localhost:$mqtt"
	--mqtt.ca_file "$work/secrets/ca.pem" --mqtt.password_file "$work/secrets/mqtt_password"
	--store.kind sqlite --store.influxdb.url http://127.0.0.1:8086 --store.influxdb.token_file "" --http.listen "$http" --http.metrics_listen "$metrics")
"$CORRECTIOND" check --offline "${settings[@]}" >/dev/null
"$CORRECTIOND" serve "${settings[@]}" >"$work/daemon.log" 2>&1 &
daemon=$!
pids+=("$daemon")
until_ok 20 "the daemon is not ready" curl -fsS "http://$http/readyz"

say "4. a device reaches the daemon; under another's topic it does not"
publish() {
	mosquitto_pub -h localhost -p "$mqtt" --cafile "$work/secrets/ca.pem" -i any -u W1 -P "$device_password" -q 1 -t "$1" -m "$2"
}
received() { curl -fsS "http://$metrics/metrics" | grep -q "^correctiond_ingest_received_total $1\$"; }
publish jz/v1/W2/status '{"id":"a1","event":"sos","time":1}'
publish jz/v1/W1/status '{"id":"a2","event":"sos","time":1}'
until_ok 10 "the device's message did not arrive" received 1
publish jz/v1/W1/status '{"id":"a3","event":"sos","time":1}'
until_ok 10 "more or less than the device's two messages arrived" received 2

if [ "${1:-}" = --stay ]; then
	say "pages http://$http, metrics http://$metrics/metrics, broker mqtts://localhost:$mqtt; Ctrl-C ends it"
	wait "$daemon" || true
fi

say "5. the daemon ends when told to"
kill -TERM "$daemon"
wait "$daemon" || die "the daemon ended with $?"
say "ok"
