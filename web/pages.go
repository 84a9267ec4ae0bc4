package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html"
	"html/template"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"regexp"
)

//go:embed templates/*.html static/*
var files embed.FS

// pages holds the parsed templates of each language and the static files.
type pages struct {
	tmpl    map[string]*template.Template
	static  map[string][]byte
	version string // of the static files, in their addresses
}

func newPages() (*pages, error) {
	p := &pages{tmpl: map[string]*template.Template{}, static: map[string][]byte{}}
	for _, lang := range []string{"zh", "en"} {
		tmpl, err := parseTemplates(lang)
		if err != nil {
			return nil, fmt.Errorf("parse templates: %w", err)
		}
		p.tmpl[lang] = tmpl
	}
	sum := sha256.New()
	err := fs.WalkDir(files, "static", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := files.ReadFile(name)
		p.static[path.Base(name)] = body
		sum.Write(body)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read static files: %w", err)
	}
	p.version = hex.EncodeToString(sum.Sum(nil)[:6])
	return p, nil
}

// parseTemplates reads the templates with their sentences in one language: looking
// them up while a page is written took half of its time.
func parseTemplates(lang string) (*template.Template, error) {
	names, err := fs.Glob(files, "templates/*.html")
	if err != nil {
		return nil, err
	}
	all := template.New("")
	sentence := regexp.MustCompile(`\{\{\$?\.T "([^"\\]*)" "([^"\\]*)"\}\}`)
	for _, name := range names {
		text, err := files.ReadFile(name)
		if err != nil {
			return nil, err
		}
		said := sentence.ReplaceAllStringFunc(string(text), func(action string) string {
			both := sentence.FindStringSubmatch(action)
			return html.EscapeString(words{lang}.T(both[1], both[2]))
		})
		if _, err := all.New(path.Base(name)).Parse(said); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// template is a page in the language of a request.
func (s *Server) template(r *http.Request) *template.Template {
	if tmpl := s.pages.tmpl[s.language(r)]; tmpl != nil {
		return tmpl
	}
	return s.pages.tmpl["zh"]
}

// static answers one of the embedded files; there are no others and no listing.
func (s *Server) static(w http.ResponseWriter, r *http.Request, c *caller) {
	name := r.PathValue("name")
	body, ok := s.pages.static[name]
	if !ok {
		s.fail(w, r, c, problem{Status: http.StatusNotFound})
		return
	}
	w.Header().Set("Content-Type", mime.TypeByExtension(path.Ext(name)))
	w.Header().Set("Cache-Control", "no-cache")
	if r.URL.Query().Get("v") == s.pages.version {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	_, _ = w.Write(body)
}

// base is what every page knows.
type base struct {
	words
	Who     Identity
	CSRF    string
	Version string
	// Query of the page without lang, as url.Values encodes it: hence a safe URL.
	Query template.URL
}

func (s *Server) base(r *http.Request, c *caller) base {
	b := base{words: words{c.lang}, Who: c.Identity, Version: s.pages.version}
	if c.session != nil {
		b.CSRF = s.sessions.csrf(c.session)
	}
	q := r.URL.Query()
	q.Del("lang")
	b.Query = template.URL(q.Encode())
	return b
}

// render executes a template before the status is sent, so that no half page
// goes out.
func (s *Server) render(w http.ResponseWriter, r *http.Request, status int, name string, data any) {
	var b bytes.Buffer
	if err := s.template(r).ExecuteTemplate(&b, name, data); err != nil {
		s.log.Error("render page", "page", name, "err", err)
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	s.keepLanguage(w, r)
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Add("Vary", "Accept-Language, Cookie")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes())
}

// errorPage tells a person what went wrong and where to go from here.
func (s *Server) errorPage(w http.ResponseWriter, r *http.Request, c *caller, p problem) {
	s.render(w, r, p.Status, "error.html", struct {
		base
		Status int
		Says   string
	}{s.base(r, c), p.Status, words{c.lang}.status(p.Status)})
}
