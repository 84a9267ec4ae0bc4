package rules_test

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"correctiond/roster"
	"correctiond/rules"

	"pgregory.net/rapid"
)

func ladder(t testing.TB) *rules.Ladder {
	t.Helper()
	l, err := rules.DefaultLadder()
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// facts reads "absconding 06-01..06-05; warning 06-03": what, since when, and for
// states until when. Their ids count from f1.
func facts(cal *roster.Calendar, kind, text string) *rules.Facts {
	f := &rules.Facts{Kind: roster.SubjectKind(strings.TrimSuffix(kind, "+")), ParoleMedical: strings.HasSuffix(kind, "+")}
	for i, part := range strings.Split(text, ";") {
		words := strings.Fields(part)
		if len(words) < 2 {
			continue
		}
		from, until, _ := strings.Cut(words[1], "..")
		fact := rules.Fact{What: rules.FactKind(words[0]), At: localDay(cal, from), ID: fmt.Sprintf("f%d", i+1)}
		if until != "" {
			fact.Until = localDay(cal, until)
		}
		f.List = append(f.List, fact)
	}
	return f
}

// localDay is 00:00 of "06-01", or that instant of "06-01T18:00", in 2026.
func localDay(cal *roster.Calendar, s string) roster.Instant {
	day, clock, ok := strings.Cut(s, "T")
	if len(day) == len("06-01") {
		day = "2026-" + day
	}
	t := cal.Start(roster.Date{Day: day})
	if ok {
		var h, m roster.Instant
		_, _ = fmt.Sscanf(clock, "%d:%d", &h, &m)
		t += h*roster.Hour + m*roster.Minute
	}
	return t
}

// said writes proposals as "warning 办法35(2) since 06-01 then revoke_probation 07-02".
func said(cal *roster.Calendar, all []rules.Proposal) string {
	var out []string
	for _, p := range all {
		text := fmt.Sprintf("%s %s since %s", p.Measure, p.Article, cal.Day(p.Since)[5:])
		if p.Measure == rules.MeasureWristband {
			text = strings.TrimPrefix(p.Row, "article")
		}
		if p.Next != 0 {
			text += fmt.Sprintf(" then %s %s", p.Then, cal.Day(p.Next)[5:])
		}
		out = append(out, text)
	}
	return strings.Join(out, "; ")
}

func TestLadder(t *testing.T) {
	l, cal := ladder(t), roster.NewCalendar(nil)
	for _, tc := range []struct{ kind, facts, now, want string }{
		{"probation", "", "06-01", ""},
		// 脱管: the day it began does not count.
		{"probation", "absconding 06-01", "06-01T23:59", ""},
		{"probation", "absconding 06-01", "06-02", "admonition 办法34(1) since 06-01 then warning 06-12"},
		{"probation", "absconding 06-01", "06-11T23:59", "admonition 办法34(1) since 06-01 then warning 06-12"},
		{"probation", "absconding 06-01", "06-12", "warning 办法35(2) since 06-01 then revoke_probation 07-02"},
		{"probation", "absconding 06-01", "07-01T23:59", "warning 办法35(2) since 06-01 then revoke_probation 07-02"},
		{"probation", "absconding 06-01", "07-02", "revoke_probation 办法46(2) 法释543 since 06-01; 29-5"},
		{"parole", "absconding 06-01", "07-02", "revoke_parole 办法47(1) 法释543 since 06-01; 29-5"},
		{"control", "absconding 06-01", "07-02", "penalty 办法36 since 06-01"},
		{"medical", "absconding 06-01", "07-02", "warning 办法35(2) since 06-01"},
		{"probation", "absconding 01-31", "02-28T23:59", "warning 办法35(2) since 01-31 then revoke_probation 03-01"},
		{"probation", "absconding 01-31", "03-01", "revoke_probation 办法46(2) 法释543 since 01-31; 29-5"},
		{"probation", "absconding 06-01..06-11T18:00", "08-01", "admonition 办法34(1) since 06-01"},
		{"probation", "absconding 06-01..06-12T08:00", "08-01", "warning 办法35(2) since 06-01"},
		{"probation", "absconding 06-01..06-01T20:00", "08-01", ""},
		{"probation", "not_reported 03-11", "03-12", "admonition 办法34(1) since 03-11 then warning 03-22"},
		// What was done answers.
		{"probation", "absconding 06-01; admonition 06-03", "06-05", ""},
		{"probation", "absconding 06-01; admonition 06-01", "06-05", "admonition 办法34(1) since 06-01 then warning 06-12"},
		{"probation", "absconding 06-01; admonition 06-03", "06-12", "warning 办法35(2) since 06-01 then revoke_probation 07-02"},
		{"probation", "left_unapproved 06-01; warning 06-02", "06-05", "29-2"}, // the ground stays on record
		// Breaches.
		{"probation", "reporting_breach 06-01", "06-02", "admonition 办法34(2) since 06-01"},
		{"parole", "grave_breach 06-01", "06-02", "warning 办法35(3) since 06-01"},
		{"probation", "reporting_breach 05-01; reporting_breach 06-01", "06-02", "admonition 办法34(2) since 05-01"},
		{"probation", "left_unapproved 06-01", "06-02", "admonition 办法34(2) since 06-01; 29-2"},
		{"probation", "admonition 04-01; admonition 05-01; rules_breach 06-01", "06-02", "warning 办法35(5) since 06-01"},
		{"probation", "admonition 04-01; admonition 06-01; rules_breach 06-01", "06-02", ""},
		{"probation", "warning 04-01; warning 05-01; rules_breach 06-01", "06-02", "revoke_probation 办法46(4) 法释543 since 06-01; 29-5"},
		{"parole", "warning 04-01; warning 05-01; rules_breach 06-01", "06-02", "revoke_parole 办法47(2) 法释543 since 06-01; 29-5"},
		{"medical", "warning 04-01; warning 05-01; rules_breach 06-01", "06-02", "commit 办法49(4) 法释516(4) since 06-01; 29-5"},
		{"medical", "warning 04-01; warning 05-01", "06-02", ""},
		{"probation", "warning 05-01; rules_breach 06-01", "06-02", "admonition 办法34(2) since 06-01"},
		{"control", "warning 05-01; rules_breach 06-01", "06-02", "penalty 办法36 since 06-01"},
		{"control", "warning 04-01; warning 05-01; penalty 05-02; rules_breach 06-01", "06-02", "penalty 办法36 since 06-01; 29-4"},
		{"probation", "penalty 05-01; rules_breach 06-01", "06-02", "revoke_probation 办法46(3) 法释543 since 06-01; 29-4; 29-5"},
		{"medical", "penalty 05-01; rules_breach 06-01", "06-02", "commit 办法49(3) 法释516(3) since 06-01; 29-4; 29-5"},
		{"parole", "penalty 05-01; rules_breach 06-01", "06-02", "admonition 办法34(2) since 06-01; 29-4"},
		{"probation", "punishable_breach 06-01", "06-02", "penalty 办法36 since 06-01"},
		{"parole", "punishable_breach 06-01", "06-02", "warning 办法35(3) since 06-01"},
		// Orders.
		{"probation", "order_breach 06-01", "06-02", "warning 办法35(1) since 06-01; 29-1"},
		{"probation", "order_breach_serious 06-01", "06-02", "revoke_probation 办法46(1) 法释543 since 06-01; 29-1; 29-5"},
		{"control", "order_breach_serious 06-01", "06-02", "penalty 刑法38 since 06-01; 29-1"},
		// Medical.
		{"medical", "warning 05-01; left_unapproved 06-01", "06-02", "commit 办法49(2) 法释516(2) since 06-01; 29-2; 29-5"},
		{"medical", "left_unapproved 06-01", "06-02", "admonition 办法34(2) since 06-01; 29-2"},
		{"medical", "whereabouts_refused 06-01", "06-02", "commit 办法49(2) 法释516(2) since 06-01; 29-5"},
		{"medical+", "review_overdue 06-01", "06-09", ""},
		{"medical+", "review_overdue 06-01; education 06-05", "06-05", ""},
		{"medical+", "review_overdue 06-01; education 06-05", "06-06", "warning 办法35(4) since 06-01"},
		{"medical+", "review_overdue 06-01..06-05; education 06-05", "06-09", ""},
		{"medical+", "review_overdue 06-01; education 06-05; warning 06-07", "06-07", ""},
		{"medical+", "review_overdue 06-01; education 06-05; warning 06-07", "06-08", "commit 办法49(5) 法释516(5) since 06-01; 29-5"},
		{"medical", "review_overdue 06-01; education 06-05", "06-09", ""},
		// Article 29 (3): refused to report, and was warned for it.
		{"probation", "reporting_breach 06-01; warning 06-02", "06-02", "29-3"},
		{"probation", "warning 05-01; reporting_breach 06-01", "06-02", "admonition 办法34(2) since 06-01"},
		// The future does not count yet.
		{"probation", "rules_breach 06-03", "06-02", ""},
	} {
		f := facts(cal, tc.kind, tc.facts)
		if got := said(cal, l.Proposals(f, cal, localDay(cal, tc.now))); got != tc.want {
			t.Errorf("%s: %s at %s\ngot  %s\nwant %s", tc.kind, tc.facts, tc.now, got, tc.want)
		}
	}
}

func TestProposalsNameTheirEvidence(t *testing.T) {
	l, cal := ladder(t), roster.NewCalendar(nil)
	got := l.Proposals(facts(cal, "probation", "warning 04-01; warning 05-01; rules_breach 06-01; rules_breach 06-02"), cal, localDay(cal, "06-03"))
	if len(got) != 2 || fmt.Sprint(got[0].Evidence) != "[f3 f1 f2 f4]" || got[0].Label.EN == "" || got[0].Text.ZH != "受到两次警告仍不改正" {
		t.Errorf("%+v", got)
	}
	if ground := got[len(got)-1]; len(ground.Checklist) == 0 || ground.Measure != rules.MeasureWristband || fmt.Sprint(ground.Evidence) != "[f3 f1 f2 f4]" {
		t.Errorf("%+v", ground)
	}
}

// Who wears a wristband already needs no other.
func TestNoSecondWristband(t *testing.T) {
	l, cal := ladder(t), roster.NewCalendar(nil)
	f := facts(cal, "probation", "left_unapproved 06-01")
	f.Located = true
	if got := said(cal, l.Proposals(f, cal, localDay(cal, "06-02"))); got != "admonition 办法34(2) since 06-01" {
		t.Error(got)
	}
}

// The disputed reading is a matter of the file: two warnings, without "still".
func TestTwoWarningsByTheOtherReading(t *testing.T) {
	text, err := os.ReadFile("ladder.yaml")
	if err != nil {
		t.Fatal(err)
	}
	other := strings.Replace(string(text), "after: {warning: 2}, still: true", "after: {warning: 2}, still: false", 1)
	l, err := rules.ReadLadder(strings.NewReader(strings.Replace(other, "  - {id: medical-warned, on: [", "  - {id: medical-warned, on: [warning, ", 1)), "other.yaml")
	if err != nil {
		t.Fatal(err)
	}
	cal := roster.NewCalendar(nil)
	got := said(cal, l.Proposals(facts(cal, "medical", "warning 04-01; warning 05-01"), cal, localDay(cal, "06-02")))
	if got != "commit 办法49(4) 法释516(4) since 04-01; 29-5" {
		t.Error(got)
	}
}

func someFacts(t *rapid.T, kind roster.SubjectKind) *rules.Facts {
	f := &rules.Facts{Kind: kind, ParoleMedical: rapid.Bool().Draw(t, "parole_medical"), Located: rapid.Bool().Draw(t, "located")}
	all := []rules.FactKind{
		rules.FactNotReported, rules.FactAbsconding, rules.FactReviewOverdue, rules.FactWhereaboutsRefused, rules.FactReportingBreach,
		rules.FactLeftUnapproved, rules.FactRulesBreach, rules.FactGraveBreach, rules.FactPunishableBreach, rules.FactOrderBreach,
		rules.FactOrderBreachSerious, rules.FactEducation, rules.FactAdmonition, rules.FactWarning, rules.FactPenalty,
	}
	start := localDay(roster.NewCalendar(nil), "01-01")
	for i := range rapid.IntRange(0, 8).Draw(t, "facts") {
		fact := rules.Fact{What: rapid.SampledFrom(all).Draw(t, "what"), ID: fmt.Sprint(i)}
		fact.At = start + roster.Instant(rapid.IntRange(0, 24*90).Draw(t, "at"))*roster.Hour
		if rapid.Bool().Draw(t, "ended") {
			fact.Until = fact.At + roster.Instant(rapid.IntRange(0, 24*60).Draw(t, "for"))*roster.Hour
		}
		f.List = append(f.List, fact)
	}
	return f
}

// Whatever the facts: nothing is proposed without one, nothing that the law does
// not know for the kind of subject, and the order of the facts does not matter.
func TestProposalsAreLawful(t *testing.T) {
	l, cal := ladder(t), roster.NewCalendar(nil)
	forbidden := map[roster.SubjectKind][]rules.Measure{
		roster.Parole:    {"penalty", "revoke_probation", "commit"},
		roster.Control:   {"revoke_probation", "revoke_parole", "commit"},
		roster.Probation: {"revoke_parole", "commit"},
		roster.Medical:   {"revoke_probation", "revoke_parole"},
	}
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom([]roster.SubjectKind{roster.Control, roster.Probation, roster.Parole, roster.Medical}).Draw(t, "kind")
		f := someFacts(t, kind)
		now := localDay(cal, "01-01") + roster.Instant(rapid.IntRange(0, 24*120).Draw(t, "now"))*roster.Hour
		got := l.Proposals(f, cal, now)
		for _, p := range got {
			if slices.Contains(forbidden[kind], p.Measure) {
				t.Fatalf("%s: %s", kind, p.Measure)
			}
			checkProposal(t, f, now, &p)
		}
		f.List = rapid.Permutation(f.List).Draw(t, "order")
		if again := l.Proposals(f, cal, now); said(cal, again) != said(cal, got) {
			t.Fatalf("%s\nin another order %s", said(cal, got), said(cal, again))
		}
	})
}

