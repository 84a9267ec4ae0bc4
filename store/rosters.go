package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"correctiond/roster"
	"correctiond/store/audit"
	"correctiond/store/database"
)

// RosterVersion is one version of a district's roster.
type RosterVersion struct {
	District roster.DistrictID
	Version  int    // given by the store: 1, 2, 3 … per district
	Hash     string // of the file form
	JSON     []byte // the file form
	By       string
	At       roster.Instant
}

// SaveRoster makes v the current roster of its district and writes that to the
// audit chain, in one transaction. It reports whether anything changed: the
// roster that is current already is left alone. A device that the roster of
// another district holds is ErrTaken, and nothing is saved.
func (s *State) SaveRoster(ctx context.Context, v RosterVersion) (changed bool, err error) {
	devices, err := deviceIDs(v.JSON)
	if err != nil {
		return false, fmt.Errorf("save roster of %s: %w", v.District, err)
	}
	err = s.db.Update(ctx, fmt.Sprintf("save roster of %s", v.District), func(tx *sql.Tx) error {
		var hash string
		const newest = "SELECT version, hash FROM rosters WHERE district = ? ORDER BY version DESC LIMIT 1"
		err := tx.QueryRow(newest, v.District).Scan(&v.Version, &hash)
		if errors.Is(err, sql.ErrNoRows) {
			v.Version, err = 0, nil
		}
		if err != nil || v.Version > 0 && hash == v.Hash {
			return err
		}
		changed = true
		v.Version++
		return s.putRoster(tx, &v, devices)
	})
	return changed && err == nil, err
}

func deviceIDs(file []byte) ([]roster.DeviceID, error) {
	var form struct {
		Devices []struct {
			ID roster.DeviceID `json:"id"`
		} `json:"devices"`
	}
	if err := json.Unmarshal(file, &form); err != nil {
		return nil, fmt.Errorf("read its devices: %w", err)
	}
	ids := make([]roster.DeviceID, len(form.Devices))
	for i, d := range form.Devices {
		ids[i] = d.ID
	}
	return ids, nil
}

func (s *State) putRoster(tx *sql.Tx, v *RosterVersion, devices []roster.DeviceID) error {
	if err := holdDevices(tx, v.District, devices); err != nil {
		return err
	}
	_, err := tx.Exec("INSERT INTO rosters (district, version, hash, body, actor, at) VALUES (?, ?, ?, ?, ?, ?)",
		v.District, v.Version, v.Hash, s.Encrypt(v.JSON, rosterPlace(v.District, v.Version)), v.By, v.At)
	if err != nil {
		return err
	}
	return audit.Append(tx, []audit.Record{{
		At: v.At, Actor: v.By, Action: "roster.import", Object: string(v.District),
		Detail: fmt.Sprintf("version %d, %d devices, hash %s", v.Version, len(devices), v.Hash),
	}})
}

// holdDevices makes the devices those of the district. Acts store whole rosters and
// hardly ever change who has which: what stays is not written again.
func holdDevices(tx *sql.Tx, district roster.DistrictID, devices []roster.DeviceID) error {
	gone, err := devicesOf(tx, district)
	if err != nil {
		return err
	}
	for _, id := range devices {
		if gone[id] {
			delete(gone, id)
		} else if err := claim(tx, id, district); err != nil {
			return err
		}
	}
	for id := range gone {
		if _, err := tx.Exec("DELETE FROM roster_devices WHERE device = ?", id); err != nil {
			return err
		}
	}
	return nil
}

func devicesOf(tx *sql.Tx, district roster.DistrictID) (map[roster.DeviceID]bool, error) {
	rows, err := tx.Query("SELECT device FROM roster_devices WHERE district = ?", district)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := map[roster.DeviceID]bool{}
	for rows.Next() {
		var id roster.DeviceID
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		all[id] = true
	}
	return all, rows.Err()
}

// claim gives a device to a district, which needs that no other has it.
func claim(tx *sql.Tx, id roster.DeviceID, district roster.DistrictID) error {
	var owner roster.DistrictID
	err := tx.QueryRow("SELECT district FROM roster_devices WHERE device = ?", id).Scan(&owner)
	if err == nil {
		return fmt.Errorf("device %s is in the roster of district %s, remove it there first: %w", id, owner, database.ErrTaken)
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	_, err = tx.Exec("INSERT INTO roster_devices (device, district) VALUES (?, ?)", id, district)
	return err
}

const currentRoster = `SELECT district, version, hash, body, actor, at FROM rosters
	WHERE district = ? ORDER BY version DESC LIMIT 1`

func (s *State) scanRoster(row *sql.Row) (RosterVersion, error) {
	var v RosterVersion
	err := row.Scan(&v.District, &v.Version, &v.Hash, &v.JSON, &v.By, &v.At)
	if err == nil {
		v.JSON, err = s.Decrypt(v.JSON, rosterPlace(v.District, v.Version))
	}
	return v, err
}

// CurrentRoster reads the newest roster of a district; ErrNotFound without one.
func (s *State) CurrentRoster(ctx context.Context, district roster.DistrictID) (RosterVersion, error) {
	v, err := s.scanRoster(s.db.Read.QueryRowContext(ctx, currentRoster, district))
	if err != nil {
		return RosterVersion{}, fmt.Errorf("read roster of %s: %w", district, database.Explain(err))
	}
	return v, nil
}

// RosterHead is CurrentRoster without the roster itself, which may be large.
func (s *State) RosterHead(ctx context.Context, district roster.DistrictID) (RosterVersion, error) {
	const query = "SELECT district, version, hash, actor, at FROM rosters WHERE district = ? ORDER BY version DESC LIMIT 1"
	var v RosterVersion
	err := s.db.Read.QueryRowContext(ctx, query, district).Scan(&v.District, &v.Version, &v.Hash, &v.By, &v.At)
	if err != nil {
		return RosterVersion{}, fmt.Errorf("read roster version of %s: %w", district, database.Explain(err))
	}
	return v, nil
}

// Districts lists the districts that have a roster, in order of their ids.
func (s *State) Districts(ctx context.Context) ([]roster.DistrictID, error) {
	var ids []roster.DistrictID
	const query = "SELECT DISTINCT district FROM rosters ORDER BY district"
	err := s.db.Each(ctx, query, nil, func(scan func(...any) error) error {
		var id roster.DistrictID
		err := scan(&id)
		ids = append(ids, id)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list districts: %w", err)
	}
	return ids, nil
}
