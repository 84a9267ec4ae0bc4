package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"correctiond/store"
	"correctiond/store/database"
)

// postgres tells whether the state is on a server.
func (s *stateConfig) postgres() bool { return s.URL != "sqlite" }

// where says in words where the state is.
func (s *stateConfig) where(dataDir string) string {
	if u, err := url.Parse(s.URL); err == nil && s.postgres() {
		return fmt.Sprintf("PostgreSQL, %s, database %s", u.Host, u.EscapedPath())
	}
	return "embedded SQLite, in " + dataDir
}

// validate refuses an address that would send what is stored to whoever answers:
// only encrypted rows would be safe from them, and passwords' hashes are not.
func (s *stateConfig) validate(f *findings, insecure bool) {
	if !s.postgres() {
		if s.PasswordFile != "" {
			f.add("state.password_file", "is of no use to sqlite; set state.url, or remove the key")
		}
		return
	}
	f.url("state.url", s.URL, "sqlite or postgres://user@host/db")
	u, err := url.Parse(s.URL)
	if err != nil || insecure || loopback(u.Hostname()+":0") {
		return
	}
	if mode := u.Query().Get("sslmode"); mode != "verify-full" && mode != "verify-ca" {
		f.add("state.url", "the server on %s is not verified; add ?sslmode=verify-full (and sslrootcert=FILE), or pass --insecure", u.Hostname())
	}
}

// openState opens the state database that the configuration names.
func (cfg *config) openState(ctx context.Context, dir *dataDir) (*store.State, error) {
	if !cfg.State.postgres() {
		return store.OpenState(dir.file("state.db"))
	}
	return cfg.openPostgres(ctx, cfg.State.URL)
}

func (cfg *config) openPostgres(ctx context.Context, address string) (*store.State, error) {
	password, err := cfg.secret("state.password_file")
	if err != nil {
		return nil, err
	}
	return store.OpenPostgres(ctx, address, password)
}

// tryPostgres signs in, and looks whether tables can be made.
func (cfg *config) tryPostgres(ctx context.Context) (string, error) {
	password, err := cfg.secret("state.password_file")
	if err != nil {
		return "", err
	}
	server, err := database.TryPostgres(ctx, cfg.State.URL, password)
	switch {
	case errors.Is(err, database.ErrDown):
		return "", fmt.Errorf("%w; see that PostgreSQL runs there and takes the user of state.url with the password of state.password_file", err)
	case err != nil:
		return "", err
	}
	return server + " lets us in, and we may make tables", nil
}
