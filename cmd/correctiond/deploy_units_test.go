package main

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// systemd knows every directive of the unit, and the unit confines the daemon.
func TestSystemdUnit(t *testing.T) {
	unit := deployed(t, "systemd/correctiond.service")
	for _, line := range []string{
		"User=correctiond", "NoNewPrivileges=yes", "ProtectSystem=strict", "CapabilityBoundingSet=", "Restart=always",
		"StateDirectory=correctiond", "SystemCallFilter=@system-service", "ExecReload=/bin/kill -HUP $MAINPID",
	} {
		if !strings.Contains(unit, "\n"+line+"\n") {
			t.Errorf("the unit lacks %s", line)
		}
	}
	analyze := systemd(t, "systemd-analyze")
	name := filepath.Join(t.TempDir(), "correctiond.service")
	// It also wants the program to be there.
	installed := strings.ReplaceAll(unit, "/usr/bin/correctiond", "/bin/true")
	if err := os.WriteFile(name, []byte(installed), 0o600); err != nil {
		t.Fatal(err)
	}
	// An unknown directive is only a warning.
	if out, err := exec.Command(analyze, "verify", "--man=no", name).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("systemd-analyze verify: %v\n%s", err, out)
	}
}

// systemd finds one of its programs; a machine without systemd has none, and CI
// may be one.
func systemd(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("%s is not installed", name)
	}
	return path
}

func TestSysusersAndTmpfiles(t *testing.T) {
	sysusers := systemd(t, "systemd-sysusers")
	out, err := exec.Command(sysusers, "--dry-run", "--root="+t.TempDir(), abs(t, "systemd/correctiond.sysusers")).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "correctiond") {
		t.Errorf("systemd-sysusers: %v\n%s", err, out)
	}
	form := regexp.MustCompile(`^d (/[a-z/]+) 07[05]0 (root|correctiond) correctiond -$`)
	for line := range strings.Lines(deployed(t, "systemd/correctiond.tmpfiles")) {
		if line = strings.TrimSpace(line); !strings.HasPrefix(line, "#") && !form.MatchString(line) {
			t.Errorf("tmpfiles: %q is open to others or not understood", line)
		}
	}
}

func abs(t *testing.T, name string) string {
	t.Helper()
	full, err := filepath.Abs(filepath.Join("../../deploy", name))
	if err != nil {
		t.Fatal(err)
	}
	return full
}

// Every shipped file is named in the guide, and the guide names no other.
func TestDeployFilesAreDocumented(t *testing.T) {
	guide, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	var shipped []string
	err = filepath.WalkDir("../../deploy", func(path string, e fs.DirEntry, err error) error {
		name, _ := filepath.Rel("../..", path)
		inSecrets := strings.HasPrefix(name, "deploy/secrets/")
		if err == nil && !e.IsDir() && !inSecrets {
			shipped = append(shipped, filepath.ToSlash(name))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range shipped {
		if !strings.Contains(string(guide), "`"+name+"`") {
			t.Errorf("docs/operations.md does not name `%s`", name)
		}
	}
	for _, named := range regexp.MustCompile("`(deploy/[^` *]+[^`/ *])`").FindAllStringSubmatch(string(guide), -1) {
		if !slices.Contains(shipped, named[1]) {
			t.Errorf("docs/operations.md names %s, which is not shipped", named[1])
		}
	}
}

// The whole deployment is rehearsed with the programs of this machine.
func TestRehearsal(t *testing.T) {
	for _, name := range []string{"mosquitto", "mosquitto_pub", "mosquitto_passwd", "openssl", "curl", "promtool", "bash"} {
		tool(t, name)
	}
	bin, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	if bin, err = filepath.Abs(bin); err != nil {
		t.Fatal(err)
	}
	p := start(t, []string{"CORRECTIOND=" + bin}, abs(t, "rehearse.sh"))
	p.ended(90 * time.Second)
	if code := p.cmd.ProcessState.ExitCode(); code != 0 || !strings.HasSuffix(p.log.String(), "rehearse: ok\n") {
		t.Errorf("rehearse.sh: exit %d\n%s", code, p.log)
	}
}
