package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"correctiond/evidence"
	"correctiond/store/access"
	"correctiond/store/database"
	"correctiond/web"
)

const tokenFileUsage = "`FILE` with the access token of who does it"

func evidenceRequestCommand(fs *flag.FlagSet) action {
	load := configFlags(fs)
	reason := fs.String("reason", "", "`WHY` the evidence is exported; required, and kept in the audit log")
	token := fs.String("token-file", "", tokenFileUsage+"; without it, the user of the command line")
	return func(ctx context.Context, c *call) error {
		if *reason == "" {
			return usagef("--reason: an export needs a reason; it is kept in the audit log")
		}
		return asPerson(ctx, c, load, *token, func(st *openState, who web.Identity) error {
			if err := st.mayExport(ctx, who, c.args[0], false); err != nil {
				return err
			}
			r, err := st.state.RequestEvidence(ctx, access.EvidenceRequest{Alert: c.args[0], Requester: who.Name, Reason: *reason, At: nowInstant()})
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(c.out, "%d\n", r.ID)
			return err
		})
	}
}

func evidenceApproveCommand(fs *flag.FlagSet) action {
	load := configFlags(fs)
	token := fs.String("token-file", "", tokenFileUsage+", an office head, the district or the procuratorate; required")
	return func(ctx context.Context, c *call) error {
		id, err := strconv.ParseInt(c.args[0], 10, 64)
		if err != nil {
			return usagef("%q is not the number of a request", c.args[0])
		}
		if *token == "" {
			return usagef("--token-file: who approves? The user of the command line is not proof of a second person")
		}
		return asPerson(ctx, c, load, *token, func(st *openState, who web.Identity) error {
			_, err := st.approveEvidence(ctx, who, id)
			return err
		})
	}
}

func evidenceCommand(fs *flag.FlagSet) action {
	load := configFlags(fs)
	to := fs.String("o", "", "`FILE` to write, which must not exist; required")
	token := fs.String("token-file", "", tokenFileUsage+"; without it, the user of the command line")
	return func(ctx context.Context, c *call) (err error) {
		if *to == "" {
			return usagef("-o: name the file to write")
		}
		// The asking process writes the file, whoever makes the package.
		if c.host == nil {
			f, openErr := os.OpenFile(*to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
			if openErr != nil {
				return invalid(openErr)
			}
			c.out = f
			defer func() { err = finish(f, err) }()
		}
		return asPerson(ctx, c, load, *token, func(st *openState, who web.Identity) error { return st.printEvidence(ctx, c.out, who, c.args[0]) })
	}
}

// finish closes a file that was written; after an error it is removed.
func finish(f *os.File, err error) error {
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

func (st *openState) printEvidence(ctx context.Context, w io.Writer, who web.Identity, alert string) error {
	r, err := st.state.EvidenceOf(ctx, alert, who.Name)
	if errors.Is(err, database.ErrNotFound) {
		return fmt.Errorf("%s has no approved request for alert %s; see correctiond evidence request", who.Name, alert)
	}
	if err != nil {
		return err
	}
	return st.writeEvidence(ctx, w, &r)
}

func evidenceVerifyCommand(*flag.FlagSet) action {
	return func(_ context.Context, c *call) error {
		data, err := c.readFile(c.args[0])
		if err != nil {
			return invalid(err)
		}
		alert, n, err := evidence.Verify(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return fmt.Errorf("%s: %w", c.args[0], err)
		}
		_, err = fmt.Fprintf(c.out, "%s: whole, alert %s, %d files\n", c.args[0], alert, n)
		return err
	}
}

// asPerson runs fn for the holder of a token, or for the user of the command line.
func asPerson(ctx context.Context, c *call, load func(*call) (*config, error), tokenFile string, fn func(*openState, web.Identity) error) error {
	cfg, err := load(c)
	if err != nil {
		return err
	}
	secret := ""
	if tokenFile != "" {
		text, err := c.readFile(tokenFile)
		if err != nil {
			return invalid(fmt.Errorf("read token: %w", err))
		}
		secret = strings.TrimSpace(string(text))
	}
	return withState(ctx, c, cfg, openStores, func(st *openState) error {
		who, err := st.person(ctx, secret)
		if err != nil {
			return err
		}
		return fn(st, who)
	})
}

// person is who a token belongs to; without one, the user of the command line, who
// has no role.
func (st *openState) person(ctx context.Context, secret string) (web.Identity, error) {
	if secret == "" {
		return web.Identity{Name: systemUser()}, nil
	}
	t, err := st.state.LookupToken(ctx, secret, nowInstant())
	if errors.Is(err, database.ErrNotFound) {
		return web.Identity{}, errors.New("the token is unknown, expired or withdrawn")
	}
	return web.Identity{Name: t.Name, Role: web.Role(t.Role), District: t.District, Office: t.Office}, err
}

// mayExport checks that an alert exists, and that a person with a role may deal with
// it; approving also needs one of the roles that decide.
func (st *openState) mayExport(ctx context.Context, who web.Identity, alert string, approving bool) error {
	a, err := st.state.Alert(ctx, alert)
	if errors.Is(err, database.ErrNotFound) {
		return fmt.Errorf("there is no alert %q", alert)
	}
	if err != nil {
		return err
	}
	decides := who.Role == web.OfficeHead || who.Role == web.District || who.Role == web.Procurator
	switch {
	case who.Role == web.SocialWorker:
		return errors.New("a social worker exports no evidence")
	case approving && !decides:
		return errors.New("an office head, the district or the procuratorate has to approve")
	case who.Role != "" && !inScope(&a, who.District, who.Office):
		return fmt.Errorf("there is no alert %q in the scope of %s", alert, who.Name)
	}
	return nil
}

// approveEvidence approves a request by another person.
func (st *openState) approveEvidence(ctx context.Context, who web.Identity, id int64) (access.EvidenceRequest, error) {
	r, err := st.state.EvidenceRequest(ctx, id)
	if err != nil {
		return r, err
	}
	if err := st.mayExport(ctx, who, r.Alert, true); err != nil {
		return r, err
	}
	return st.state.ApproveEvidence(ctx, id, who.Name, nowInstant())
}
