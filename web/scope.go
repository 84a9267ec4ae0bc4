package web

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync/atomic"

	"correctiond/alerts"
	"correctiond/roster"
	"correctiond/rules"
)

// SubjectSet is a set of people that can be compared; the zero set is empty.
type SubjectSet string

// NewSubjectSet holds those of the list.
func NewSubjectSet(ids []roster.SubjectID) SubjectSet {
	if len(ids) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteByte('\n')
	for _, id := range slices.Compact(slices.Sorted(slices.Values(ids))) {
		b.WriteString(string(id))
		b.WriteByte('\n')
	}
	return SubjectSet(b.String())
}

// Has tells whether someone is in the set, in logarithmic time: lists of a whole
// district ask it of everyone.
func (s SubjectSet) Has(id roster.SubjectID) bool {
	if id == "" {
		return false
	}
	list := string(s) // begins and ends with the separator, or is empty
	for len(list) > 1 {
		begin := strings.LastIndexByte(list[:len(list)/2], '\n') + 1 // 1 at least: the first byte is a separator
		end := begin + strings.IndexByte(list[begin:], '\n')
		switch cmp.Compare(string(id), list[begin:end]) {
		case 0:
			return true
		case -1:
			list = list[:begin]
		default:
			list = list[end:]
		}
	}
	return false
}

// IDs lists the set, in order.
func (s SubjectSet) IDs() []roster.SubjectID {
	var ids []roster.SubjectID
	for id := range strings.FieldsFuncSeq(string(s), func(r rune) bool { return r == '\n' }) {
		ids = append(ids, roster.SubjectID(id))
	}
	return ids
}

// Scope is what part of the register someone sees: a district, one of its offices,
// or of that only some people. The zero Scope is nothing. Every list, every single
// record and every event goes through it; there is no other place that decides who
// sees whom.
type Scope struct {
	District roster.DistrictID
	Office   roster.OfficeID // empty: the whole district
	// Limited to the people in Only, as a social worker is to those assigned.
	Limited bool
	Only    SubjectSet
	// Hidden are those whose file is sealed to the caller (社区矫正法 Article 55). They
	// are on no list. Alerts about them are seen, for somebody has to act, without
	// saying who they are about.
	Hidden SubjectSet
}

// Covers tells whether a lies within s.
func (s Scope) Covers(a *alerts.Alert) bool {
	ep := &a.Episode
	return s.place(ep.District, ep.Office) && (!s.Limited || s.Only.Has(ep.Subject))
}

// Includes tells whether someone's file lies within s.
func (s Scope) Includes(d roster.DistrictID, o roster.OfficeID, id roster.SubjectID) bool {
	return s.place(d, o) && (!s.Limited || s.Only.Has(id)) && !s.Hidden.Has(id)
}

func (s Scope) place(d roster.DistrictID, o roster.OfficeID) bool {
	return s.District != "" && d == s.District && (s.Office == "" || o == s.Office)
}

// narrow limits s to an office; false when s does not contain it.
func (s Scope) narrow(o roster.OfficeID) (Scope, bool) {
	if o == "" || o == s.Office {
		return s, true
	}
	if s.Office != "" {
		return Scope{}, false
	}
	s.Office = o
	return s, true
}

// within limits f to a scope; false when they have nothing in common. To ask for
// the alerts of someone hidden finds none, else the answer would tell who they are.
func within(f alerts.Filter, s Scope) (alerts.Filter, bool) {
	s, ok := s.narrow(f.Office)
	f.District, f.Office, f.Hidden = s.District, s.Office, s.Hidden.IDs()
	if s.Limited {
		f.Subjects = s.Only.IDs()
		ok = ok && len(f.Subjects) > 0
	}
	return f, ok && s.District != "" && !s.Hidden.Has(f.Subject)
}

// sealedMark stands in the evidence of an alert about someone hidden.
const sealedMark = "sealed"

// veil takes out of an alert what tells who a hidden person is: pseudonym, device,
// evidence, and what people wrote or attached.
func (s *Server) veil(scope Scope, a alerts.Alert) alerts.Alert {
	ep := &a.Episode
	if scope.Hidden == "" {
		return a
	}
	if !scope.Hidden.Has(ep.Subject) {
		if n := s.hidden.of(scope.Hidden); n.in(ep.Evidence) || n.in(ep.Reason.ZH) {
			ep.Evidence, ep.Reason = nil, rules.Info(ep.Kind).Label
		}
		return a
	}
	ep.Subject, ep.Device, ep.Evidence, a.CloseReason = "", "", map[string]any{sealedMark: true}, ""
	a.Log = slices.Clone(a.Log)
	for i := range a.Log {
		e := &a.Log[i]
		e.Text, e.Reason, e.File = "", "", nil
	}
	a.Log = slices.DeleteFunc(a.Log, func(e alerts.Entry) bool { return e.Did == alerts.Attach || e.Did == alerts.AddNote })
	return a
}

// hidden are the people of a set, prepared to be looked for in texts: a list has
// many alerts, and a district many files that are sealed.
type hidden struct {
	set     SubjectSet
	ids     map[string]bool
	lengths []int // of the ids, each once
}

// hiddenCache keeps what is prepared of the set that was asked for last.
type hiddenCache struct{ last atomic.Pointer[hidden] }

func (c *hiddenCache) of(set SubjectSet) *hidden {
	n := c.last.Load()
	if n == nil || n.set != set {
		n = newHidden(set)
		c.last.Store(n)
	}
	return n
}

func newHidden(set SubjectSet) *hidden {
	n := &hidden{set: set, ids: map[string]bool{}}
	for _, id := range set.IDs() {
		n.ids[string(id)] = true
		if !slices.Contains(n.lengths, len(id)) {
			n.lengths = append(n.lengths, len(id))
		}
	}
	return n
}

// in tells whether somebody of the set is named somewhere in a value.
func (n *hidden) in(v any) bool {
	switch v := v.(type) {
	case string:
		return n.inText(v)
	case []any:
		return slices.ContainsFunc(v, n.in)
	case []roster.SubjectID:
		return slices.ContainsFunc(v, func(id roster.SubjectID) bool { return n.ids[string(id)] })
	case []string:
		return slices.ContainsFunc(v, n.inText)
	case map[string]any:
		for _, part := range v {
			if n.in(part) {
				return true
			}
		}
	}
	return false
}

func (n *hidden) inText(text string) bool {
	for _, length := range n.lengths {
		for end := length; end <= len(text); end++ {
			if n.ids[text[end-length:end]] {
				return true
			}
		}
	}
	return false
}

// Caseload knows whom a social worker looks after, and whose file is sealed: of
// those who were ever under supervision as minors.
type Caseload interface {
	Assigned(ctx context.Context, name string) ([]roster.SubjectID, error)
	Sealed(ctx context.Context, d roster.DistrictID) ([]roster.SubjectID, error)
}

// scopeOf is what an identity sees; false for one that may see no person's data.
func (s *Server) scopeOf(ctx context.Context, id Identity) (Scope, bool, error) {
	scope, ok := id.scope()
	if !ok || s.deps.Caseload == nil {
		return scope, ok, nil
	}
	if id.Role == SocialWorker {
		own, err := s.deps.Caseload.Assigned(ctx, id.Name)
		if err != nil {
			return Scope{}, false, err
		}
		scope.Limited, scope.Only = true, NewSubjectSet(own)
	}
	if !id.Minors {
		sealed, err := s.deps.Caseload.Sealed(ctx, id.District)
		if err != nil {
			return Scope{}, false, err
		}
		scope.Hidden = NewSubjectSet(sealed)
	}
	return scope, true, nil
}
