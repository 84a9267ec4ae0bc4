package tracks_test

import (
	"strings"
	"testing"

	"correctiond/event"
	"correctiond/roster"
	"correctiond/store/tracks"
)

// point is a line as a reader of the line protocol understands it.
type point struct {
	measurement, series, time string
	tags, fields              map[string]string
}

// parseLine reads one line by the rules of the protocol: a backslash escapes a
// comma, space or equals sign outside of strings, a quote or itself in them.
func parseLine(line string) point {
	p := point{tags: map[string]string{}, fields: map[string]string{}}
	line = strings.TrimSuffix(line, "\n")
	series, rest := cutAt(line, ' ', "")
	fields, at := cutAt(rest, ' ', `"`)
	p.series, p.time = series, at
	name, tags := cutAt(series, ',', "")
	p.measurement = name
	for tags != "" {
		var pair string
		pair, tags = cutAt(tags, ',', "")
		key, value := cutAt(pair, '=', "")
		p.tags[key] = unescape(value)
	}
	for fields != "" {
		var pair string
		pair, fields = cutAt(fields, ',', `"`)
		key, value := cutAt(pair, '=', `"`)
		if strings.HasPrefix(value, `"`) {
			value = value[1 : len(value)-1]
		}
		p.fields[key] = unescape(value)
	}
	return p
}

// cutAt cuts at the first c that is neither escaped nor in a string between
// quotes; tags know none.
func cutAt(s string, c byte, quotes string) (before, after string) {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\':
			i++
		case quotes != "" && s[i] == quotes[0]:
			quoted = !quoted
		case s[i] == c && !quoted:
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}

func unescape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func TestInfluxLine(t *testing.T) {
	e := fix(1, 2)
	const want = `location,device=W00001,office=O1,source=gnss,subject=S00001 received=1772409600902i,id="000000000002",` +
		`device_kind="wristband",seq=2i,battery_pct=81.5,lat=31.2304161,lng=121.4737012,cell="8a309a5a4d37fff",datum="gcj02",` +
		`sent_lat=31.2284839,sent_lng=121.4782356,accuracy_m=8.5,speed_mps=1.25,heading_deg=270,altitude_m=12.5,hdop=0.75,` +
		`satellites=11i,motion="moving" 1772409600002`
	if got := tracks.InfluxLine(&e); !strings.HasPrefix(got, want) || len(got) != len(want)+7 {
		t.Errorf("got  %swant %s……", got, want)
	}
	for name, e := range map[string]event.Event{"location": fix(1, 2), "checkin": checkin(1, 2), "status": lastWill(1, 2)} {
		p := parseLine(tracks.InfluxLine(&e))
		if p.measurement != name {
			t.Errorf("measurement %s, want %s", p.measurement, name)
		}
		for key := range p.tags {
			if _, both := p.fields[key]; both {
				t.Errorf("%s: %s is a tag and a field", name, key)
			}
		}
	}
}

// The time of a point lies within the event's millisecond, is another for every
// event, and the same whenever the event is written.
func TestInfluxPointTime(t *testing.T) {
	times := map[string]bool{}
	for i := range 500 {
		e := fix(1, i)
		e.Time = morning
		at := parseLine(tracks.InfluxLine(&e)).time
		if times[at] || !strings.HasPrefix(at, "1772409600000") || len(at) != 19 {
			t.Fatalf("event %d: %s", i, at)
		}
		times[at] = true
		if again := parseLine(tracks.InfluxLine(&e)).time; again != at {
			t.Fatalf("event %d: %s, then %s", i, at, again)
		}
	}
}

// FuzzInfluxLine: whatever the texts hold, an event is one line of which a reader
// gets the same texts.
func FuzzInfluxLine(f *testing.F) {
	f.Add("id", "S1", "O 1,2=3", "f\"p")
	f.Add("back\\slash\\", "tail\\", "new\nline", "100%25\r\x00")
	f.Add("点名", "\"", "${x}", "\xff")
	f.Fuzz(func(t *testing.T, id, subject, office, challenge string) {
		e := checkin(1, 1)
		e.ID, e.Subject, e.Office, e.Check.Challenge = id, roster.SubjectID(subject), roster.OfficeID(office), challenge
		line := tracks.InfluxLine(&e)
		if strings.Count(line, "\n") != 1 {
			t.Fatalf("%q is not one line", line)
		}
		p := parseLine(line)
		if e.ID == "" {
			id = p.fields["id"]
		}
		for stored, want := range map[string]string{
			p.fields["id"]: id, p.tags["subject"]: subject, p.tags["office"]: office, p.fields["challenge"]: challenge,
		} {
			if got := tracks.InfluxText(stored); got != want {
				t.Errorf("%q came back as %q", want, got)
			}
		}
		if p.tags["device"] != "W00001" || p.fields["passed"] != "true" {
			t.Errorf("%q reads as %v", line, p)
		}
	})
}

// Encoding a batch allocates for the batch and not for its events.
func TestInfluxLineAllocates(t *testing.T) {
	e, n := fix(1, 1), 0
	allocs := testing.AllocsPerRun(100, func() { n += len(tracks.InfluxLine(&e)) })
	if allocs > 2 { // the buffer and its copy
		t.Errorf("%v allocations", allocs)
	}
}
