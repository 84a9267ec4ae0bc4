package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"correctiond/roster"
	"correctiond/store/audit"
	"correctiond/store/database"
)

// Owner is a data directory: a district is run by the daemon whose directory has its
// journal.
type Owner struct {
	ID    string // empty: not known
	Place string // for people
}

// Claim gives a district that nobody has to o, and answers whose it is. One that is
// from before there were owners is o's only if its journal is (journaled), or if
// nothing of it was applied yet; else the owner is not known.
func (s *State) Claim(ctx context.Context, district roster.DistrictID, o Owner, journaled bool) (has Owner, err error) {
	err = s.db.Update(ctx, fmt.Sprintf("claim district %s", district), func(tx *sql.Tx) error {
		err := tx.QueryRow("SELECT owner, place FROM district_owners WHERE district = ?", district).Scan(&has.ID, &has.Place)
		unknown := errors.Is(err, sql.ErrNoRows)
		switch {
		case err != nil && !unknown:
			return err
		case unknown && !journaled:
			var begun int
			if err := tx.QueryRow("SELECT count(*) FROM cursors WHERE district = ?", district).Scan(&begun); err != nil || begun > 0 {
				return err
			}
		case has.ID != "" && has.ID != o.ID, has == o:
			return nil
		}
		has = o
		_, err = tx.Exec(`INSERT INTO district_owners (district, owner, place) VALUES (?, ?, ?)
			ON CONFLICT (district) DO UPDATE SET owner = excluded.owner, place = excluded.place`, district, o.ID, o.Place)
		return err
	})
	return has, err
}

// Release lets the next daemon that claims a district have it; ErrNotFound for one
// that was never applied.
func (s *State) Release(ctx context.Context, district roster.DistrictID, by string, at roster.Instant) error {
	return s.db.Update(ctx, fmt.Sprintf("release district %s", district), func(tx *sql.Tx) error {
		var known int
		err := tx.QueryRow("SELECT (SELECT count(*) FROM cursors WHERE district = ?) + (SELECT count(*) FROM district_owners WHERE district = ?)",
			district, district).Scan(&known)
		if err == nil && known == 0 {
			err = database.ErrNotFound
		}
		if err != nil {
			return err
		}
		_, err = tx.Exec("INSERT INTO district_owners (district, owner, place) VALUES (?, '', '') ON CONFLICT (district) DO UPDATE SET owner = '', place = ''", district)
		if err != nil {
			return err
		}
		return audit.Append(tx, []audit.Record{{At: at, Actor: by, Action: "state.release", Object: string(district), District: district}})
	})
}
