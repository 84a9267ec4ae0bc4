package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	"correctiond/roster"
	"correctiond/rules"
	"correctiond/strict"

	"go.yaml.in/yaml/v3"
)

// config is the configuration file; its keys are described, with their
// defaults, in deploy/correctiond.example.yaml. Secrets are never in it: a key
// tagged secret names a file, and the secret itself may come from the
// environment instead (see secret).
type config struct {
	Zone     string         `yaml:"zone"`
	Language string         `yaml:"language"`
	DataDir  string         `yaml:"data_dir"`
	MQTT     mqttConfig     `yaml:"mqtt"`
	Journal  journalConfig  `yaml:"journal"`
	Store    storeConfig    `yaml:"store"`
	State    stateConfig    `yaml:"state"`
	HTTP     httpConfig     `yaml:"http"`
	Rules    rulesConfig    `yaml:"rules"`
	Alerts   alertsConfig   `yaml:"alerts"`
	Security securityConfig `yaml:"security"`
	Limits   limitsConfig   `yaml:"limits"`
	Log      logConfig      `yaml:"log"`

	// insecure allows an MQTT listener without TLS on any address (--insecure).
	insecure bool
	// acceptLoss starts without what an unusable snapshot holds (--accept-loss).
	acceptLoss bool
	getenv     func(string) string
}

type mqttConfig struct {
	URL          string      `yaml:"url"`
	Listen       string      `yaml:"listen"`
	TLS          listenerTLS `yaml:"tls"`
	CAFile       string      `yaml:"ca_file"`
	CertFile     string      `yaml:"cert_file"`
	KeyFile      string      `yaml:"key_file"`
	Username     string      `yaml:"username"`
	PasswordFile string      `yaml:"password_file" secret:"yes"`
	ClientID     string      `yaml:"client_id"`
	Prefix       string      `yaml:"prefix"`
	ShareGroup   string      `yaml:"share_group"`
	Connections  int         `yaml:"connections"`
	Adapters     []string    `yaml:"adapters,flow"`
	TraccarTopic string      `yaml:"traccar_topic"`
}

type listenerTLS struct {
	CertFile     string `yaml:"cert_file"`
	KeyFile      string `yaml:"key_file"`
	ClientCAFile string `yaml:"client_ca_file"`
}

type journalConfig struct {
	URL             string        `yaml:"url"`
	CredentialsFile string        `yaml:"credentials_file"`
	Replicas        int           `yaml:"replicas"`
	MaxBytes        byteSize      `yaml:"max_bytes"`
	MaxAge          time.Duration `yaml:"max_age"`
}

type storeConfig struct {
	Kind      string          `yaml:"kind"`
	InfluxDB  influxConfig    `yaml:"influxdb"`
	Retention retentionConfig `yaml:"retention"`
}

type influxConfig struct {
	URL          string        `yaml:"url"`
	Org          string        `yaml:"org"`
	Bucket       string        `yaml:"bucket"`
	TokenFile    string        `yaml:"token_file" secret:"yes"`
	Gzip         bool          `yaml:"gzip"`
	CreateBucket bool          `yaml:"create_bucket"`
	Retention    time.Duration `yaml:"retention"`
}

type retentionConfig struct {
	Location time.Duration `yaml:"location"`
	Checkin  time.Duration `yaml:"checkin"`
	Status   time.Duration `yaml:"status"`
	Alerts   time.Duration `yaml:"alerts"`
	Audit    time.Duration `yaml:"audit"`
}

type stateConfig struct {
	URL          string `yaml:"url"`
	PasswordFile string `yaml:"password_file" secret:"yes"`
}

type httpConfig struct {
	Listen        string      `yaml:"listen"`
	MetricsListen string      `yaml:"metrics_listen"`
	TLS           tlsPair     `yaml:"tls"`
	PublicURL     string      `yaml:"public_url"`
	OIDC          oidcConfig  `yaml:"oidc"`
	Tiles         tilesConfig `yaml:"tiles"`
}

type tlsPair struct {
	CertFile string `yaml:"cert_file"`
	KeyFile  string `yaml:"key_file"`
}

type oidcConfig struct {
	Issuer           string `yaml:"issuer"`
	ClientID         string `yaml:"client_id"`
	ClientSecretFile string `yaml:"client_secret_file" secret:"yes"`
	RoleClaim        string `yaml:"role_claim"`
	OfficeClaim      string `yaml:"office_claim"`
}

type tilesConfig struct {
	URL         string `yaml:"url"`
	Attribution string `yaml:"attribution"`
	Datum       string `yaml:"datum"`
	PMTilesFile string `yaml:"pmtiles_file"`
}

type rulesConfig struct {
	File         string `yaml:"file"`
	LadderFile   string `yaml:"ladder_file"`
	PlansDir     string `yaml:"plans_dir"`
	CalendarFile string `yaml:"calendar_file"`
}

type alertsConfig struct {
	WorkingHours hoursConfig     `yaml:"working_hours"`
	ChainsFile   string          `yaml:"chains_file"`
	Channels     []channelConfig `yaml:"channels"`
}

type hoursConfig struct {
	From  string   `yaml:"from"`
	Until string   `yaml:"until"`
	Days  []string `yaml:"days,flow"`
}

