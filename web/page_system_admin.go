package web

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"correctiond/roster"
)

// adminView is what administrators look after: who may sign in, and which tokens serve.
type adminView struct {
	Members []memberRow
	Tokens  []tokenRow
	Typed   Member // what was refused
	Issued  Member // whose password is shown, once
	Secret  string
}

// memberRow is an account.
type memberRow struct {
	Member
	words
	OfficeName string
	Self       bool // the reader's own
	now        roster.Instant
}

// State says how the account stands.
func (m memberRow) State() string {
	switch {
	case m.Disabled != 0:
		return m.T("已停用", "disabled")
	case m.Locked > m.now:
		return m.T("已锁定", "locked")
	case m.MustChange:
		return m.T("待改初始密码", "first password not changed")
	}
	return m.T("正常", "valid")
}

// IsLocked tells whether too many failures keep it out now.
func (m memberRow) IsLocked() bool { return m.Disabled == 0 && m.Locked > m.now }

// Open tells whether it can be changed still.
func (m memberRow) Open() bool { return m.Disabled == 0 && !m.Self }

// tokenRow is an access token.
type tokenRow struct {
	IssuedToken
	OfficeName string
}

// Roles are those that an account may have.
func (*adminView) Roles() []Role { return roles() }

func (s *Server) fillAdmin(r *http.Request, v *systemView) error {
	if v.Admin == nil {
		v.Admin = &adminView{}
	}
	members, err := s.deps.Members.Members(r.Context())
	if err != nil {
		return err
	}
	now := roster.InstantOf(time.Now())
	for i := range members {
		m := &members[i]
		v.Admin.Members = append(v.Admin.Members, memberRow{*m, v.words, s.officeName(m.District, m.Office), m.Name == v.Who.Name, now})
	}
	slices.SortStableFunc(v.Admin.Members, func(a, b memberRow) int { return over(a.Disabled) - over(b.Disabled) })
	tokens, err := s.deps.Members.IssuedTokens(r.Context())
	for _, t := range tokens {
		v.Admin.Tokens = append(v.Admin.Tokens, tokenRow{t, s.officeName(t.District, t.Office)})
	}
	slices.SortStableFunc(v.Admin.Tokens, func(a, b tokenRow) int { return over(a.Revoked) - over(b.Revoked) })
	return err
}

// over puts what has ended behind.
func over(ended roster.Instant) int {
	if ended != 0 {
		return 1
	}
	return 0
}

// submitMember makes an account and shows its first password.
func (s *Server) submitMember(w http.ResponseWriter, r *http.Request, c *caller) {
	role, err := ParseRole(r.PostFormValue("role"))
	m := Member{
		Name: strings.TrimSpace(r.PostFormValue("name")), Role: role, Minors: r.PostFormValue("minors") != "",
		District: roster.DistrictID(strings.TrimSpace(r.PostFormValue("district"))),
		Office:   roster.OfficeID(strings.TrimSpace(r.PostFormValue("office"))),
	}
	password := ""
	if err == nil {
		password, err = s.deps.Members.AddMember(r.Context(), m, c.Name)
	} else {
		err = ErrMemberPlace
	}
	s.answerMember(w, r, c, &adminView{Typed: m, Issued: m, Secret: password}, err)
}

// submitReset makes an account a new one-time password and shows it.
func (s *Server) submitReset(w http.ResponseWriter, r *http.Request, c *caller) {
	name := r.PathValue("name")
	password, err := "", ErrNoMember
	if name != c.Name { // who is signed in has a page for that, which asks for the old one
		password, err = s.deps.Members.ResetMember(r.Context(), name, c.Name)
	}
	s.answerMember(w, r, c, &adminView{Issued: Member{Name: name}, Secret: password}, err)
}

// submitDisabling ends an account, but never the one that asks for it: one who
// administers is always left.
func (s *Server) submitDisabling(w http.ResponseWriter, r *http.Request, c *caller) {
	err := ErrNoMember
	if name := r.PathValue("name"); name != c.Name {
		err = s.deps.Members.DisableMember(r.Context(), name, c.Name)
	}
	s.ended(w, r, c, "/system?did=disable", err)
}

// submitRevocation ends a token.
func (s *Server) submitRevocation(w http.ResponseWriter, r *http.Request, c *caller) {
	s.ended(w, r, c, "/system?did=revoke", s.deps.Members.RevokeToken(r.Context(), r.PathValue("id"), c.Name))
}

func (s *Server) ended(w http.ResponseWriter, r *http.Request, c *caller, to string, err error) {
	if err != nil {
		s.answerMember(w, r, c, &adminView{}, err)
		return
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// answerMember shows a password, or why nothing was done.
func (s *Server) answerMember(w http.ResponseWriter, r *http.Request, c *caller, a *adminView, err error) {
	l, status := words{c.lang}, http.StatusUnprocessableEntity
	v := &systemView{Admin: a}
	switch {
	case err == nil:
		status, a.Typed = http.StatusOK, Member{}
		s.showSystem(w, r, c, status, v)
		return
	case errors.Is(err, ErrNoMember):
		status = http.StatusNotFound
		v.Notice = l.T("没有执行：账号或令牌不存在、已停用或撤销，或者是您自己的账号。", "Nothing was done: there is no such account or token, it has ended, or it is your own.")
	case errors.Is(err, ErrMemberTaken):
		status = http.StatusConflict
		v.Notice = l.T("没有新建：用户名已被使用，停用的账号也不再让出名字。", "Nothing was made: the name is taken, be it by a disabled account.")
	case errors.Is(err, ErrMemberName):
		v.Notice = l.T("没有新建：用户名为 3 至 64 个小写字母、数字、点、横线或下划线，以字母或数字开头和结尾。", "Nothing was made: a name has 3 to 64 of a-z, 0-9, dot, dash and underscore, and begins and ends with a letter or digit.")
	case errors.Is(err, ErrMemberPlace):
		v.Notice = l.T("没有新建：工作人员、社工、所长须填写花名册中的司法所；其他角色不填。有多个区县时须填写区县编号。", "Nothing was made: officers, social workers and heads need an office of the roster, other roles none. Where there are several districts, name one.")
	default:
		s.broken(w, r, c, err)
		return
	}
	a.Issued = Member{}
	s.showSystem(w, r, c, status, v)
}
