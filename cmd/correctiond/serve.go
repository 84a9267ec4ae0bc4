package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"time"

	"correctiond/roster"
	"correctiond/store"
	"correctiond/store/access"
)

func serveCommand(fs *flag.FlagSet) action {
	load := configFlags(fs)
	acceptLoss := fs.Bool("accept-loss", false, "start although the rules forget what only an unusable snapshot holds; open alerts stay open until somebody closes them")
	return func(ctx context.Context, c *call) error {
		cfg, err := load(c)
		if err != nil {
			return err
		}
		cfg.acceptLoss = *acceptLoss
		if err := invalid(errors.Join(cfg.filesReadable(), cfg.unbuilt())); err != nil {
			return err
		}
		return serve(ctx, c, cfg, nil)
	}
}

// serve runs the daemon on its data directory until ctx ends. Started, if set,
// runs beside it once messages are taken.
func serve(ctx context.Context, c *call, cfg *config, started func(context.Context, *daemon) error) (err error) {
	dir, err := openDataDir(cfg.DataDir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dir.close()) }()
	st, end, err := openStores(ctx, cfg, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, end()) }()
	log := newLogger(c.err, cfg)
	d, err := newDaemon(ctx, st, log)
	if err != nil {
		return err
	}
	st.daemon = d
	defer d.close()
	control, err := newControlServer(dir, commands(), &host{state: st, cfg: cfg})
	if err != nil {
		return err
	}
	return d.run(ctx, func() {
		d.parts.add("control", control.Run)
		if started == nil {
			announce(ctx, c.err, d)
		} else {
			d.parts.add("demo", func(ctx context.Context) error { return started(ctx, d) })
		}
	})
}

func newLogger(w io.Writer, cfg *config) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(cfg.Log.Level)); err != nil {
		level = slog.LevelInfo
	}
	options := &slog.HandlerOptions{Level: level}
	if cfg.Log.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}

// announce says where everything is and, at the very first start, how to get in.
func announce(ctx context.Context, w io.Writer, d *daemon) {
	fmt.Fprintf(w, "pages and API  %s (listening on %s)\n", d.cfg.HTTP.PublicURL, d.pages.Addr())
	if addr := d.journal.MQTTAddr(); addr != "" {
		fmt.Fprintf(w, "MQTT           %s; a device logs in with its id and the password of: correctiond device credential DEVICE\n", addr)
	} else {
		fmt.Fprintf(w, "MQTT           from %s\n", d.cfg.MQTT.URL)
	}
	ids, err := d.state.Districts(ctx)
	if err == nil && len(ids) == 0 {
		fmt.Fprintln(w, "no roster yet: every message is rejected as unknown_device; import one with: correctiond roster import FILE")
	}
	if err := firstAdmin(ctx, w, d.state); err != nil {
		d.log.Error("the first administrator is not made", "err", err)
	}
}

// firstAdmin makes an administrator where nobody can sign in yet. The password is
// shown here and nowhere else, and has to be changed at the first sign-in.
func firstAdmin(ctx context.Context, w io.Writer, state *store.State) error {
	accounts, err := state.Accounts(ctx)
	if err != nil || len(accounts) > 0 {
		return err
	}
	tokens, err := state.Tokens(ctx)
	if err != nil || len(tokens) > 0 {
		return err
	}
	password, err := state.AddAccount(ctx, access.Account{Name: "admin", Role: "admin"}, "system", nowInstant())
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "first start: sign in as admin with this one-time password, shown only now: %s\n"+
		"people get accounts of their own: correctiond user add NAME --role officer --office OFFICE\n", password)
	return nil
}

// nowInstant reads the wall clock; the domain packages are told the time.
func nowInstant() roster.Instant { return roster.InstantOf(time.Now()) }
