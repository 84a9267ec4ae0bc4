package main

import (
	"encoding/json"
	"go/ast"
	"go/token"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

type ruleFile struct {
	Groups []struct {
		Name  string
		Rules []struct {
			Alert, Expr, For    string
			Labels, Annotations map[string]string
		}
	}
}

// The rules hold their cases, by Prometheus' own tool.
func TestPrometheusFiles(t *testing.T) {
	promtool := tool(t, "promtool")
	for _, argv := range [][]string{
		{"check", "config", "prometheus.yml"},
		{"check", "rules", "rules.yml"},
		{"test", "rules", "rules_test.yml"},
	} {
		c := exec.Command(promtool, argv...)
		c.Dir = "../../deploy/prometheus"
		if out, err := c.CombinedOutput(); err != nil {
			t.Errorf("promtool %s: %v\n%s", strings.Join(argv, " "), err, out)
		}
	}
}

// Every alert has a case in which it fires, one in which it is quiet, and an
// entry in the runbook.
func TestAlertsAreTestedAndExplained(t *testing.T) {
	var rules ruleFile
	strictYAML(t, "prometheus/rules.yml", &rules)
	var cases struct {
		RuleFiles []string `yaml:"rule_files"`
		Interval  string   `yaml:"evaluation_interval"`
		Tests     []struct {
			Interval string
			Input    []any `yaml:"input_series"`
			Alerts   []struct {
				Name   string `yaml:"alertname"`
				Time   string `yaml:"eval_time"`
				Expect []any  `yaml:"exp_alerts"`
			} `yaml:"alert_rule_test"`
		}
	}
	strictYAML(t, "prometheus/rules_test.yml", &cases)
	fires, quiet := map[string]bool{}, map[string]bool{}
	for _, one := range cases.Tests {
		for _, a := range one.Alerts {
			fires[a.Name] = fires[a.Name] || len(a.Expect) > 0
			quiet[a.Name] = quiet[a.Name] || len(a.Expect) == 0
		}
	}
	runbook, err := os.ReadFile("../../docs/runbook.md")
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, r := range rules.Groups[0].Rules {
		known[r.Alert] = true
		for what, holds := range map[string]bool{
			"a case in which it fires": fires[r.Alert], "a case in which it is quiet": quiet[r.Alert],
			"an entry in docs/runbook.md":      strings.Contains(string(runbook), "\n## "+r.Alert+"\n"),
			"a link to that entry":             r.Annotations["runbook"] == "docs/runbook.md#"+strings.ToLower(r.Alert),
			"severity critical or warning":     r.Labels["severity"] == "critical" || r.Labels["severity"] == "warning",
			"a summary that says what happens": len(r.Annotations["summary"]) > 20,
		} {
			if !holds {
				t.Errorf("%s: wants %s", r.Alert, what)
			}
		}
	}
	for _, entry := range regexp.MustCompile(`(?m)^## (Correctiond\S+)$`).FindAllStringSubmatch(string(runbook), -1) {
		if !known[entry[1]] {
			t.Errorf("docs/runbook.md explains %s, which is no alert", entry[1])
		}
	}
}

// Rules, dashboard and guide name only metrics that the daemon has.
func TestMetricsExist(t *testing.T) {
	known := metricNames(t)
	guide, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	name := regexp.MustCompile(`correctiond_[a-z0-9_]+`)
	for file, text := range map[string]string{
		"rules.yml":      deployed(t, "prometheus/rules.yml"),
		"rules_test.yml": deployed(t, "prometheus/rules_test.yml"),
		"dashboard.json": deployed(t, "grafana/dashboard.json"),
		"operations.md":  string(guide),
	} {
		found := name.FindAllString(text, -1)
		if len(found) == 0 {
			t.Errorf("%s: no metric", file)
		}
		for _, m := range found {
			if base := regexp.MustCompile(`_(bucket|sum|count)$`).ReplaceAllString(m, ""); !known[m] && !known[base] {
				t.Errorf("%s: nobody exports %s", file, m)
			}
		}
	}
}

// metricNames collects the names of our metrics from the sources: a counter that
// has not counted yet is on no page of a running daemon.
func metricNames(t *testing.T) map[string]bool {
	t.Helper()
	known := map[string]bool{}
	for _, s := range sources(t) {
		if s.test || !imports(s.ast, "github.com/prometheus/client_golang/prometheus") {
			continue
		}
		words, subsystems := literals(s.ast)
		for _, w := range words {
			known[w], known["correctiond_"+w] = true, true
			for _, sub := range subsystems {
				known["correctiond_"+sub+"_"+w] = true
			}
		}
	}
	return known
}

func imports(file *ast.File, path string) bool {
	for _, spec := range file.Imports {
		if spec.Path.Value == strconv.Quote(path) {
			return true
		}
	}
	return false
}

// literals lists the strings in a file, and those that name a subsystem.
func literals(file *ast.File) (words, subsystems []string) {
	text := func(n ast.Node) (string, bool) {
		lit, ok := n.(*ast.BasicLit)
		if !ok || lit.Kind != token.STRING {
			return "", false
		}
		s, err := strconv.Unquote(lit.Value)
		return s, err == nil && s != ""
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if w, ok := text(n); ok {
			words = append(words, w)
		}
		if kv, ok := n.(*ast.KeyValueExpr); ok {
			key, isName := kv.Key.(*ast.Ident)
			if w, ok := text(kv.Value); ok && isName && key.Name == "Subsystem" {
				subsystems = append(subsystems, w)
			}
		}
		return true
	})
	return words, subsystems
}

func TestDashboard(t *testing.T) {
	var board struct {
		UID, Title string
		Panels     []struct {
			ID      int
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal([]byte(deployed(t, "grafana/dashboard.json")), &board); err != nil {
		t.Fatal(err)
	}
	ids := map[int]bool{}
	for _, p := range board.Panels {
		if ids[p.ID] || p.Title == "" || len(p.Targets) == 0 {
			t.Errorf("panel %d %q: its id is taken, or it has no title or shows nothing", p.ID, p.Title)
		}
		ids[p.ID] = true
	}
	promtool := tool(t, "promtool")
	rules := "groups:\n- name: board\n  rules:\n"
	for _, p := range board.Panels {
		for _, q := range p.Targets {
			rules += "  - {record: 'board', expr: " + strconv.Quote(q.Expr) + ", labels: {panel: " + strconv.Quote(p.Title+q.Expr) + "}}\n"
		}
	}
	c := exec.Command(promtool, "check", "rules", "/dev/stdin")
	c.Stdin = strings.NewReader(rules)
	if out, err := c.CombinedOutput(); err != nil {
		t.Errorf("a query is not PromQL: %v\n%s", err, out)
	}
}
