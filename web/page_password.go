package web

import (
	"errors"
	"net/http"
	"strings"
	"time"
)

// passwordForm is the page to change one's own password.
type passwordForm struct {
	base
	Error string
}

// beforeChange lists the routes open to someone whose password was printed.
func (rt route) beforeChange() bool {
	return rt.need == anyone || strings.HasSuffix(rt.pattern, " /password") || strings.HasSuffix(rt.pattern, " /logout")
}

// changeFirst sends someone whose password was printed to choose another.
func (s *Server) changeFirst(w http.ResponseWriter, r *http.Request, c *caller) {
	if c.speaks == page && !isFetch(r) {
		http.Redirect(w, r, "/password", http.StatusSeeOther)
		return
	}
	s.fail(w, r, c, problem{Status: http.StatusForbidden, Detail: "change the printed password first"})
}

func (s *Server) passwordPage(w http.ResponseWriter, r *http.Request, c *caller) {
	if !c.Password {
		s.fail(w, r, c, problem{Status: http.StatusNotFound})
		return
	}
	s.render(w, r, http.StatusOK, "password.html", passwordForm{base: s.base(r, c)})
}

// submitPassword changes the caller's password and goes on with a new session.
func (s *Server) submitPassword(w http.ResponseWriter, r *http.Request, c *caller) {
	from := address(r)
	if !c.Password || s.signIns.wait(from, time.Now()) > 0 {
		s.fail(w, r, c, problem{Status: http.StatusNotFound})
		return
	}
	l := words{c.lang}
	if r.PostFormValue("new") != r.PostFormValue("again") {
		s.passwordRefused(w, r, c, l.T("两次输入的新密码不一致。", "The two new passwords differ."))
		return
	}
	secret, err := s.deps.Accounts.ChangePassword(r.Context(), Credentials{
		Name: c.Name, Password: r.PostFormValue("old"), Code: r.PostFormValue("code"),
	}, r.PostFormValue("new"))
	if _, weak := errors.AsType[*PasswordError](err); weak {
		s.passwordRefused(w, r, c, l.T(
			"新密码不合要求：至少 12 个字符，不含用户名，不是常见密码或简单重复，也不能与原密码相同。",
			"Choose at least 12 characters, without your name in them, not a common password, not a few letters repeated, and not the old one."))
		return
	}
	if errors.Is(err, ErrSignIn) {
		s.signIns.failed(from, time.Now())
		s.passwordRefused(w, r, c, l.T("原密码或验证码不正确，或账户暂时锁定。", "The old password or the code is wrong, or the account is locked for a while."))
		return
	}
	if err != nil {
		s.broken(w, r, c, err)
		return
	}
	c.MustChange = false
	s.admitted(w, r, c, secret)
}

func (s *Server) passwordRefused(w http.ResponseWriter, r *http.Request, c *caller, says string) {
	s.render(w, r, http.StatusUnprocessableEntity, "password.html", passwordForm{base: s.base(r, c), Error: says})
}
