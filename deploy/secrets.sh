#!/usr/bin/env bash
# Makes what compose.yaml and rehearse.sh need to start: random passwords and
# tokens, an authority of our own, and the broker's certificate.
#
#   secrets.sh DIRECTORY [HOST...]     HOST: names and addresses devices use
#
# What exists is kept. Replace server.pem and server.key by a certificate of your
# own authority before devices go out: they trust ca.pem.
set -euo pipefail
umask 077

dir=${1:?usage: secrets.sh DIRECTORY [HOST...]}
shift
mkdir -p "$dir"
cd "$dir"

for name in mqtt_password influxdb_password influxdb_token grafana_password; do
	[ -e "$name" ] || openssl rand -hex 24 | tr -d '\n' >"$name"
done

names=DNS:localhost,DNS:mosquitto,IP:127.0.0.1
for host in "$@"; do
	if [[ $host =~ ^[0-9.]+$ || $host == *:* ]]; then names+=",IP:$host"; else names+=",DNS:$host"; fi
done

if [ ! -e ca.pem ]; then
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj "/CN=correctiond broker CA" \
		-addext basicConstraints=critical,CA:TRUE,pathlen:0 -addext keyUsage=critical,keyCertSign \
		-keyout ca.key -out ca.pem 2>/dev/null
fi
if [ ! -e server.pem ]; then
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=correctiond broker" \
		-keyout server.key -out server.csr 2>/dev/null
	openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 397 -out server.pem \
		-extfile <(printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth\n' "$names") 2>/dev/null
	rm -f server.csr
fi

# Devices are added with: mosquitto_passwd -b passwd DEVICE PASSWORD
if [ ! -e passwd ]; then
	command -v mosquitto_passwd >/dev/null || {
		echo "secrets: no mosquitto_passwd here; install mosquitto (Debian: mosquitto), then repeat" >&2
		exit 1
	}
	mosquitto_passwd -c -b passwd correctiond "$(cat mqtt_password)"
fi

# Containers run under ids of their own and read these through mounts.
chmod 0644 ca.pem server.pem
if [ "$(id -u)" -eq 0 ]; then
	chown 1883:1883 passwd server.key
	chown 65532:65532 mqtt_password
	chown 472:472 grafana_password
	chown 1000:1000 influxdb_password
	# The daemon and InfluxDB both read the token.
	chown 1000:65532 influxdb_token
	chmod 0440 influxdb_token
else
	echo "secrets: not root: give passwd and server.key to uid 1883, mqtt_password to 65532, grafana_password to 472," \
		"influxdb_password to 1000, influxdb_token to 1000:65532 with mode 0440" >&2
fi