func checkProposal(t *rapid.T, f *rules.Facts, now roster.Instant, p *rules.Proposal) {
	for _, id := range p.Evidence {
		if !slices.ContainsFunc(f.List, func(f rules.Fact) bool { return f.ID == id && f.At <= now }) {
			t.Fatalf("%s rests on %q", p.Row, id)
		}
	}
	if len(p.Evidence) == 0 || p.Article == "" || p.Text.ZH == "" || p.Text.EN == "" || p.Label.ZH == "" || p.Arose > now || p.Next != 0 && p.Next <= now {
		t.Fatalf("%+v", p)
	}
}

func TestLadderRefusals(t *testing.T) {
	text, err := os.ReadFile("ladder.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ old, next, want string }{
		{"version: 1", "version: 2", "must be version: 1"},
		{"days: 10, roll", "days: 0, roll", "report_in.days"},
		{"  order_breach: [", "  orders: [", "episodes: known facts"},
		{"roll_holidays", "roll_holiday", `l.yaml:11: unknown key "report_in.roll_holiday"; did you mean report_in.roll_holidays?`},
		{"{id: admonition, zh: 训诫", "{id: admonition, zh: ''", "measures: known ones"},
		{"id: admonition,", "id: fine,", "measures: known ones"},
		{"kinds: [control, probation, medical], propose: penalty", "propose: penalty", "the law knows no penalty"},
		{"kinds: [control], over: {months: 1}, propose: penalty", "kinds: [control], over: {months: 1}, propose: commit", "the law knows no commit"},
		{"kinds: [parole], over", "kinds: [control], over", "the law knows no revoke_parole"},
		{"kinds: [parole, medical]", "kinds: [everybody]", "the law knows no warning"},
		{"over: {days: 0}", "over: {days: -1}", "over 0 to 1000 days"},
		{"over: {days: 0}", "over: {days: 1, months: 1}", "over 0 to 1000 days"},
		{"after: {admonition: 2}", "after: {admonition: 0}", "after known decisions"},
		{"after: {admonition: 2}", "after: {fine: 2}", "after known decisions"},
		{"on: [grave_breach, punish", "on: [grave, punish", "on known facts"},
		{"propose: warning, article: 办法35(1)", "propose: banish, article: 办法35(1)", "propose: one of the measures"},
		{"article: 办法35(1)", "article: ''", "order-minor: must be with id"},
		{"id: away-10", "id: away", `id "away" is used twice`},
		{"ground: 4, on: [penalty]", "ground: 6, on: [penalty]", "article29[3]"},
		{"proposed: [revoke_probation", "proposed: [banish", "article29[4]"},
		{"  - {zh: 核对事由", "  - {zh: '', en: x}\n  - {zh: 核对事由", "checklist"},
	} {
		if !strings.Contains(string(text), tc.old) {
			t.Errorf("the file does not have %q", tc.old)
		}
		_, err := rules.ReadLadder(strings.NewReader(strings.Replace(string(text), tc.old, tc.next, 1)), "l.yaml")
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%q: %v, want mention of %q", tc.next, err, tc.want)
		}
	}
}

// FuzzReadLadder: what is accepted judges without a panic, and lawfully.
func FuzzReadLadder(f *testing.F) {
	text, err := os.ReadFile("ladder.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte("version: 1\nreport_in: {days: 1}\nmeasures: [{id: penalty, zh: a, en: b}]\nrows: [{id: a, on: [warning], kinds: [control], propose: penalty, article: x, zh: a, en: b}]"))
	cal := roster.NewCalendar(nil)
	f.Fuzz(func(t *testing.T, text []byte) {
		l, err := rules.ReadLadder(bytes.NewReader(text), "fuzz")
		if err != nil {
			return
		}
		list := "absconding 01-05; warning 02-01; warning 02-03; penalty 02-04; rules_breach 02-05; order_breach_serious 02-06; review_overdue 02-07"
		for _, p := range l.Proposals(facts(cal, "parole", list), cal, localDay(cal, "06-01")) {
			if p.Measure == "penalty" || len(p.Evidence) == 0 {
				t.Errorf("%+v", p)
			}
		}
	})
}
