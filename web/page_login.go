package web

import (
	"errors"
	"net/http"
	"strings"
	"time"
)

// loginForm is what the sign-in page shows.
type loginForm struct {
	base
	Error string
	// Name is what was typed, Token that the form for tokens was used, Typed that one was.
	Name     string
	Token    bool
	Typed    bool
	Accounts bool   // there are any
	Provider string // address of the provider's sign-in; empty without one
}

func (s *Server) loginPage(w http.ResponseWriter, r *http.Request, c *caller) {
	s.showLogin(w, r, c, http.StatusOK, words{c.lang}.providerSays(OutsideReason(r.URL.Query().Get("provider")), s.cfg.Claims))
}

func (s *Server) showLogin(w http.ResponseWriter, r *http.Request, c *caller, status int, says string) {
	f := loginForm{base: s.base(r, c), Error: says, Accounts: s.deps.Accounts != nil}
	if s.deps.Provider != nil {
		f.Provider = "/signin/provider"
	}
	if r.URL.Path != "/login" {
		f.Query = "" // of what came back from a provider nothing is repeated
	}
	if says != "" {
		f.Name, f.Token, f.Typed = r.PostFormValue("name"), r.PostForm.Has("token"), r.Method == http.MethodPost
	}
	s.render(w, r, status, "login.html", f)
}

// signIn exchanges a password or a token for a session cookie.
func (s *Server) signIn(w http.ResponseWriter, r *http.Request, c *caller) {
	if s.tooMany(w, r, c) {
		return
	}
	secret, err := s.exchange(r, c)
	if errors.Is(err, ErrSignIn) {
		s.signIns.failed(address(r), time.Now())
		s.metrics.signIns.WithLabelValues("refused").Inc()
		s.recordStranger(r, Recorded{Action: "session.refuse", Object: "sign-in"})
		s.showLogin(w, r, c, http.StatusUnauthorized, words{c.lang}.signInFailed(r.PostForm.Has("token")))
		return
	}
	if err != nil {
		s.broken(w, r, c, err)
		return
	}
	s.admitted(w, r, c, secret)
}

// tooMany refuses who has failed too often, and answers that.
func (s *Server) tooMany(w http.ResponseWriter, r *http.Request, c *caller) bool {
	wait := s.signIns.wait(address(r), time.Now())
	if wait > 0 {
		s.metrics.signIns.WithLabelValues("limited").Inc()
		w.Header().Set("Retry-After", seconds(wait))
		s.showLogin(w, r, c, http.StatusTooManyRequests,
			words{c.lang}.T("尝试次数过多，请 5 分钟后再试。", "Too many attempts. Try again in 5 minutes."))
	}
	return wait > 0
}

// signInFailed tells a person what to do; it does not tell what was wrong.
func (l words) signInFailed(byToken bool) string {
	if byToken {
		return l.T("令牌无效或已停用。请核对后重新粘贴，或联系系统管理员。",
			"This token is unknown or no longer valid. Check it, or ask an administrator.")
	}
	return l.T("用户名、密码或验证码不正确，或账户因多次失败暂时锁定。请稍后再试，或联系系统管理员。",
		"Name, password or code is wrong, or the account is locked for a while. Try again later, or ask an administrator.")
}

// exchange answers the secret that the session is to carry, and fills in whose it
// is; ErrSignIn when nobody's.
func (s *Server) exchange(r *http.Request, c *caller) (secret string, err error) {
	if token := strings.TrimSpace(r.PostFormValue("token")); token != "" || s.deps.Accounts == nil {
		if err := s.identify(r.Context(), c, token, true); err != nil {
			return "", err
		}
		if c.Role == "" {
			return "", ErrSignIn
		}
		s.record(r, Recorded{Actor: c.Name, Action: "session.open", Object: c.Name, Detail: "by token, role " + string(c.Role), District: c.District})
		return token, nil
	}
	secret, c.Identity, err = s.deps.Accounts.SignIn(r.Context(), Credentials{
		Name: r.PostFormValue("name"), Password: r.PostFormValue("password"), Code: r.PostFormValue("code"),
	})
	return secret, err
}

// admitted sets the cookie of a session and leads to where the person begins.
func (s *Server) admitted(w http.ResponseWriter, r *http.Request, c *caller, secret string) {
	cookie, err := s.sessions.open(secret, time.Now())
	if err != nil {
		s.broken(w, r, c, err)
		return
	}
	s.metrics.signIns.WithLabelValues("accepted").Inc()
	s.log.Info("signed in", "by", c.Name, "role", c.Role)
	http.SetCookie(w, cookie)
	if c.MustChange {
		http.Redirect(w, r, "/password", http.StatusSeeOther)
		return
	}
	http.Redirect(w, r, c.Role.home(), http.StatusSeeOther)
}

// signOut ends the session, also for copies of its cookie.
func (s *Server) signOut(w http.ResponseWriter, r *http.Request, c *caller) {
	if c.session != nil {
		if s.deps.Accounts != nil {
			if err := s.deps.Accounts.SignOut(r.Context(), c.secret); err != nil {
				s.broken(w, r, c, err)
				return
			}
		}
		http.SetCookie(w, s.sessions.end(c.session, time.Now()))
	}
	w.Header().Set("Clear-Site-Data", `"cache"`)
	http.Redirect(w, r, "/login", http.StatusSeeOther)
}
