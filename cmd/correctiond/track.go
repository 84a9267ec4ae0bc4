package main

import (
	"bufio"
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"os/user"
	"slices"

	"correctiond/event"
	"correctiond/roster"
	"correctiond/store/audit"
)

func trackCommand(fs *flag.FlagSet) action {
	load := configFlags(fs)
	from := fs.String("from", "", "first `TIME`, required")
	until := fs.String("until", "", "`TIME` before which the track ends, required")
	format := fs.String("format", "ndjson", "`FORM`: ndjson, geojson, gpx or csv")
	reason := fs.String("reason", "", "`WHY` the track is read; required, and kept in the audit log")
	return func(ctx context.Context, c *call) error {
		q := trackQuery{subject: roster.SubjectID(c.args[0]), reason: *reason}
		var err error
		if q.from, err = instantFlag("--from", *from); err != nil {
			return err
		}
		if q.until, err = instantFlag("--until", *until); err != nil {
			return err
		}
		write, known := trackFormats()[*format]
		switch {
		case q.until <= q.from:
			return usagef("--until must be after --from")
		case !known:
			return usagef("--format: %q is none of ndjson, geojson, gpx, csv", *format)
		case q.reason == "":
			return usagef("--reason: reading a track needs a reason; it is kept in the audit log")
		}
		cfg, err := load(c)
		if err != nil {
			return err
		}
		return withState(ctx, c, cfg, openStores, func(st *openState) error {
			return st.track(ctx, c, q, write)
		})
	}
}

type trackQuery struct {
	subject     roster.SubjectID
	from, until roster.Instant
	reason      string
}

// track writes a person's track, after the reading is recorded.
func (st *openState) track(ctx context.Context, c *call, q trackQuery, write trackWriter) error {
	district, err := st.districtOf(ctx, q.subject)
	if err == nil {
		err = st.state.AppendAudit(ctx, audit.Record{
			At: nowInstant(), Actor: systemUser(), Action: "track.read", Object: string(q.subject), Reason: q.reason,
			Detail: fmt.Sprintf("%d to %d", q.from, q.until), District: district, Subject: q.subject,
		})
	}
	if err != nil {
		return err
	}
	w := bufio.NewWriter(c.out)
	events := func(yield func(*event.Event) error) error {
		for ev, err := range st.history.Track(ctx, q.subject, q.from, q.until) {
			if err != nil {
				return err
			}
			if err := yield(&ev); err != nil {
				return err
			}
		}
		return nil
	}
	if err := write(w, st.cal.Location(), events); err != nil {
		return err
	}
	return w.Flush()
}

// systemUser is who runs the command, as far as the system knows.
func systemUser() string {
	if u, err := user.Current(); err == nil {
		return "command line, " + u.Username
	}
	return fmt.Sprintf("command line, uid %d", os.Getuid())
}

// districtOf is the district whose roster has somebody; empty: none has.
func (st *openState) districtOf(ctx context.Context, id roster.SubjectID) (roster.DistrictID, error) {
	districts, err := st.state.Districts(ctx)
	if err != nil {
		return "", err
	}
	for _, d := range districts {
		v, err := st.state.CurrentRoster(ctx, d)
		if err != nil {
			return "", err
		}
		r, err := roster.Read(bytes.NewReader(v.JSON), "roster")
		if err != nil {
			return "", err
		}
		if slices.ContainsFunc(r.Subjects, func(s roster.Subject) bool { return s.ID == id }) {
			return d, nil
		}
	}
	return "", nil
}
