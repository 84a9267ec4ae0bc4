package alerts_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"correctiond/alerts"
	"correctiond/alerts/duty"
	"correctiond/alerts/notice"
	"correctiond/geo"
	"correctiond/roster"
	"correctiond/rules"
)

// telling is a world in which everything that must not leave it is known.
func telling(t *testing.T, change func(*roster.Roster)) *alerts.Book {
	t.Helper()
	from := roster.Date{Day: "2026-01-01"}
	file := &roster.Roster{
		Version: 1, District: roster.District{ID: "D1", Name: "示范区"}, Offices: []roster.Office{{ID: "O1", Name: "示范路司法所"}},
		Officers: []roster.Officer{{ID: "F1", Name: "张三", Office: "O1", Notify: []roster.Notify{
			{Channel: "app", To: "zhangsan"}, {Channel: "sms", To: "13800000000"}, {Channel: "app", To: "again"}, {Channel: "gone", To: "x"},
		}}},
		Subjects: []roster.Subject{{
			ID: "S0001", Name: "欧阳娜娜", Office: "O1", Officer: "F1", Kind: roster.Probation, Term: roster.Span{From: from},
			Home:     &roster.Place{Lat: 31.2345678, Lng: 121.456789, Datum: geo.WGS84, RadiusM: 150},
			Contacts: []roster.Contact{{Name: "王五", Relation: "配偶", Phone: "13900000000"}},
		}},
	}
	if change != nil {
		change(file)
	}
	dir, err := roster.Compile(file, roster.NewCalendar(shanghai))
	if err != nil {
		t.Fatal(err)
	}
	return &alerts.Book{
		Dir: dir, URL: "https://jz.example", Lang: "zh",
		Channels: []alerts.Channel{{Name: "app"}, {Name: "sms", Severities: []rules.Severity{rules.P1, rules.P2}}, {Name: "other"}},
	}
}

func tell(t *testing.T, b *alerts.Book, ep rules.Episode) []notice.Notice {
	t.Helper()
	a := opened(ep, rules.ByEvent)
	list, missing := b.Notices(&a, &alerts.Round{Step: 3, Why: notice.ToOpen, To: []duty.Target{duty.TheOfficer}, Due: morning}, morning)
	if len(missing) != 0 {
		t.Fatalf("nobody for %v", missing)
	}
	return list
}

// A message holds the number, the kind, the severity, the masked name, the office,
// the minute and a link, and there is nothing else that it could hold.
func TestAMessageHoldsNothingElse(t *testing.T) {
	ep := episode("area-exit", rules.P2)
	ep.Opened += 17*roster.Second + 3
	ep.Evidence = map[string]any{"lat": 31.2345678, "lng": 121.456789, "crime": "盗窃"}
	list := tell(t, telling(t, nil), ep)
	text, err := json.Marshal(list[0].Message)
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"alert": "9f2c000000000001", "why": "opened", "kind": rules.Info("area-exit").Label.ZH, "severity": "P2", "name": "欧阳*",
		"office": "示范路司法所", "at": float64(morning), "link": "https://jz.example/alerts/9f2c000000000001",
	}
	if !maps.Equal(got, want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
	for _, secret := range []string{"娜", "S0001", "W1", "31.2", "121.4", "盗窃", "1380", "1390", "王五", "张三", "1.2 公里"} {
		if strings.Contains(string(text), secret) {
			t.Errorf("%q leaves the system: %s", secret, text)
		}
	}
}

// The file of a minor is sealed, and who is not known has no name either.
func TestNoNameOfMinorsAndStrangers(t *testing.T) {
	minor := telling(t, func(r *roster.Roster) { r.Subjects[0].Minor = true })
	english := telling(t, func(r *roster.Roster) { r.Offices[0].Name = "" })
	english.Lang = "en"
	stranger := episode("area-exit", rules.P2)
	stranger.Subject = "S9"
	for name, m := range map[string]notice.Message{
		"minor":    tell(t, minor, episode("area-exit", rules.P2))[0].Message,
		"stranger": tell(t, english, stranger)[0].Message,
	} {
		if m.Name != "" {
			t.Errorf("%s has the name %q", name, m.Name)
		}
	}
	if m := tell(t, english, stranger)[0].Message; m.Office != "O1" || m.Kind != rules.Info("area-exit").Label.EN {
		t.Errorf("in English: %+v", m)
	}
}

// An officer is told through every channel of the notify list that is configured
// and takes the severity, once each.
func TestChannelsOfAnOfficer(t *testing.T) {
	for sev, want := range map[rules.Severity]string{rules.P2: "app sms", rules.P3: "app"} {
		var channels []string
		for _, n := range tell(t, telling(t, nil), episode("area-exit", sev)) {
			channels = append(channels, n.Channel)
			if key := fmt.Sprintf("9f2c000000000001/3/%s/F1", n.Channel); n.Key() != key || n.District != "D1" || n.Due != morning {
				t.Errorf("%s: %+v", n.Key(), n)
			}
		}
		if got := strings.Join(channels, " "); got != want {
			t.Errorf("%s: got %q, want %q", sev, got, want)
		}
	}
}

// Without a roster nobody is told, and that is known.
func TestNobodyIsKnown(t *testing.T) {
	a := opened(episode("area-exit", rules.P2), rules.ByEvent)
	b := &alerts.Book{Channels: []alerts.Channel{{Name: "app"}}}
	list, missing := b.Notices(&a, &alerts.Round{Why: notice.ToOpen, To: []duty.Target{duty.TheOfficer, duty.TheOffice}}, morning)
	if len(list) != 0 || !slices.Equal(missing, []duty.Target{duty.TheOfficer, duty.TheOffice}) {
		t.Errorf("%d notices, missing %v", len(list), missing)
	}
}
