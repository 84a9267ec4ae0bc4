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
	// Name is what was typed, Token that the form for tokens was used.
	Name     string
	Token    bool
	Accounts bool   // there are any
	Provider string // address of the provider's sign-in; empty without one
}

func (s *Server) loginPage(w http.ResponseWriter, r *http.Request, c *caller) {
	s.showLogin(w, r, c, http.StatusOK, "")
}

func (s *Server) showLogin(w http.ResponseWriter, r *http.Request, c *caller, status int, says string) {
	f := loginForm{base: s.base(r, c), Error: says, Accounts: s.deps.Accounts != nil}
	if says != "" {
		f.Name, f.Token = r.PostFormValue("name"), r.PostForm.Has("token")
	}
	s.render(w, r, status, "login.html", f)
}

// signIn exchanges a password or a token for a session cookie.
func (s *Server) signIn(w http.ResponseWriter, r *http.Request, c *caller) {
	from := address(r)
	if wait := s.signIns.wait(from, time.Now()); wait > 0 {
		s.metrics.signIns.WithLabelValues("limited").Inc()
		w.Header().Set("Retry-After", seconds(wait))
		s.showLogin(w, r, c, http.StatusTooManyRequests,
			words{c.lang}.T("尝试次数过多，请 5 分钟后再试。", "Too many attempts. Try again in 5 minutes."))
		return
	}
	secret, err := s.exchange(r, c)
	if errors.Is(err, ErrSignIn) {
		s.signIns.failed(from, time.Now())
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
