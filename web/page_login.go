package web

import (
	"net/http"
	"strings"
	"time"
)

// loginForm is what the sign-in page shows.
type loginForm struct {
	base
	Error string
}

func (s *Server) loginPage(w http.ResponseWriter, r *http.Request, c *caller) {
	s.render(w, r, http.StatusOK, "login.html", loginForm{base: s.base(r, c)})
}

// signIn exchanges a token for a session cookie.
func (s *Server) signIn(w http.ResponseWriter, r *http.Request, c *caller) {
	from := address(r)
	if wait := s.signIns.wait(from, time.Now()); wait > 0 {
		s.metrics.signIns.WithLabelValues("limited").Inc()
		w.Header().Set("Retry-After", seconds(wait))
		s.loginFailed(w, r, c, http.StatusTooManyRequests,
			words{c.lang}.T("尝试次数过多，请 5 分钟后再试。", "Too many attempts. Try again in 5 minutes."))
		return
	}
	secret := strings.TrimSpace(r.PostFormValue("token"))
	if err := s.identify(r.Context(), c, secret); err != nil {
		s.broken(w, r, c, err)
		return
	}
	if c.Role == "" {
		s.signIns.failed(from, time.Now())
		s.metrics.signIns.WithLabelValues("refused").Inc()
		s.loginFailed(w, r, c, http.StatusUnauthorized,
			words{c.lang}.T("令牌无效或已停用。请核对后重新粘贴，或联系系统管理员。",
				"This token is unknown or no longer valid. Check it, or ask an administrator."))
		return
	}
	cookie, err := s.sessions.open(secret, time.Now())
	if err != nil {
		s.broken(w, r, c, err)
		return
	}
	s.metrics.signIns.WithLabelValues("accepted").Inc()
	s.log.Info("signed in", "by", c.Name, "role", c.Role)
	http.SetCookie(w, cookie)
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func (s *Server) loginFailed(w http.ResponseWriter, r *http.Request, c *caller, status int, says string) {
	s.render(w, r, status, "login.html", loginForm{base: s.base(r, c), Error: says})
}

// signOut ends the session, also for copies of its cookie.
func (s *Server) signOut(w http.ResponseWriter, r *http.Request, c *caller) {
	if c.session != nil {
		http.SetCookie(w, s.sessions.end(c.session, time.Now()))
	}
	w.Header().Set("Clear-Site-Data", `"cache"`)
	http.Redirect(w, r, "/login", http.StatusSeeOther)
}
