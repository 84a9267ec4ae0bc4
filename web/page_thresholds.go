package web

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"correctiond/roster"
	"correctiond/rules"
)

// Comparing is what a comparison of rules is asked for.
type Comparing struct {
	District roster.DistrictID
	By       string
	Lang     string
	Rules    []byte // a rule file
	Since    roster.Instant
}

// ErrComparing is what Thresholds answers while it compares for somebody else.
var ErrComparing = errors.New("another comparison runs")

// Thresholds knows the rules in force in a district, and tells what others would have
// meant for its recorded history; who asked is recorded. Counts names nobody.
type Thresholds interface {
	RulesOf(d roster.DistrictID) rules.Config
	Compare(ctx context.Context, c Comparing) (report string, err error)
	Counts(ctx context.Context, c Comparing) (Counts, error)
	// ComparedDistricts are those whose history is here.
	ComparedDistricts() []roster.DistrictID
}

// Counts are what two rule sets found in one history, in figures alone.
type Counts struct {
	From, Until  time.Time
	Now, Next    CountedSet
	Kinds        []CountedKind
	Lost, Weaker int // confirmed alerts that would be missed, or weigh less
}

// CountedSet is what one rule set found.
type CountedSet struct {
	Version                           string
	Alerts, Urgent, Judged, Confirmed int
}

// CountedKind is what happens to the alerts of one kind.
type CountedKind struct {
	Kind                            rules.Kind
	Now, Next, Appear, Vanish, Move int
}

// thresholdsView is the page of the thresholds in force.
type thresholdsView struct {
	base
	At           string
	RulesVersion string
	Lines        []thresholdLine
	Overrides    []rules.Change
	CanCompare   bool
	Days         int
	Typed        string
	Report       string
	Changes      []rules.Change // that the candidate makes
	Notice       string
}

// thresholdLine is a key with its value, and the built-in one if that differs.
type thresholdLine struct{ Key, Value, Default string }

// Spans are how many days may be compared.
func (*thresholdsView) Spans() []int { return []int{7, 14, 31} }

// compareTime is how long a comparison may take.
const compareTime = 2 * time.Minute

func (s *Server) thresholdsView(r *http.Request, c *caller) *thresholdsView {
	cfg := s.deps.Thresholds.RulesOf(c.scope.District)
	v := &thresholdsView{base: s.base(r, c), At: "thresholds", RulesVersion: cfg.Version(), Days: 7, CanCompare: c.Role.may(manageRoster) && c.scope.Hidden == ""}
	v.Lines, v.Overrides = thresholdLines(cfg)
	return v
}

// thresholdLines are the values in force by key, and what overrides change.
func thresholdLines(cfg rules.Config) (lines []thresholdLine, overrides []rules.Change) {
	builtIn, values := rules.DefaultConfig().Values(), cfg.Values()
	for key, value := range values {
		line := thresholdLine{Key: key, Value: value}
		if builtIn[key] != value {
			line.Default = builtIn[key]
		}
		lines = append(lines, line)
	}
	slices.SortFunc(lines, func(a, b thresholdLine) int { return strings.Compare(a.Key, b.Key) })
	plain := cfg
	plain.Overrides = nil
	return lines, rules.Changes(plain, cfg)
}

// thresholdsPage shows the thresholds in force, and the form to compare others.
func (s *Server) thresholdsPage(w http.ResponseWriter, r *http.Request, c *caller) {
	s.render(w, r, http.StatusOK, "thresholds.html", s.thresholdsView(r, c))
}

// submitComparison says what a rule file would have meant; it changes nothing.
func (s *Server) submitComparison(w http.ResponseWriter, r *http.Request, c *caller) {
	v := s.thresholdsView(r, c)
	if !v.CanCompare {
		s.fail(w, r, c, problem{Status: http.StatusForbidden, Detail: "the report may name people whose file is sealed: this needs the right to see them"})
		return
	}
	v.Typed = r.PostFormValue("rules")
	if days, err := strconv.Atoi(r.PostFormValue("days")); err == nil && slices.Contains(v.Spans(), days) {
		v.Days = days
	}
	candidate, err := rules.ReadConfig(bytes.NewReader([]byte(v.Typed)), v.T("规则文件", "rule file"))
	if err != nil {
		v.Notice = err.Error()
		s.render(w, r, http.StatusUnprocessableEntity, "thresholds.html", v)
		return
	}
	v.Changes = rules.Changes(s.deps.Thresholds.RulesOf(c.scope.District), candidate)
	// A server without such a deadline takes its time anyway.
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(compareTime + time.Minute))
	ctx, cancel := context.WithTimeout(r.Context(), compareTime)
	defer cancel()
	since := roster.InstantOf(time.Now()) - roster.Instant(v.Days)*roster.Day
	v.Report, err = s.deps.Thresholds.Compare(ctx, Comparing{c.scope.District, c.Name, c.lang, []byte(v.Typed), since})
	status := http.StatusOK
	if err != nil {
		if status, v.Notice = v.notCompared(err); status == 0 {
			s.broken(w, r, c, err)
			return
		}
	}
	s.render(w, r, status, "thresholds.html", v)
}

// notCompared explains why there is no comparison; 0: it is not known why.
func (l words) notCompared(err error) (status int, says string) {
	switch {
	case errors.Is(err, ErrComparing):
		return http.StatusConflict, l.T("正在为他人比较，请稍后再试。", "Another comparison runs; try again soon.")
	case errors.Is(err, context.DeadlineExceeded):
		return http.StatusServiceUnavailable, l.T("两分钟内没有算完：请缩短期间，或者由运维用 correctiond replay --compare 计算。", "Not done within two minutes: choose fewer days, or let operations run correctiond replay --compare.")
	}
	return 0, ""
}
