package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"correctiond/alerts/duty"
	"correctiond/roster"
	"correctiond/store/audit"
	"correctiond/store/database"
)

const currentRota = "SELECT body FROM rotas WHERE district = ? ORDER BY version DESC LIMIT 1"

// Rota reads the newest rota of a district. A district without one has version 0
// and no shifts.
func (s *State) Rota(ctx context.Context, district roster.DistrictID) (duty.Rota, error) {
	r, err := scanRota(s.db.Read.QueryRowContext(ctx, currentRota, district), district)
	if err != nil {
		return r, fmt.Errorf("read rota of %s: %w", district, database.Explain(err))
	}
	return r, nil
}

func scanRota(row *sql.Row, district roster.DistrictID) (duty.Rota, error) {
	r := duty.Rota{District: district, Shifts: []duty.Shift{}}
	var body []byte
	err := row.Scan(&body)
	if errors.Is(err, sql.ErrNoRows) {
		return r, nil
	}
	if err == nil {
		err = json.Unmarshal(body, &r)
	}
	return r, err
}

// PutRota makes r the rota of its district, as the version after the current one,
// and writes that to the audit chain. Version is the one that the person saw; 0
// accepts any. Another current one is ErrTaken. Whether r makes sense is for the
// caller to check.
func (s *State) PutRota(ctx context.Context, r duty.Rota) (duty.Rota, error) {
	err := s.db.Update(ctx, fmt.Sprintf("save rota of %s", r.District), func(tx *sql.Tx) error {
		current, err := scanRota(tx.QueryRow(currentRota, r.District), r.District)
		if err != nil {
			return err
		}
		if r.Version != 0 && r.Version != current.Version {
			return fmt.Errorf("version %d is not the current one, %d: %w", r.Version, current.Version, database.ErrTaken)
		}
		r.Version = current.Version + 1
		body, err := json.Marshal(&r)
		if err != nil {
			return err
		}
		if _, err := tx.Exec("INSERT INTO rotas (district, version, body) VALUES (?, ?, ?)", r.District, r.Version, body); err != nil {
			return err
		}
		return audit.Append(tx, []audit.Record{{
			At: r.Made.At, Actor: r.Made.By, Action: "rota.changed", Object: string(r.District),
			Detail: fmt.Sprintf("version %d, %d shifts", r.Version, len(r.Shifts)),
		}})
	})
	return r, err
}
