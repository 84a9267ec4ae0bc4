package rules

import (
	"fmt"
	"maps"
	"slices"

	"correctiond/event"
	"correctiond/roster"
)

// QueryAnomaly is a member of staff who reads tracks beyond what the work explains:
// of people outside their jurisdiction, of very many, or at night for no stated
// reason. Location data serve supervision only and are confidential (社区矫正法
// Articles 29 and 54); somebody else asks why. It belongs to the district, not to
// an office, and names no person under supervision.
const QueryAnomaly Kind = "query-anomaly"

// queryConfig says how many people's tracks one may read within a while, and
// which local hours are night; a night may pass midnight.
type queryConfig struct {
	Subjects   int             `yaml:"subjects" json:"subjects"`
	Within     roster.Duration `yaml:"within" json:"within"`
	NightFrom  int             `yaml:"night_from_hour" json:"night_from_hour"`
	NightUntil int             `yaml:"night_until_hour" json:"night_until_hour"`
}

func defaultQuery() queryConfig {
	return queryConfig{Subjects: 50, Within: roster.Duration(3600e9), NightFrom: 22, NightUntil: 6}
}

// maxQueried bounds what is remembered of one who reads.
const maxQueried = 10000

func (c queryConfig) requirement() requirement {
	hours := c.NightFrom >= 0 && c.NightFrom < 24 && c.NightUntil >= 0 && c.NightUntil <= 24
	ok := c.Subjects > 0 && c.Subjects < maxQueried && length(c.Within) > 0 && length(c.Within) <= roster.Day && hours
	return requirement{ok, "query_anomaly: subjects 1 to 9999; within longer than 0s, at most 24h; night_from_hour 0 to 23, night_until_hour 0 to 24"}
}

func (c queryConfig) night(hour int) bool {
	if c.NightFrom <= c.NightUntil {
		return c.NightFrom <= hour && hour < c.NightUntil
	}
	return hour >= c.NightFrom || hour < c.NightUntil
}

func queryAnomalyInfo() kindInfo {
	return kindInfo{
		KindInfo: KindInfo{Kind: QueryAnomaly, Label: Text{"异常查询", "anomalous query"}, Ending: ByPerson, Basis: "法29 法54"},
		describe: func(e *Engine, _ *subject, r *run) (Text, map[string]any) {
			var q query
			if i := e.queryOf(r); i >= 0 {
				q = e.readers[r.Proof.Ref].Queries[i]
			}
			return Text{
				fmt.Sprintf("账号 %s 当日查询轨迹异常：越权被拒 %d 次，一小时内最多 %d 人，夜间无事由 %d 次；请核实用途", r.Proof.Ref, q.Refused, q.Most, q.Unreasoned),
				fmt.Sprintf("account %s: %d refused outside its jurisdiction, tracks of up to %d people within an hour, %d at night without a reason; ask what for",
					r.Proof.Ref, q.Refused, q.Most, q.Unreasoned),
			}, map[string]any{"staff": r.Proof.Ref, "refused": q.Refused, "subjects": q.Most, "unreasoned": q.Unreasoned}
		},
	}
}

// Concerns reports whether the episode is about what that account has done: whoever
// it is may explain it, but does not decide on it.
func (ep *Episode) Concerns(account string) bool {
	return ep.Kind == QueryAnomaly && account != "" && ep.Evidence["staff"] == account
}

// reader is a member of staff who reads tracks.
type reader struct {
	Reads   []reading // of the last while, one a person, the oldest first
	Queries []query   // that nobody has closed, in the order of their days
}

// reading is when somebody's track was read last.
type reading struct {
	Subject roster.SubjectID
	At      roster.Instant
}

// query is a reader's episode of one local day.
type query struct {
	Day                       roster.Instant
	Refused, Unreasoned, Most int
	Run                       run
}

// queried takes the reading of a track, or the attempt: one episode per member of
// staff and local day.
func (e *Engine) queried(a *event.Act) {
	r := e.readers[a.By]
	if r == nil {
		r = &reader{}
		e.readers[a.By] = r
	}
	c := &e.cfg.Query
	read, hour := 0, int((e.clock-e.cal.DayStart(e.clock))/roster.Hour)
	night := a.Result == event.QueryUnreasoned && c.night(hour)
	if a.Result != event.QueryRefused {
		read = r.read(a.Subject, e.clock, length(c.Within))
	}
	if a.Result != event.QueryRefused && !night && read <= c.Subjects {
		return
	}
	q := e.queryToday(a.By, r)
	q.Refused += btoi(a.Result == event.QueryRefused)
	q.Unreasoned += btoi(night)
	q.Most = max(q.Most, read)
	q.Run.Count++
	e.say(nil, &q.Run)
}

// read counts the people whose tracks were read within a while, this one included.
func (r *reader) read(id roster.SubjectID, at, within roster.Instant) int {
	r.Reads = slices.DeleteFunc(r.Reads, func(old reading) bool { return old.Subject == id || at-old.At >= within })
	if len(r.Reads) == maxQueried {
		r.Reads = slices.Delete(r.Reads, 0, 1)
	}
	r.Reads = append(r.Reads, reading{id, at})
	return len(r.Reads)
}

// queryToday is the reader's open episode of this day; begun when there is none.
func (e *Engine) queryToday(by string, r *reader) *query {
	day := e.cal.DayStart(e.clock)
	if n := len(r.Queries); n == 0 || r.Queries[n-1].Day != day {
		r.Queries = append(r.Queries, query{Day: day, Run: run{
			Kind: QueryAnomaly, Key: by, Started: e.clock, Steps: []Severity{P2}, Proof: proof{Ref: by},
		}})
	}
	return &r.Queries[len(r.Queries)-1]
}

// queryOf finds the reader's entry of a run; -1: none.
func (e *Engine) queryOf(r *run) int {
	by := e.readers[r.Proof.Ref]
	if by == nil {
		return -1
	}
	return slices.IndexFunc(by.Queries, func(q query) bool { return q.Run.Started == r.Started })
}

// closeQuery ends the episode of that id; false when there is none. A closed one
// is forgotten: what is read after it is news.
func (e *Engine) closeQuery(id string) bool {
	for _, r := range e.readers {
		i := slices.IndexFunc(r.Queries, func(q query) bool { return q.Run.Said.ID == id })
		if i < 0 {
			continue
		}
		q := &r.Queries[i]
		q.Run.Ended = max(e.clock, q.Run.Started)
		e.say(nil, &q.Run)
		r.Queries = slices.Delete(r.Queries, i, i+1)
		return true
	}
	return false
}

// forgetReaders drops who has not read a track for a while.
func (e *Engine) forgetReaders() {
	maps.DeleteFunc(e.readers, func(_ string, r *reader) bool {
		n := len(r.Reads)
		return len(r.Queries) == 0 && (n == 0 || e.clock-r.Reads[n-1].At >= length(e.cfg.Query.Within))
	})
}
