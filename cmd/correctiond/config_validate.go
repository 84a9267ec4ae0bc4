package main

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"correctiond/web/provider"
)

// findings collects what is wrong with a configuration.
type findings struct{ all []error }

func (f *findings) add(path, format string, args ...any) {
	f.all = append(f.all, fmt.Errorf("%s: %s", path, fmt.Sprintf(format, args...)))
}

func (f *findings) oneOf(path, value string, allowed ...string) {
	if !slices.Contains(allowed, value) {
		f.add(path, "%q is not known; use %s", value, strings.Join(allowed, " or "))
	}
}

func (f *findings) between(path string, value, least, most int) {
	if value < least || value > most {
		f.add(path, "%d is out of range; use %d to %d", value, least, most)
	}
}

func (f *findings) positive(path string, d time.Duration) {
	if d <= 0 {
		f.add(path, "must be longer than zero, for example 720h")
	}
}

func (f *findings) hostPort(path, value string) {
	_, port, err := net.SplitHostPort(value)
	if err != nil || port == "" {
		f.add(path, "%q is not an address; write it like 127.0.0.1:8080", value)
	}
}

// url checks that value has a host, one of the schemes that want names, and no
// password. The message leaves the value out: it may hold one.
func (f *findings) url(path, value, want string) {
	u, err := url.Parse(value)
	if err != nil || u.Host == "" || !strings.Contains(want, u.Scheme+"://") {
		f.add(path, "not understood; write it like %s", want)
		return
	}
	if _, has := u.User.Password(); has || u.Query().Has("password") {
		f.add(path, "holds a password; put it in a file or the environment")
	}
}

func (f *findings) pair(path, cert, key string) {
	if (cert == "") != (key == "") {
		f.add(path, "cert_file and key_file go together; give both or none")
	}
}

// validate reports every problem of the configuration at once; it opens no
// connection and no file.
func (cfg *config) validate() error {
	f := &findings{}
	cfg.validateGeneral(f)
	cfg.MQTT.validate(f, cfg.insecure, cfg.Journal.URL)
	cfg.Journal.validate(f)
	cfg.Store.validate(f)
	cfg.HTTP.validate(f)
	cfg.Alerts.WorkingHours.validate(f)
	cfg.Alerts.validateChannels(f)
	return errors.Join(f.all...)
}

func (cfg *config) validateGeneral(f *findings) {
	if _, err := time.LoadLocation(cfg.Zone); err != nil || cfg.Zone == "" {
		f.add("zone", "%q is not a time zone; write it like Asia/Shanghai", cfg.Zone)
	}
	if cfg.DataDir == "" {
		f.add("data_dir", "is empty; name a directory")
	}
	f.oneOf("language", cfg.Language, "zh", "en")
	f.oneOf("security.cipher", cfg.Security.Cipher, "aes-gcm", "sm4-gcm")
	f.oneOf("security.audit_hash", cfg.Security.AuditHash, "sha256", "sm3")
	f.oneOf("log.level", cfg.Log.Level, "debug", "info", "warn", "error")
	f.oneOf("log.format", cfg.Log.Format, "text", "json")
	f.between("limits.batch_events", cfg.Limits.BatchEvents, 1, 4096)
	f.between("limits.max_inflight", cfg.Limits.MaxInflight, 1, 65535)
	cfg.State.validate(f, cfg.insecure)
}

func (m *mqttConfig) validate(f *findings, insecure bool, journalURL string) {
	if m.embedded() {
		m.validateListener(f, insecure)
	} else {
		f.url("mqtt.url", m.URL, "embedded, mqtt://host:1883 or mqtts://host:8883")
	}
	m.validateSharing(f, journalURL)
	f.pair("mqtt", m.CertFile, m.KeyFile)
	if m.Prefix == "" || strings.ContainsAny(m.Prefix, "+#/$ \x00") {
		f.add("mqtt.prefix", "%q is not one topic level; write it like jz", m.Prefix)
	}
	if strings.ContainsAny(m.TraccarTopic, "+#\x00") || m.TraccarTopic == "" {
		f.add("mqtt.traccar_topic", "%q is not a topic; write it like traccar/positions", m.TraccarTopic)
	}
	for _, a := range m.Adapters {
		f.oneOf("mqtt.adapters", a, "native", "owntracks", "traccar")
	}
	if !slices.Contains(m.Adapters, "native") {
		f.add("mqtt.adapters", "native is always on; keep it in the list")
	}
	if slices.Contains(m.Adapters, "traccar") && m.embedded() {
		f.add("mqtt.adapters", "Traccar forwards by MQTT 5, which the embedded broker does not speak; use a Mosquitto or EMQX")
	}
}

func (m *mqttConfig) validateListener(f *findings, insecure bool) {
	f.hostPort("mqtt.listen", m.Listen)
	f.pair("mqtt.tls", m.TLS.CertFile, m.TLS.KeyFile)
	if m.TLS.ClientCAFile != "" && m.TLS.CertFile == "" {
		f.add("mqtt.tls.client_ca_file", "needs cert_file and key_file")
	}
	if !loopback(m.Listen) && m.TLS.CertFile == "" && !insecure {
		f.add("mqtt.listen", "%s is reachable from other machines without TLS; "+
			"set mqtt.tls.cert_file and key_file, or pass --insecure", m.Listen)
	}
}

