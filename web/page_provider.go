package web

import (
	"context"
	"crypto/subtle"
	"errors"
	"net/http"
	"net/url"
	"time"
)

// Errand is what one sign-in through a provider is recognised by when it comes back.
type Errand struct{ State, Nonce, Verifier string }

// Provider is the organisation's identity provider.
type Provider interface {
	// BeginOutside answers the address that the browser is sent to.
	BeginOutside(ctx context.Context) (address string, e Errand, err error)
	// SignInOutside opens a session for whom the provider vouches, and answers its
	// secret. The state has been compared. Both answer an *OutsideError to people who
	// are not let in.
	SignInOutside(ctx context.Context, e Errand, code string) (secret string, id Identity, err error)
}

// OutsideError says why somebody is not let in who comes through the provider.
type OutsideError struct {
	Why OutsideReason
	Err error // for the log; holds no claims, codes or tokens
}

// Error is what the log says.
func (e *OutsideError) Error() string { return string(e.Why) + ": " + e.Err.Error() }

// Unwrap answers the cause.
func (e *OutsideError) Unwrap() error { return e.Err }

// OutsideReason is why, in one word.
type OutsideReason string

// The reasons.
const (
	OutsideAway     OutsideReason = "away"     // the provider is not well
	OutsideUnproven OutsideReason = "unproven" // what came back is not accepted
	OutsideRole     OutsideReason = "role"     // the claim of the role holds none of ours, or several
	OutsideOffice   OutsideReason = "office"   // the claim of the office names none of ours
	OutsideDistrict OutsideReason = "district" // a role of a district, and there is not exactly one
	OutsideName     OutsideReason = "name"     // not a name that an account may have
	OutsideTaken    OutsideReason = "taken"    // the name of an account here
	outsideStale    OutsideReason = "state"    // not begun in this browser, too late, or twice
	outsideDenied   OutsideReason = "denied"   // the provider itself refused
)

// errandLife is how long somebody may take at the provider.
const errandLife = 10 * time.Minute

// errand is what the browser keeps meanwhile, sealed.
type errand struct {
	Errand
	Until time.Time
}

// errandName is bound to this host as the session's cookie is.
func (ss *sessions) errandName() string { return ss.name() + "-signin" }

// asksProvider tells whether a provider may be asked now, and answers if not.
func (s *Server) asksProvider(w http.ResponseWriter, r *http.Request, c *caller) bool {
	w.Header().Set("Cache-Control", "no-store")
	if s.deps.Provider == nil {
		s.fail(w, r, c, problem{Status: http.StatusNotFound})
		return false
	}
	return !s.tooMany(w, r, c)
}

// beginProvider sends the browser to the provider.
func (s *Server) beginProvider(w http.ResponseWriter, r *http.Request, c *caller) {
	if !s.asksProvider(w, r, c) {
		return
	}
	to, e, err := s.deps.Provider.BeginOutside(r.Context())
	if err != nil {
		s.outside(w, r, c, err)
		return
	}
	name := s.sessions.errandName()
	value, err := s.sessions.seal(name, errand{e, time.Now().Add(errandLife)})
	if err != nil {
		s.broken(w, r, c, err)
		return
	}
	http.SetCookie(w, s.sessions.named(name, value, int(errandLife.Seconds())))
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// finishProvider lets somebody in who comes back from the provider. Whatever comes
// of it, the browser is led on: the code does not stay in its address.
func (s *Server) finishProvider(w http.ResponseWriter, r *http.Request, c *caller) {
	if !s.asksProvider(w, r, c) {
		return
	}
	e, begun := s.takeErrand(w, r)
	q := r.URL.Query()
	if !begun || subtle.ConstantTimeCompare([]byte(q.Get("state")), []byte(e.State)) != 1 {
		// Any page can have a browser ask for this address: that must not use up the
		// attempts of everybody behind the same one.
		s.refuseOutside(w, r, outsideStale)
		return
	}
	if q.Has("error") || !s.sessions.spend(e.State, e.Until, time.Now()) {
		s.signIns.failed(address(r), time.Now())
		why := outsideStale
		if q.Has("error") {
			why = outsideDenied
		}
		s.refuseOutside(w, r, why)
		return
	}
	secret, id, err := s.deps.Provider.SignInOutside(r.Context(), e.Errand, q.Get("code"))
	if err != nil {
		s.outside(w, r, c, err)
		return
	}
	c.Identity = id
	s.admitted(w, r, c, secret)
}

// takeErrand reads what the browser kept, and clears it; false when there is nothing,
// or it is too old.
func (s *Server) takeErrand(w http.ResponseWriter, r *http.Request) (e errand, ok bool) {
	name := s.sessions.errandName()
	http.SetCookie(w, s.sessions.named(name, "", -1))
	ok = s.sessions.unseal(r, name, &e) && e.State != "" && time.Now().Before(e.Until)
	return e, ok
}

// outside answers an error of the provider.
func (s *Server) outside(w http.ResponseWriter, r *http.Request, c *caller, err error) {
	known, ok := errors.AsType[*OutsideError](err)
	if !ok {
		s.broken(w, r, c, err)
		return
	}
	s.log.Warn("sign-in through the provider", "err", known)
	if known.Why == OutsideAway {
		s.metrics.signIns.WithLabelValues("refused").Inc()
		s.leadBack(w, r, known.Why)
		return
	}
	s.signIns.failed(address(r), time.Now())
	s.refuseOutside(w, r, known.Why)
}

// refuseOutside records that somebody was not let in.
func (s *Server) refuseOutside(w http.ResponseWriter, r *http.Request, why OutsideReason) {
	s.metrics.signIns.WithLabelValues("refused").Inc()
	s.recordStranger(r, Recorded{Action: "session.refuse", Object: "sign-in", Reason: "provider: " + string(why)})
	s.leadBack(w, r, why)
}

// leadBack shows the page to sign in, which says why by the word in its address.
func (s *Server) leadBack(w http.ResponseWriter, r *http.Request, why OutsideReason) {
	http.Redirect(w, r, "/login?"+url.Values{"provider": {string(why)}}.Encode(), http.StatusSeeOther)
}
