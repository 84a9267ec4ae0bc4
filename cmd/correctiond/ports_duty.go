package main

import (
	"context"
	"errors"

	"correctiond/alerts"
	"correctiond/alerts/duty"
	"correctiond/roster"
	"correctiond/store/database"
	"correctiond/web"
)

var (
	_ web.Silences = ports{}
	_ web.Rotas    = ports{}
)

// Silences lists what is silent in a district now.
func (p ports) Silences(ctx context.Context, d roster.DistrictID) ([]web.Silence, error) {
	list, err := p.d.state.Silences(ctx, nowInstant())
	var out []web.Silence
	for i := range list {
		if s := &list[i]; s.District == d {
			out = append(out, web.Silence{
				ID: s.ID, District: d, Kind: s.Kind, Subject: s.Subject, Office: s.Office, Device: s.Device,
				Reason: s.Reason, By: s.Made.By, From: s.Made.At, Until: s.End(),
			})
		}
	}
	return out, err
}

// BeginSilence stores a silence, which holds from now on.
func (p ports) BeginSilence(ctx context.Context, s web.Silence) error {
	_, err := p.d.state.PutSilence(ctx, alerts.Silence{
		District: s.District, Kind: s.Kind, Subject: s.Subject, Office: s.Office, Device: s.Device,
		Reason: s.Reason, Made: duty.Stamp{By: s.By, At: s.From}, Until: s.Until,
	})
	return dutyError(err)
}

// EndSilence ends a silence before its time; one that is over is left alone.
func (p ports) EndSilence(ctx context.Context, d roster.DistrictID, id int64, by string) error {
	_, err := p.d.state.EndSilence(ctx, d, id, duty.Stamp{By: by, At: nowInstant()})
	if errors.Is(err, database.ErrNotFound) {
		err = nil
	}
	return err
}

// Rota reads the rota of a district.
func (p ports) Rota(ctx context.Context, d roster.DistrictID) (web.Rota, error) {
	r, err := p.d.state.Rota(ctx, d)
	return rotaOf(&r), err
}

func rotaOf(r *duty.Rota) web.Rota {
	out := web.Rota{District: r.District, Version: r.Version, By: r.Made.By, At: r.Made.At}
	for _, s := range r.Shifts {
		out.Shifts = append(out.Shifts, web.Shift{Post: string(s.Post), Office: s.Office, From: s.From, Until: s.Until, Officers: s.Officers})
	}
	return out
}

// SaveRota checks a rota against the roster and replaces the version that it names.
func (p ports) SaveRota(ctx context.Context, r web.Rota) (web.Rota, error) {
	next := duty.Rota{District: r.District, Version: r.Version, Made: duty.Stamp{By: r.By, At: r.At}, Shifts: []duty.Shift{}}
	for _, s := range r.Shifts {
		next.Shifts = append(next.Shifts, duty.Shift{Post: duty.Post(s.Post), Office: s.Office, From: s.From, Until: s.Until, Officers: s.Officers})
	}
	if err := next.Check(p.d.cal, p.d.registry.district(r.District)); err != nil {
		return r, dutyError(err)
	}
	saved, err := p.d.state.PutRota(ctx, next)
	if errors.Is(err, database.ErrTaken) {
		err = web.ErrStaleRota
	}
	return rotaOf(&saved), err
}

// dutyError names the field that is wrong, as the API does.
func dutyError(err error) error {
	if wrong, is := errors.AsType[*duty.FieldError](err); is {
		return &web.DutyError{Field: wrong.Field, Detail: wrong.Detail}
	}
	return err
}
