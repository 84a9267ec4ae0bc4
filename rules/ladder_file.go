package rules

import (
	_ "embed"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"

	"correctiond/roster"
	"correctiond/strict"
)

//go:embed ladder.yaml
var builtInLadder []byte

// Ladder is a legal ladder read from its file: which confirmed facts let the
// agency propose which measure. It never changes and is safe for concurrent use.
type Ladder struct{ file ladderFile }

// ladderFile is the file as it is written; ladder.yaml explains its keys.
type ladderFile struct {
	Version   int                 `yaml:"version"`
	ReportIn  ladderReportIn      `yaml:"report_in"`
	Episodes  map[factKind][]Kind `yaml:"episodes"`
	Measures  []ladderMeasure     `yaml:"measures"`
	Rows      []ladderRow         `yaml:"rows"`
	Article29 []ladderGround      `yaml:"article29"`
	Checklist []Text              `yaml:"checklist"`
}

type ladderReportIn struct {
	Days         int  `yaml:"days"`
	RollHolidays bool `yaml:"roll_holidays"`
}

type ladderMeasure struct {
	ID   Measure `yaml:"id"`
	Text `yaml:",inline"`
}

type ladderRow struct {
	ID            string               `yaml:"id"`
	On            []factKind           `yaml:"on"`
	Kinds         []roster.SubjectKind `yaml:"kinds"`
	ParoleMedical bool                 `yaml:"parole_medical"`
	Over          *ladderLength        `yaml:"over"`
	After         map[factKind]int     `yaml:"after"`
	Still         *bool                `yaml:"still"`
	Propose       Measure              `yaml:"propose"`
	Article       string               `yaml:"article"`
	Text          `yaml:",inline"`
}

type ladderLength struct {
	Days   int `yaml:"days"`
	Months int `yaml:"months"`
}

type ladderGround struct {
	Ground     int        `yaml:"ground"`
	On         []factKind `yaml:"on"`
	FollowedBy factKind   `yaml:"followed_by"`
	Proposed   []Measure  `yaml:"proposed"`
	Text       `yaml:",inline"`
}

func (g *ladderGround) row() string { return "article29-" + strconv.Itoa(g.Ground) }

func (r *ladderRow) still() bool { return r.Still == nil || *r.Still }

// concerns reports whether a row is for subjects like this one.
func (r *ladderRow) concerns(f *ladderFacts) bool {
	return (len(r.Kinds) == 0 || slices.Contains(r.Kinds, f.Kind)) && (!r.ParoleMedical || f.ParoleMedical)
}

// DefaultLadder returns the built-in ladder; the error is one of the build.
func DefaultLadder() (*Ladder, error) { return parseLadder(builtInLadder, "ladder.yaml") }

// ReadLadder reads a ladder file, whole: nothing of the built-in one is kept. The
// error names the line or the row.
func ReadLadder(r io.Reader, name string) (*Ladder, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxRuleFile))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return parseLadder(b, name)
}

