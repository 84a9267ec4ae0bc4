package access

import (
	"context"
	"database/sql"
	"fmt"

	"correctiond/roster"
	"correctiond/store/audit"
)

// Caseload changes whom a social worker looks after. Name is the one that the worker
// signs in with, by account, token or provider.
type Caseload struct {
	Name        string
	Add, Remove []roster.SubjectID
}

// Assign puts people into the care of a social worker, or takes them out of it.
func (b *Book) Assign(ctx context.Context, c Caseload, by string, at roster.Instant) error {
	return b.db.Update(ctx, "assign to "+c.Name, func(tx *sql.Tx) error {
		for _, id := range c.Add {
			if _, err := tx.Exec("INSERT INTO assignments (name, subject) VALUES (?, ?) ON CONFLICT (name, subject) DO NOTHING", c.Name, id); err != nil {
				return err
			}
		}
		for _, id := range c.Remove {
			if _, err := tx.Exec("DELETE FROM assignments WHERE name = ? AND subject = ?", c.Name, id); err != nil {
				return err
			}
		}
		return audit.Append(tx, []audit.Record{{At: at, Actor: by, Action: "account.assign", Object: c.Name, Detail: fmt.Sprintf("add %v, remove %v", c.Add, c.Remove)}})
	})
}

// Assigned lists whom a social worker looks after.
func (b *Book) Assigned(ctx context.Context, name string) ([]roster.SubjectID, error) {
	return b.subjects(ctx, "read assignments", "SELECT subject FROM assignments WHERE name = ? ORDER BY subject", name)
}

// Seal remembers who is under supervision as a minor. Nothing takes that back.
func (b *Book) Seal(ctx context.Context, district roster.DistrictID, ids []roster.SubjectID) error {
	if len(ids) == 0 {
		return nil
	}
	return b.db.Update(ctx, fmt.Sprintf("seal files of %s", district), func(tx *sql.Tx) error {
		for _, id := range ids {
			if _, err := tx.Exec("INSERT INTO sealed (district, subject) VALUES (?, ?) ON CONFLICT (district, subject) DO NOTHING", district, id); err != nil {
				return err
			}
		}
		return nil
	})
}

// Sealed lists whose files of a district are sealed.
func (b *Book) Sealed(ctx context.Context, district roster.DistrictID) ([]roster.SubjectID, error) {
	return b.subjects(ctx, "read sealed files", "SELECT subject FROM sealed WHERE district = ? ORDER BY subject", district)
}

func (b *Book) subjects(ctx context.Context, what, query string, args ...any) ([]roster.SubjectID, error) {
	var ids []roster.SubjectID
	err := b.db.Each(ctx, query, args, func(scan func(...any) error) error {
		var id roster.SubjectID
		err := scan(&id)
		ids = append(ids, id)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return ids, nil
}
