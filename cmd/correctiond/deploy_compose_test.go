package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// composeFile is the part of the Compose specification that we use. A key that is
// not here (privileged, pid, devices, network_mode …) is refused.
type composeFile struct {
	Name     string
	Hardened any `yaml:"x-hardened"`
	Services map[string]composeService
	Networks map[string]struct{ Internal bool }
	Volumes  map[string]struct{}
	Secrets  map[string]struct{ File string }
}

type composeService struct {
	Image           string
	Build           struct{ Context, Dockerfile string }
	User            string
	Command         []string
	Restart         string
	ReadOnly        bool     `yaml:"read_only"`
	CapDrop         []string `yaml:"cap_drop"`
	SecurityOpt     []string `yaml:"security_opt"`
	StopGracePeriod string   `yaml:"stop_grace_period"`
	Logging         struct {
		Driver  string
		Options map[string]string
	}
	DependsOn   map[string]struct{ Condition string } `yaml:"depends_on"`
	Networks    []string
	Ports       []string
	Volumes     []string
	Tmpfs       []string
	Environment map[string]string
	Secrets     []string
	Healthcheck *struct {
		Test        []string
		Interval    string
		Timeout     string
		StartPeriod string `yaml:"start_period"`
	}
}

// deployed reads a file of the folder deploy.
func deployed(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("../../deploy", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// strictYAML decodes a file into a schema without unknown keys.
func strictYAML(t *testing.T, name string, into any) {
	t.Helper()
	dec := yaml.NewDecoder(strings.NewReader(deployed(t, name)))
	dec.KnownFields(true)
	if err := dec.Decode(into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

func readCompose(t *testing.T) composeFile {
	t.Helper()
	var file composeFile
	strictYAML(t, "compose.yaml", &file)
	return file
}

// Nothing runs as root, may write where it wants or follows a moving tag.
func TestComposeServicesAreConfined(t *testing.T) {
	pinned := regexp.MustCompile(`^[a-z0-9./-]+:v?\d+\.\d+(\.\d+)?$`)
	for name, s := range readCompose(t).Services {
		for what, holds := range map[string]bool{
			"an image pinned to a version":   pinned.MatchString(s.Image),
			"a user that is not root":        regexp.MustCompile(`^[1-9]\d*:[1-9]\d*$`).MatchString(s.User),
			"a read-only root":               s.ReadOnly,
			"no capabilities":                slices.Equal(s.CapDrop, []string{"ALL"}),
			"no new privileges":              slices.Equal(s.SecurityOpt, []string{"no-new-privileges:true"}),
			"a restart policy":               s.Restart == "unless-stopped",
			"bounded logs":                   s.Logging.Options["max-size"] != "" && s.Logging.Options["max-file"] != "",
			"a health check with a time-out": s.Healthcheck != nil && len(s.Healthcheck.Test) > 1 && s.Healthcheck.Timeout != "",
		} {
			if !holds {
				t.Errorf("service %s: wants %s", name, what)
			}
		}
		for _, p := range s.Ports {
			if p != "8883:8883" && !strings.HasPrefix(p, "127.0.0.1:") {
				t.Errorf("service %s: port %s is open to everybody; only MQTT over TLS may be", name, p)
			}
		}
		for key, value := range s.Environment {
			if regexp.MustCompile(`(?i)password|token`).MatchString(key) && !strings.HasPrefix(value, "/run/secrets/") {
				t.Errorf("service %s: %s holds a secret itself", name, key)
			}
		}
	}
}

// Whatever a service names is declared, and whatever is declared is used.
func TestComposeNamesMeet(t *testing.T) {
	file := readCompose(t)
	used := map[string]bool{}
	use := func(service, kind, name string, declared bool) {
		used[kind+" "+name] = true
		if !declared {
			t.Errorf("service %s: %s %s is not declared", service, kind, name)
		}
	}
	for service, s := range file.Services {
		for _, n := range s.Networks {
			_, ok := file.Networks[n]
			use(service, "network", n, ok)
		}
		for _, n := range s.Secrets {
			_, ok := file.Secrets[n]
			use(service, "secret", n, ok)
		}
		for n := range s.DependsOn {
			use(service, "service", n, file.Services[n].Healthcheck != nil)
		}
		for _, v := range s.Volumes {
			if from, _, _ := strings.Cut(v, ":"); !strings.ContainsAny(from, "./") {
				_, ok := file.Volumes[from]
				use(service, "volume", from, ok)
			}
		}
	}
	for _, n := range slices.Concat(names("network", file.Networks), names("volume", file.Volumes), names("secret", file.Secrets)) {
		if !used[n] {
			t.Errorf("%s is declared and not used", n)
		}
	}
}

func names[V any](kind string, m map[string]V) (list []string) {
	for n := range m {
		list = append(list, kind+" "+n)
	}
	return list
}

// Every file of ours that is mounted exists and is read-only; every secret is one
// that secrets.sh makes.
func TestComposeFilesExist(t *testing.T) {
	tool(t, "openssl")
	tool(t, "mosquitto_passwd")
	dir := t.TempDir()
	made := exec.Command("../../deploy/secrets.sh", filepath.Join(dir, "secrets"), "broker.example", "192.0.2.1")
	made.Env = append(os.Environ(), "PATH="+os.Getenv("PATH")+":/usr/sbin")
	if out, err := made.CombinedOutput(); err != nil {
		t.Fatalf("secrets.sh: %v\n%s", err, out)
	}
	exists := func(name string) bool {
		base := "../../deploy"
		if strings.HasPrefix(name, "./secrets/") {
			base = dir
		}
		_, err := os.Stat(filepath.Join(base, name))
		return err == nil
	}
	file := readCompose(t)
	for name, s := range file.Secrets {
		if !exists(s.File) {
			t.Errorf("secret %s: secrets.sh does not make %s", name, s.File)
		}
	}
	for service, s := range file.Services {
		for _, v := range s.Volumes {
			parts := strings.Split(v, ":")
			if !strings.ContainsAny(parts[0], "./") {
				continue
			}
			if parts[0] != "/" && !exists(parts[0]) {
				t.Errorf("service %s: %s does not exist", service, parts[0])
			}
			if len(parts) != 3 || !strings.HasPrefix(parts[2], "ro") {
				t.Errorf("service %s: %s is not read-only", service, v)
			}
		}
	}
}

// The daemon's own configuration is valid, and says what compose.yaml arranges.
func TestComposeConfiguration(t *testing.T) {
	cfg := defaultConfig()
	if err := decodeConfig([]byte(deployed(t, "compose/correctiond.yaml")), "compose/correctiond.yaml", cfg); err != nil {
		t.Fatal(err)
	}
	if err := cfg.validate(); err != nil {
		t.Error(err)
	}
	file := readCompose(t)
	s := file.Services["correctiond"]
	for _, name := range []string{cfg.MQTT.CAFile, cfg.MQTT.PasswordFile, cfg.Store.InfluxDB.TokenFile} {
		if secret, ok := strings.CutPrefix(name, "/run/secrets/"); !ok || !slices.Contains(s.Secrets, secret) {
			t.Errorf("%s is not a secret of the service", name)
		}
	}
	if !slices.Contains(s.Volumes, "state:"+cfg.DataDir) {
		t.Errorf("data_dir %s is not in the volume", cfg.DataDir)
	}
	influx := file.Services["influxdb"].Environment
	if influx["DOCKER_INFLUXDB_INIT_ORG"] != cfg.Store.InfluxDB.Org || influx["DOCKER_INFLUXDB_INIT_BUCKET"] != cfg.Store.InfluxDB.Bucket {
		t.Error("organisation or bucket differ between InfluxDB and the daemon")
	}
}

func TestDockerfile(t *testing.T) {
	text := deployed(t, "Dockerfile")
	for _, from := range regexp.MustCompile(`(?m)^FROM (\S+)`).FindAllStringSubmatch(text, -1) {
		if !regexp.MustCompile(`:\d+\.\d+(\.\d+)?-(bookworm|slim)$`).MatchString(from[1]) {
			t.Errorf("FROM %s is not pinned", from[1])
		}
	}
	user := readCompose(t).Services["correctiond"].User
	if !strings.Contains(text, "\nUSER "+user+"\n") {
		t.Errorf("the image and compose.yaml disagree on the user %s", user)
	}
	mod, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	version := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindSubmatch(mod)[1]
	if !strings.Contains(text, "FROM golang:"+string(version)+".") {
		t.Errorf("the image is not built with Go %s of go.mod", version)
	}
}
