package web

import (
	"net/http"
	"net/url"
	"strings"
)

// policyWith is the policy that lets pages load the operator's tiles, too.
func policyWith(tiles string) string {
	u, err := url.Parse(tiles)
	if err != nil || u.Host == "" {
		return policy
	}
	from := "'self' " + u.Scheme + "://" + u.Host
	return strings.NewReplacer("img-src 'self'", "img-src "+from, "connect-src 'self'", "connect-src "+from).Replace(policy)
}

// policy lets pages load only what this host serves, run no inline script or
// style, and be framed by nobody.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// secure sets the headers every answer carries.
func (s *Server) secure(h http.Header) {
	h.Set("Content-Security-Policy", s.policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
	if s.sessions.secure {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

// language of the answer: the switch (?lang), the cookie it left, what the
// browser prefers, the configured one.
func (s *Server) language(r *http.Request) string {
	if l := r.URL.Query().Get("lang"); l == "zh" || l == "en" {
		return l
	}
	if c, err := r.Cookie("lang"); err == nil && (c.Value == "zh" || c.Value == "en") {
		return c.Value
	}
	for tag := range strings.SplitSeq(r.Header.Get("Accept-Language"), ",") {
		// Browsers list languages in the order of preference; weights confirm it.
		if l := strings.ToLower(strings.TrimSpace(tag)); strings.HasPrefix(l, "zh") {
			return "zh"
		} else if strings.HasPrefix(l, "en") {
			return "en"
		}
	}
	return s.cfg.Language
}

// keepLanguage remembers a language chosen by the switch for a year.
func (s *Server) keepLanguage(w http.ResponseWriter, r *http.Request) {
	if !r.URL.Query().Has("lang") {
		return
	}
	http.SetCookie(w, &http.Cookie{
		Name: "lang", Value: s.language(r), Path: "/", MaxAge: 365 * 24 * 3600,
		HttpOnly: true, Secure: s.sessions.secure, SameSite: http.SameSiteLaxMode,
	})
}
