package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"slices"
	"text/tabwriter"

	"correctiond/roster"
	"correctiond/store/access"
	"correctiond/store/database"
	"correctiond/web"
)

func tokenCreateCommand(fs *flag.FlagSet) action {
	load := configFlags(fs)
	at := placeFlags(fs)
	name := fs.String("name", "", "`NAME` that is recorded as the actor; required")
	return func(ctx context.Context, c *call) error {
		cfg, err := load(c)
		if err != nil {
			return err
		}
		if _, err := web.ParseRole(at.role); err != nil {
			return usagef("--role: %w", err)
		}
		if *name == "" {
			return usagef("--name: who holds the token?")
		}
		return withState(ctx, c, cfg, openStores, func(st *openState) error {
			t := access.Token{Name: *name, Role: at.role, District: roster.DistrictID(at.district), Office: roster.OfficeID(at.office), Minors: at.minors}
			if err := st.placeToken(ctx, &t); err != nil {
				return err
			}
			_, secret, err := st.state.CreateToken(ctx, t, "command line", nowInstant())
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(c.out, secret)
			return err
		})
	}
}

// placeToken gives a token its district, and checks the office it names.
func (st *openState) placeToken(ctx context.Context, t *access.Token) error {
	role := web.Role(t.Role)
	if role == web.Ops || role == web.Admin {
		return nil
	}
	id, err := st.oneDistrict(ctx, t.District)
	if err != nil {
		return err
	}
	t.District = id
	ofOffice := role == web.Officer || role == web.OfficeHead || role == web.SocialWorker
	if ofOffice != (t.Office != "") {
		return usagef("--office: is for officer, office_head and social_worker, and they need it")
	}
	file, err := st.stored(ctx, id)
	if err != nil {
		return err
	}
	if t.Office == "" || slices.ContainsFunc(file.Offices, func(o roster.Office) bool { return o.ID == t.Office }) {
		return nil
	}
	return usagef("--office: district %s has no office %q", id, t.Office)
}

func tokenListCommand(fs *flag.FlagSet) action {
	return onStores(fs, func(ctx context.Context, c *call, st *openState) error { return st.listTokens(ctx, c) })
}

// listTokens prints the tokens by their ids; the secrets are nowhere.
func (st *openState) listTokens(ctx context.Context, c *call) error {
	list, err := st.state.Tokens(ctx)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tNAME\tROLE\tDISTRICT\tOFFICE\tMINORS\tCREATED\tLAST USED\tSTATE")
	for i := range list {
		t := &list[i]
		state := "valid"
		if t.Revoked != 0 {
			state = "revoked " + st.when(t.Revoked)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%t\t%s\t%s\t%s\n",
			t.ID, t.Name, t.Role, orDash(string(t.District)), orDash(string(t.Office)), t.Minors, st.when(t.Created), st.when(t.LastUsed), state)
	}
	return w.Flush()
}

// when writes an instant as lists have it; 0 is never.
func (st *openState) when(t roster.Instant) string {
	if t == 0 {
		return "-"
	}
	return st.clock(t)
}

func tokenRevokeCommand(fs *flag.FlagSet) action {
	return onStores(fs, func(ctx context.Context, c *call, st *openState) error {
		err := st.state.RevokeToken(ctx, c.args[0], "command line", nowInstant())
		if errors.Is(err, database.ErrNotFound) {
			return invalid(fmt.Errorf("there is no valid token %q; see correctiond token list", c.args[0]))
		}
		return err
	})
}