// channelConfig is one way to notify people; which further keys it has depends
// on its kind.
type channelConfig struct {
	Name       string           `yaml:"name"`
	Kind       string           `yaml:"kind"`
	Severities []rules.Severity `yaml:"severities,flow,omitempty"`
	// Office: the group is of this office; empty: of the district.
	Office  roster.OfficeID `yaml:"office,omitempty"`
	Group   bool            `yaml:"group,omitempty"`
	Options map[string]any  `yaml:",inline"`

	nodes map[string]*yaml.Node
}

type securityConfig struct {
	FieldKeyFile string `yaml:"field_key_file"`
	Cipher       string `yaml:"cipher"`
	AuditHash    string `yaml:"audit_hash"`
}

type limitsConfig struct {
	BatchEvents int `yaml:"batch_events"`
	MaxInflight int `yaml:"max_inflight"`
}

type logConfig struct {
	Level  string `yaml:"level"`
	Format string `yaml:"format"`
}

func defaultConfig() *config {
	const halfYear = 4380 * time.Hour
	return &config{
		Zone: "Asia/Shanghai", Language: "zh", DataDir: "./data",
		MQTT: mqttConfig{
			URL: "embedded", Listen: "127.0.0.1:1883", Prefix: "jz", Connections: 1,
			Adapters: []string{"native"}, TraccarTopic: "traccar/positions",
		},
		Journal: journalConfig{URL: "embedded", Replicas: 1, MaxBytes: 20 << 30, MaxAge: 720 * time.Hour},
		Store: storeConfig{
			Kind: "sqlite",
			InfluxDB: influxConfig{
				URL: "http://127.0.0.1:8086", Org: "jz", Bucket: "jz",
				Gzip: true, CreateBucket: true, Retention: halfYear,
			},
			Retention: retentionConfig{Location: halfYear, Checkin: 4 * halfYear, Status: halfYear, Alerts: 6 * halfYear, Audit: 6 * halfYear},
		},
		State: stateConfig{URL: "sqlite"},
		HTTP: httpConfig{
			Listen: "127.0.0.1:8080", MetricsListen: "127.0.0.1:9464", PublicURL: "http://127.0.0.1:8080",
			OIDC:  oidcConfig{RoleClaim: "roles", OfficeClaim: "office"},
			Tiles: tilesConfig{Datum: "wgs84"},
		},
		Alerts: alertsConfig{
			WorkingHours: hoursConfig{From: "08:30", Until: "17:30", Days: []string{"mon", "tue", "wed", "thu", "fri"}},
			Channels:     []channelConfig{},
		},
		Security: securityConfig{Cipher: "aes-gcm", AuditHash: "sha256"},
		Limits:   limitsConfig{BatchEvents: 512, MaxInflight: 65535},
		Log:      logConfig{Level: "info", Format: "text"},
	}
}

// configKeyUsage marks the flags that are keys of the configuration file.
const configKeyUsage = "key of the configuration file"

// configFlags declares --config, --data, --insecure and every configuration key
// on fs. The function it returns loads the configuration: defaults, then the
// file, then environment and flags, then validation; it refuses what nobody has
// built yet. In a daemon it is the daemon's own.
func configFlags(fs *flag.FlagSet) func(c *call) (*config, error) {
	var sets []setting
	set := func(path string) func(string) error {
		return func(value string) error {
			sets = append(sets, setting{path, value})
			return nil
		}
	}
	file := fs.String("config", "", "configuration `FILE`; without it, the defaults")
	fs.Func("data", "data `DIR`, the same as --data_dir", set("data_dir"))
	insecure := fs.Bool("insecure", false, "allow MQTT without TLS on other than loopback addresses")
	for _, leaf := range leaves(defaultConfig()) {
		fs.Func(leaf.path, configKeyUsage, set(leaf.path))
	}
	return func(c *call) (*config, error) {
		if c.host != nil {
			return c.host.cfg, nil
		}
		cfg := defaultConfig()
		cfg.insecure, cfg.getenv = *insecure, c.env
		if err := cfg.readFile(*file); err != nil {
			return nil, err
		}
		if err := cfg.apply(sets); err != nil {
			return nil, err
		}
		if err := cfg.validate(); err != nil {
			return nil, invalid(err)
		}
		return cfg, invalid(cfg.unbuilt())
	}
}

func (cfg *config) readFile(name string) error {
	if name == "" {
		return nil
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return fmt.Errorf("read configuration: %w", err)
	}
	return invalid(decodeConfig(data, name, cfg))
}

// decodeConfig reads the YAML in data over cfg. Its error has one line per
// problem, each with name, line and, for an unknown key, the nearest known one.
func decodeConfig(data []byte, name string, cfg *config) error {
	_, err := strict.Decode(data, name, cfg)
	return err
}

// secret returns what a secret key such as "mqtt.password_file" stands for: the
// environment variable without _FILE (CORRECTIOND_MQTT_PASSWORD), else the
// content of the file, else nothing.
func (cfg *config) secret(path string) (string, error) {
	if value := cfg.fromEnv(path); value != "" {
		return value, nil
	}
	leaf, ok := leafAt(cfg, path)
	if !ok || !leaf.secret || leaf.value.String() == "" {
		return "", nil
	}
	data, err := os.ReadFile(leaf.value.String())
	if err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	return strings.TrimRight(string(data), "\r\n"), nil
}

func (cfg *config) fromEnv(path string) string {
	if cfg.getenv == nil {
		return ""
	}
	return cfg.getenv(envName(strings.TrimSuffix(path, "_file")))
}
