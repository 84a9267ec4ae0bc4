package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"

	"go.yaml.in/yaml/v3"

	"correctiond/alerts/duty"
	"correctiond/roster"
)

func rotaImportCommand(fs *flag.FlagSet) action {
	district := fs.String("district", "", "`ID` of the district; needed when there are several")
	return fileImport(fs, "rota", func(ctx context.Context, c *call, st *openState, data []byte) error {
		r, err := st.importRota(ctx, roster.DistrictID(*district), c.args[0], data)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(c.out, "rota of %s: version %d, %d shifts\n", r.District, r.Version, len(r.Shifts))
		return err
	})
}

// importRota makes a file the rota of a district whose roster knows its people.
func (st *openState) importRota(ctx context.Context, district roster.DistrictID, name string, data []byte) (r duty.Rota, err error) {
	shifts, err := duty.ReadRota(bytes.NewReader(data), name, st.cal)
	if err != nil {
		return r, invalid(err)
	}
	id, err := st.oneDistrict(ctx, district)
	if err != nil {
		return r, err
	}
	file, err := st.stored(ctx, id)
	if err != nil {
		return r, err
	}
	dir, err := roster.Compile(file, st.cal)
	if err != nil {
		return r, fmt.Errorf("compile roster of %s: %w", id, err)
	}
	r = duty.Rota{District: id, Made: duty.Stamp{By: "command line", At: nowInstant()}, Shifts: shifts}
	if err := r.Check(st.cal, dir); err != nil {
		return r, invalid(fmt.Errorf("%s: %w", name, err))
	}
	return st.state.PutRota(ctx, r)
}

func rotaExportCommand(fs *flag.FlagSet) action {
	load := configFlags(fs)
	district := fs.String("district", "", "`ID` of the district; needed when there are several")
	return func(ctx context.Context, c *call) error {
		cfg, err := load(c)
		if err != nil {
			return err
		}
		return withState(ctx, c, cfg, openStores, func(st *openState) error {
			id, err := st.oneDistrict(ctx, roster.DistrictID(*district))
			if err != nil {
				return err
			}
			r, err := st.state.Rota(ctx, id)
			if err != nil {
				return err
			}
			return yaml.NewEncoder(c.out).Encode(map[string]any{"version": 1, "shifts": r.Shifts})
		})
	}
}
