package database

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"correctiond/seal"
)

// resealBatch is how many rows one transaction encrypts anew, so that others write
// in between.
const resealBatch = 100

// Reseal makes ring the keys of the database and encrypts with its first key every
// row that has another, or none. It works in small transactions while others read
// and write; broken off, it goes on where it was when it is called again. It
// returns how many rows it changed.
func (s *Sealing) Reseal(ctx context.Context, ring *seal.Ring) (rows int, err error) {
	s.ring.Store(ring)
	for _, c := range s.columns {
		n, err := s.resealColumn(ctx, ring, c)
		rows += n
		if err != nil {
			return rows, fmt.Errorf("encrypt %s: %w", c.Table, err)
		}
	}
	// The last: it vouches that no row is left with another key.
	return rows, s.db.Update(ctx, "note key in use", func(tx *sql.Tx) error {
		_, err := tx.Exec("INSERT INTO sealing (id, body) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body",
			ring.Seal([]byte("correctiond"), checkPlace))
		return err
	})
}

func (s *Sealing) resealColumn(ctx context.Context, ring *seal.Ring, c Column) (total int, err error) {
	var after []any
	for {
		var n int
		err := s.db.Update(ctx, "encrypt rows", func(tx *sql.Tx) error {
			batch, err := c.others(tx, ring.Header(), after)
			if err != nil {
				return err
			}
			n = len(batch)
			for i := range batch {
				after = batch[i].key
				if err := c.rewrite(tx, ring, &batch[i]); err != nil {
					return err
				}
			}
			return nil
		})
		total += n
		if err != nil || n < resealBatch {
			return total, err
		}
	}
}

// sealedRow is a row to encrypt anew.
type sealedRow struct {
	key  []any
	body []byte
}

// others reads the next rows behind a key that do not begin with the header.
func (c Column) others(tx *sql.Tx, header []byte, after []any) (batch []sealedRow, err error) {
	keys := strings.Join(c.Key, ", ")
	query := fmt.Sprintf("SELECT %[1]s, %[2]s FROM %[3]s WHERE substr(%[2]s, 1, %[4]d) <> ?", keys, c.Column, c.Table, len(header))
	args := append([]any{header}, after...)
	if len(after) > 0 {
		query += fmt.Sprintf(" AND (%s) > (%s)", keys, strings.TrimSuffix(strings.Repeat("?, ", len(c.Key)), ", "))
	}
	rows, err := tx.Query(query+" ORDER BY "+keys+" LIMIT ?", append(args, resealBatch)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		row := sealedRow{key: make([]any, len(c.Key))}
		into := []any{}
		for i := range row.key {
			into = append(into, &row.key[i])
		}
		if err := rows.Scan(append(into, &row.body)...); err != nil {
			return nil, err
		}
		batch = append(batch, row)
	}
	return batch, rows.Err()
}

// rewrite encrypts one row anew, unless somebody has written it meanwhile.
func (c Column) rewrite(tx *sql.Tx, ring *seal.Ring, row *sealedRow) error {
	at, plain := Place(c.Table+"."+c.Column, row.key...), row.body
	if seal.Sealed(row.body) {
		var err error
		if plain, err = ring.Open(row.body, at); err != nil {
			return fmt.Errorf("row %v: %w", row.key, err)
		}
	}
	query := fmt.Sprintf("UPDATE %[1]s SET %[2]s = ? WHERE %[3]s = ? AND %[2]s = ?", c.Table, c.Column, strings.Join(c.Key, " = ? AND "))
	args := append([]any{ring.Seal(plain, at)}, row.key...)
	_, err := tx.Exec(query, append(args, row.body)...)
	return err
}