func parseLadder(b []byte, name string) (*Ladder, error) {
	l := new(Ladder)
	if _, err := strict.Decode(b, name, &l.file); err != nil {
		return nil, err
	}
	if err := l.validate(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return l, nil
}

// gravity orders measures and the facts that record them; -1: is none.
func (l *Ladder) gravity(m Measure) int {
	return slices.IndexFunc(l.file.Measures, func(x ladderMeasure) bool { return x.ID == m })
}

func (l *Ladder) label(m Measure) Text {
	if i := l.gravity(m); i >= 0 {
		return l.file.Measures[i].Text
	}
	return Text{string(m), string(m)}
}

func (l *Ladder) place(row string) int {
	return slices.IndexFunc(l.file.Rows, func(r ladderRow) bool { return r.ID == row })
}

// fact is what a confirmed episode of a kind is; "": nothing of the ladder.
func (l *Ladder) fact(k Kind) factKind {
	for _, what := range slices.Sorted(maps.Keys(l.file.Episodes)) {
		if slices.Contains(l.file.Episodes[what], k) {
			return what
		}
	}
	return ""
}

func (l *Ladder) validate() error {
	var errs []error
	for _, chk := range l.requirements() {
		if !chk.ok {
			errs = append(errs, errors.New("must be "+chk.what))
		}
	}
	seen := map[string]bool{}
	for i := range l.file.Rows {
		row := &l.file.Rows[i]
		if seen[row.ID] {
			errs = append(errs, fmt.Errorf("rows[%d]: id %q is used twice", i, row.ID))
		}
		seen[row.ID] = true
		for _, chk := range row.requirements(l) {
			if !chk.ok {
				errs = append(errs, fmt.Errorf("rows[%d] %s: must be %s", i, row.ID, chk.what))
			}
		}
	}
	for i := range l.file.Article29 {
		if g := &l.file.Article29[i]; !g.valid(l) {
			errs = append(errs, fmt.Errorf("article29[%d]: must be a ground of 1 to 5 on known facts or proposals, with zh and en", i))
		}
	}
	return errors.Join(errs...)
}

func (l *Ladder) requirements() []requirement {
	f := &l.file
	return []requirement{
		{f.Version == 1, "version: 1"},
		{f.ReportIn.Days > 0 && f.ReportIn.Days <= 100, "report_in.days: 1 to 100"},
		{knownFacts(slices.Collect(maps.Keys(f.Episodes))...), "episodes: known facts"},
		{
			len(f.Measures) > 0 && !slices.ContainsFunc(f.Measures, func(m ladderMeasure) bool { return !knownMeasure(m.ID) || !m.complete() }),
			"measures: known ones, with zh and en",
		},
		{!slices.ContainsFunc(f.Checklist, func(t Text) bool { return !t.complete() }), "checklist: lines with zh and en"},
	}
}

func (r *ladderRow) requirements(l *Ladder) []requirement {
	return []requirement{
		{r.ID != "" && r.Article != "" && r.complete(), "with id, article, zh and en"},
		{len(r.On) > 0 && knownFacts(r.On...), "on known facts"},
		{
			knownFacts(slices.Collect(maps.Keys(r.After))...) && !slices.ContainsFunc(slices.Collect(maps.Values(r.After)), func(n int) bool { return n < 1 }),
			"after known decisions, at least one each",
		},
		{r.Over == nil || r.Over.valid(), "over 0 to 1000 days, or 1 to 120 months"},
		{l.gravity(r.Propose) >= 0, "propose: one of the measures"},
		{
			!slices.ContainsFunc(r.kinds(), func(k roster.SubjectKind) bool { return !lawful(k, r.Propose) }),
			fmt.Sprintf("kinds: the law knows no %s for one of them", r.Propose),
		},
	}
}

func (v *ladderLength) valid() bool {
	return v.Days >= 0 && v.Days <= 1000 && v.Months >= 0 && v.Months <= 120 && (v.Days == 0 || v.Months == 0)
}

func (g *ladderGround) valid(l *Ladder) bool {
	return g.Ground >= 1 && g.Ground <= 5 && g.complete() && len(g.On)+len(g.Proposed) > 0 && knownFacts(g.On...) &&
		(g.FollowedBy == "" || knownFacts(g.FollowedBy)) &&
		!slices.ContainsFunc(g.Proposed, func(m Measure) bool { return l.gravity(m) < 0 })
}

func (t Text) complete() bool { return t.ZH != "" && t.EN != "" }

// kinds are the subjects a row is for: all, unless it names some.
func (r *ladderRow) kinds() []roster.SubjectKind {
	if len(r.Kinds) == 0 {
		return []roster.SubjectKind{roster.Control, roster.Probation, roster.Parole, roster.Medical}
	}
	return r.Kinds
}

// lawful reports whether the law knows a measure for a kind of subject, whatever a
// file says: no public-security penalty for parole (治安管理处罚法 names the others
// only), and nobody is revoked or committed but whose sentence allows it.
func lawful(k roster.SubjectKind, m Measure) bool {
	switch m {
	case "penalty":
		return k == roster.Control || k == roster.Probation || k == roster.Medical
	case "revoke_probation":
		return k == roster.Probation
	case "revoke_parole":
		return k == roster.Parole
	case "commit":
		return k == roster.Medical
	}
	return k == roster.Control || k == roster.Probation || k == roster.Parole || k == roster.Medical
}

func knownMeasure(m Measure) bool {
	return slices.Contains([]Measure{"admonition", "warning", "penalty", "revoke_probation", "revoke_parole", "commit"}, m)
}

func knownFacts(all ...factKind) bool {
	known := []factKind{
		factNotReported, factAbsconding, factReviewOverdue, factWhereaboutsRefused, factReportingBreach, factLeftUnapproved,
		factRulesBreach, factGraveBreach, factPunishableBreach, factOrderBreach, factOrderBreachSerious,
		factEducation, factAdmonition, factWarning, factPenalty,
	}
	return !slices.ContainsFunc(all, func(k factKind) bool { return !slices.Contains(known, k) })
}