// validateSharing refuses shared subscriptions where they are granted and then
// never delivered: the broker of NATS, embedded or not.
func (m *mqttConfig) validateSharing(f *findings, journalURL string) {
	f.between("mqtt.connections", m.Connections, 1, 64)
	if m.Connections > 1 && m.ShareGroup == "" {
		f.add("mqtt.connections", "more than one needs mqtt.share_group; without it each would receive everything")
	}
	switch {
	case m.ShareGroup == "":
	case strings.ContainsAny(m.ShareGroup, "+#/ \x00"):
		f.add("mqtt.share_group", "%q is not a group name; write it like jz", m.ShareGroup)
	case m.embedded():
		f.add("mqtt.share_group", "the embedded broker delivers nothing to shared subscriptions; leave it empty")
	case natsHosts(journalURL)[hostOf(m.URL)]:
		f.add("mqtt.share_group", "a NATS broker delivers nothing to shared subscriptions; leave it empty")
	}
}

func (m *mqttConfig) embedded() bool { return m.URL == "embedded" }

func (j *journalConfig) validate(f *findings) {
	for u := range strings.SplitSeq(j.URL, ",") {
		if j.URL != "embedded" {
			f.url("journal.url", natsURL(u), "embedded or nats://a:4222,b:4222")
		}
	}
	f.between("journal.replicas", j.Replicas, 1, 5)
	if j.Replicas > 1 && j.URL == "embedded" {
		f.add("journal.replicas", "the embedded journal has one replica; use nats://… for more")
	}
	if j.MaxBytes < 64<<20 {
		f.add("journal.max_bytes", "must be at least 64MiB")
	}
	f.positive("journal.max_age", j.MaxAge)
}

func (s *storeConfig) validate(f *findings) {
	f.oneOf("store.kind", s.Kind, "sqlite", "influxdb")
	f.url("store.influxdb.url", s.InfluxDB.URL, "http://host:8086 or https://host:8086")
	f.positive("store.influxdb.retention", s.InfluxDB.Retention)
	f.positive("store.retention.location", s.Retention.Location)
	f.positive("store.retention.checkin", s.Retention.Checkin)
	f.positive("store.retention.status", s.Retention.Status)
	f.positive("store.retention.alerts", s.Retention.Alerts)
	// 网络安全法 Article 21: logs are kept for at least six months.
	if s.Retention.Audit < leastAudit {
		f.add("store.retention.audit", "is shorter than six months; use 4380h or more")
	}
}

func (h *httpConfig) validate(f *findings) {
	f.hostPort("http.listen", h.Listen)
	if h.MetricsListen != "" {
		f.hostPort("http.metrics_listen", h.MetricsListen)
	}
	f.pair("http.tls", h.TLS.CertFile, h.TLS.KeyFile)
	f.url("http.public_url", h.PublicURL, "http://host:8080 or https://host")
	f.oneOf("http.tiles.datum", h.Tiles.Datum, "wgs84", "cgcs2000", "gcj02", "bd09")
	h.OIDC.validate(f)
}

func (o *oidcConfig) validate(f *findings) {
	if o.Issuer == "" {
		if o.ClientID != "" || o.ClientSecretFile != "" {
			f.add("http.oidc.issuer", "is empty, so client_id and client_secret_file serve nothing; name the provider, or leave them empty, too")
		}
		return
	}
	if u, err := url.Parse(o.Issuer); err != nil || !provider.Trusted(o.Issuer) || u.RawQuery != "" || u.Fragment != "" {
		f.add("http.oidc.issuer", "not understood; write it like https://host/realm (http:// on this machine only)")
	}
	if o.ClientID == "" {
		f.add("http.oidc.client_id", "is empty; name what the provider knows this service by")
	}
	if o.RoleClaim == "" {
		f.add("http.oidc.role_claim", "is empty; name the claim that holds the role")
	}
	if o.OfficeClaim == "" {
		f.add("http.oidc.office_claim", "is empty; name the claim that holds the office")
	}
}

func (h *hoursConfig) validate(f *findings) {
	from, errFrom := time.Parse("15:04", h.From)
	until, errUntil := time.Parse("15:04", h.Until)
	if errFrom != nil || errUntil != nil || !from.Before(until) {
		f.add("alerts.working_hours", "from %q until %q is not a span of a day; write it like 08:30 and 17:30", h.From, h.Until)
	}
	for _, d := range h.Days {
		f.oneOf("alerts.working_hours.days", d, "mon", "tue", "wed", "thu", "fri", "sat", "sun")
	}
}

// filesReadable checks that every file the configuration names can be read,
// and that certificates are certificates.
func (cfg *config) filesReadable() error {
	var all []error
	for _, l := range leaves(cfg) {
		if !strings.HasSuffix(l.path, "file") || l.value.String() == "" {
			continue
		}
		file, err := os.Open(l.value.String())
		if err != nil {
			all = append(all, fmt.Errorf("%s: %w", l.path, err))
			continue
		}
		file.Close()
	}
	if len(all) > 0 {
		return errors.Join(all...)
	}
	_, listener := cfg.MQTT.TLS.server()
	_, client := cfg.MQTT.clientTLS("")
	_, pages := serverTLS("http.tls", cfg.HTTP.TLS.CertFile, cfg.HTTP.TLS.KeyFile)
	_, channels := cfg.openChannels(nil)
	return errors.Join(listener, client, pages, channels)
}

// loopback tells whether only this machine can reach the address.
func loopback(hostPort string) bool {
	host, _, err := net.SplitHostPort(hostPort)
	if err != nil {
		return false
	}
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.IsLoopback()
}

func natsHosts(journalURL string) map[string]bool {
	hosts := map[string]bool{}
	for u := range strings.SplitSeq(journalURL, ",") {
		hosts[hostOf(natsURL(u))] = true
	}
	delete(hosts, "")
	return hosts
}

// natsURL completes the later members of a list such as "nats://a:4222,b:4222".
func natsURL(member string) string {
	member = strings.TrimSpace(member)
	if !strings.Contains(member, "://") {
		return "nats://" + member
	}
	return member
}

func hostOf(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	return u.Hostname()
}
