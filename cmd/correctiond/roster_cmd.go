package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"slices"
	"strings"
	"time"

	"correctiond/roster"
	"correctiond/store"
	"correctiond/store/audit"
	"correctiond/store/database"
)

func rosterCheckCommand(fs *flag.FlagSet) action {
	zone := fs.String("zone", "Asia/Shanghai", "`ZONE` of bare days")
	return func(_ context.Context, c *call) error {
		loc, err := time.LoadLocation(*zone)
		if err != nil {
			return usagef("--zone: %w", err)
		}
		file, err := readRoster(c, c.args[0])
		if err != nil {
			return err
		}
		if err := roster.Check(file, roster.NewCalendar(loc)).Err(); err != nil {
			return invalid(fmt.Errorf("%s: %w", c.args[0], err))
		}
		_, err = fmt.Fprintf(c.out, "%s: ok, %d subjects, %d devices, %d zones\n",
			c.args[0], len(file.Subjects), len(file.Devices), len(file.Zones))
		return err
	}
}

func readRoster(c *call, name string) (*roster.Roster, error) {
	data, err := c.readFile(name)
	if err != nil {
		return nil, invalid(fmt.Errorf("read roster: %w", err))
	}
	file, err := roster.Read(bytes.NewReader(data), name)
	return file, invalid(err)
}

func rosterDiffCommand(*flag.FlagSet) action {
	return func(_ context.Context, c *call) error {
		before, err := readRoster(c, c.args[0])
		if err != nil {
			return err
		}
		after, err := readRoster(c, c.args[1])
		if err != nil {
			return err
		}
		_, err = fmt.Fprint(c.out, roster.Compare(before, after).String())
		return err
	}
}

func rosterImportCommand(fs *flag.FlagSet) action {
	dryRun := fs.Bool("dry-run", false, "show what would change, change nothing")
	district := fs.String("district", "", "`ID` of the district a CSV file belongs to; needed when there are several")
	return fileImport(fs, "roster", func(ctx context.Context, c *call, st *openState, data []byte) error {
		return st.importRoster(ctx, c, importing{name: c.args[0], data: data, dryRun: *dryRun, district: roster.DistrictID(*district)})
	})
}

// fileImport reads the file that a command names into the state.
func fileImport(fs *flag.FlagSet, what string, run func(context.Context, *call, *openState, []byte) error) action {
	load := configFlags(fs)
	return func(ctx context.Context, c *call) error {
		cfg, err := load(c)
		if err != nil {
			return err
		}
		data, err := c.readFile(c.args[0])
		if err != nil {
			return invalid(fmt.Errorf("read %s: %w", what, err))
		}
		return withState(ctx, c, cfg, openStores, func(st *openState) error { return run(ctx, c, st, data) })
	}
}

// importing is a file to import.
type importing struct {
	name     string
	data     []byte
	dryRun   bool
	district roster.DistrictID
}

// importRoster checks a file as a whole, says what it changes and makes it the
// current roster. Any error leaves everything as it was.
func (st *openState) importRoster(ctx context.Context, c *call, in importing) error {
	before, file, err := st.readImport(ctx, in)
	if err != nil {
		return err
	}
	if err := roster.Check(file, st.cal).Err(); err != nil {
		return invalid(fmt.Errorf("%s: %w", in.name, err))
	}
	changes := roster.Compare(before, file)
	if _, err := fmt.Fprint(c.out, changes.String()); err != nil {
		return err
	}
	if changes.Empty() || in.dryRun {
		return nil
	}
	if st.daemon != nil {
		return st.daemon.saveRoster(ctx, file, "command line")
	}
	return st.storeRoster(ctx, file, "command line")
}

// storeRoster makes a checked roster the current one of its district.
func (st *openState) storeRoster(ctx context.Context, file *roster.Roster, by string) error {
	text, err := json.Marshal(file)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(text)
	_, err = st.state.SaveRoster(ctx, store.RosterVersion{
		District: file.District.ID, Hash: hex.EncodeToString(sum[:]), JSON: text, By: by, At: nowInstant(),
	})
	if errors.Is(err, database.ErrTaken) {
		return invalid(err)
	}
	return err
}

// readImport reads a roster, or a CSV list in place of that of the stored roster,
// and the roster that it replaces.
func (st *openState) readImport(ctx context.Context, in importing) (before, file *roster.Roster, err error) {
	list, isCSV := csvList(in.name)
	if !isCSV {
		if file, err = roster.Read(bytes.NewReader(in.data), in.name); err != nil {
			return nil, nil, invalid(err)
		}
		before, err = st.stored(ctx, file.District.ID)
		if errors.Is(err, database.ErrNotFound) {
			return nil, file, nil
		}
		return before, file, err
	}
	id, err := st.oneDistrict(ctx, in.district)
	if err != nil {
		return nil, nil, err
	}
	if before, err = st.stored(ctx, id); err != nil {
		return nil, nil, err
	}
	file, err = roster.ReadCSV(bytes.NewReader(in.data), in.name, before, list)
	return before, file, invalid(err)
}

// csvList tells which list a CSV file holds, by its name: subjects….csv or
// devices….csv.
func csvList(name string) (list string, isCSV bool) {
	base := name[strings.LastIndexByte(name, '/')+1:]
	if !strings.HasSuffix(strings.ToLower(base), ".csv") {
		return "", false
	}
	if strings.HasPrefix(base, "devices") {
		return "devices", true
	}
	return "subjects", true
}

// oneDistrict is the named district, or the only one.
func (st *openState) oneDistrict(ctx context.Context, named roster.DistrictID) (roster.DistrictID, error) {
	if named != "" {
		return named, nil
	}
	ids, err := st.state.Districts(ctx)
	switch {
	case err != nil:
		return "", err
	case len(ids) == 0:
		return "", errors.New("there is no roster yet; import one as YAML or JSON first")
	case len(ids) > 1:
		return "", usagef("there are several districts; name one with --district")
	}
	return ids[0], nil
}

func (st *openState) stored(ctx context.Context, id roster.DistrictID) (*roster.Roster, error) {
	v, err := st.state.CurrentRoster(ctx, id)
	if err != nil {
		return nil, err
	}
	var file roster.Roster
	if err := json.Unmarshal(v.JSON, &file); err != nil {
		return nil, fmt.Errorf("read stored roster of %s: %w", id, err)
	}
	return &file, nil
}

func rosterExportCommand(fs *flag.FlagSet) action {
	load := configFlags(fs)
	format := fs.String("format", "yaml", "`FORM`: yaml, json, subjects.csv or devices.csv")
	district := fs.String("district", "", "`ID` of the district; needed when there are several")
	return func(ctx context.Context, c *call) error {
		if !slices.Contains([]string{"yaml", "json", "subjects.csv", "devices.csv"}, *format) {
			return usagef("--format: %q is none of yaml, json, subjects.csv, devices.csv", *format)
		}
		cfg, err := load(c)
		if err != nil {
			return err
		}
		return withState(ctx, c, cfg, openStores, func(st *openState) error {
			id, err := st.oneDistrict(ctx, roster.DistrictID(*district))
			if err != nil {
				return err
			}
			file, err := st.stored(ctx, id)
			if err != nil {
				return err
			}
			at := nowInstant()
			if err := st.state.AppendAudit(ctx, audit.Record{At: at, Actor: "command line", Action: "roster.export", Object: string(id)}); err != nil {
				return err
			}
			if list, isCSV := csvList(*format); isCSV {
				return roster.WriteCSV(c.out, file, list)
			}
			return roster.Write(c.out, file, *format)
		})
	}
}
