package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/url"
	"text/tabwriter"

	"correctiond/roster"
	"correctiond/store/access"
	"correctiond/store/database"
	"correctiond/web"
)

// place is what a token or an account may do and where, as flags.
type place struct {
	role, office, district string
	minors                 bool
}

func placeFlags(fs *flag.FlagSet) *place {
	p := &place{}
	fs.StringVar(&p.role, "role", "", "`ROLE`: officer, social_worker, office_head, district, procurator, ops or admin; required")
	fs.StringVar(&p.office, "office", "", "`ID` of the office, for roles of an office")
	fs.StringVar(&p.district, "district", "", "`ID` of the district; needed when there are several")
	fs.BoolVar(&p.minors, "minors", false, "may see the sealed files of minors")
	return p
}

func userAddCommand(fs *flag.FlagSet) action {
	load := configFlags(fs)
	at := placeFlags(fs)
	return func(ctx context.Context, c *call) error {
		cfg, err := load(c)
		if err != nil {
			return err
		}
		if _, err := web.ParseRole(at.role); err != nil {
			return usagef("--role: %w", err)
		}
		return withState(ctx, c, cfg, openStores, func(st *openState) error {
			t := access.Token{Role: at.role, District: roster.DistrictID(at.district), Office: roster.OfficeID(at.office)}
			if err := st.placeToken(ctx, &t); err != nil {
				return err
			}
			a := access.Account{Name: c.args[0], Role: t.Role, District: t.District, Office: t.Office, Minors: at.minors}
			password, err := st.state.AddAccount(ctx, a, "command line", nowInstant())
			if errors.Is(err, database.ErrTaken) {
				return fmt.Errorf("there is an account %s already; user password makes it a new password", a.Name)
			}
			return printSecret(c, password, err)
		})
	}
}

// printSecret prints a secret alone on the output; it cannot be shown again.
func printSecret(c *call, secret string, err error) error {
	if err == nil {
		_, err = fmt.Fprintln(c.out, secret)
	}
	return err
}

func userListCommand(fs *flag.FlagSet) action {
	return onStores(fs, func(ctx context.Context, c *call, st *openState) error { return st.listAccounts(ctx, c) })
}

func (st *openState) listAccounts(ctx context.Context, c *call) error {
	list, err := st.state.Accounts(ctx)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tROLE\tDISTRICT\tOFFICE\tMINORS\tTOTP\tLAST SIGN-IN\tSTATE")
	for i := range list {
		a := &list[i]
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%t\t%t\t%s\t%s\n",
			a.Name, a.Role, orDash(string(a.District)), orDash(string(a.Office)), a.Minors, a.TOTP, st.when(a.LastUsed), accountState(a, nowInstant()))
	}
	return w.Flush()
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func accountState(a *access.Account, now roster.Instant) string {
	switch {
	case a.Disabled != 0:
		return "disabled"
	case a.Locked > now:
		return "locked"
	case a.MustChange:
		return "new password"
	}
	return "valid"
}

// onAccount builds a command that changes the account of its argument.
func onAccount(fs *flag.FlagSet, do func(ctx context.Context, c *call, st *openState, name string) error) action {
	return onStores(fs, func(ctx context.Context, c *call, st *openState) error {
		err := do(ctx, c, st, c.args[0])
		if errors.Is(err, database.ErrNotFound) {
			return invalid(fmt.Errorf("there is no valid account %q; see correctiond user list", c.args[0]))
		}
		return err
	})
}

func userDisableCommand(fs *flag.FlagSet) action {
	return onAccount(fs, func(ctx context.Context, _ *call, st *openState, name string) error {
		return st.state.DisableAccount(ctx, name, "command line", nowInstant())
	})
}

func userPasswordCommand(fs *flag.FlagSet) action {
	return onAccount(fs, func(ctx context.Context, c *call, st *openState, name string) error {
		password, err := st.state.ResetPassword(ctx, name, "command line", nowInstant())
		return printSecret(c, password, err)
	})
}

func userTOTPCommand(fs *flag.FlagSet) action {
	off := fs.Bool("off", false, "take the second factor away")
	return onAccount(fs, func(ctx context.Context, c *call, st *openState, name string) error {
		secret, err := st.state.SetTOTP(ctx, name, !*off, "command line", nowInstant())
		if err != nil || *off {
			return err
		}
		u := url.URL{
			Scheme: "otpauth", Host: "totp", Path: "/correctiond:" + name,
			RawQuery: url.Values{"secret": {secret}, "issuer": {"correctiond"}}.Encode(),
		}
		return printSecret(c, u.String(), nil)
	})
}

func userAssignCommand(fs *flag.FlagSet) action {
	load := configFlags(fs)
	off := fs.Bool("off", false, "take them out of the person's care")
	return func(ctx context.Context, c *call) error {
		cfg, err := load(c)
		if err != nil {
			return err
		}
		var ids []roster.SubjectID
		for _, id := range c.args[1:] {
			ids = append(ids, roster.SubjectID(id))
		}
		return withState(ctx, c, cfg, openStores, func(st *openState) error {
			change := access.Caseload{Name: c.args[0], Add: ids}
			if *off {
				change.Add, change.Remove = nil, ids
			}
			return st.state.Assign(ctx, change, "command line", nowInstant())
		})
	}
}
