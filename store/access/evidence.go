package access

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"correctiond/roster"
	"correctiond/store/audit"
	"correctiond/store/database"
)

// evidenceLife is how long a request can be approved, and an approval be used.
const evidenceLife = 7 * roster.Day

// What approving refuses.
var (
	// ErrSamePerson: nobody approves what they asked for.
	ErrSamePerson = errors.New("it needs another person: who asked cannot approve")
	// ErrExpired: the request is older than seven days.
	ErrExpired = errors.New("the request is older than seven days: ask again")
)

// EvidenceRequest is somebody's wish to export the evidence of an alert, which
// another person has to approve.
type EvidenceRequest struct {
	ID         int64          `json:"id"`
	Alert      string         `json:"alert"`
	Requester  string         `json:"requester"`
	Reason     string         `json:"reason"`
	At         roster.Instant `json:"at"`
	Approver   string         `json:"approver,omitempty"`
	ApprovedAt roster.Instant `json:"approved_at,omitempty"`
}

// Usable tells whether the evidence may be exported now: approved, and that not
// more than seven days ago.
func (r *EvidenceRequest) Usable(now roster.Instant) bool {
	return r.Approver != "" && now < r.ApprovedAt+evidenceLife
}

// Expired tells whether it is too late to approve the request.
func (r *EvidenceRequest) Expired(now roster.Instant) bool {
	return r.Approver == "" && now >= r.At+evidenceLife
}

const evidenceColumns = "SELECT id, alert, requester, reason, at, approver, approved_at FROM evidence_requests"

func scanEvidence(row *sql.Row) (r EvidenceRequest, err error) {
	err = row.Scan(&r.ID, &r.Alert, &r.Requester, &r.Reason, &r.At, &r.Approver, &r.ApprovedAt)
	return r, database.Explain(err)
}

// RequestEvidence keeps a request, also in the audit, and gives it its number.
func (b *Book) RequestEvidence(ctx context.Context, r EvidenceRequest) (EvidenceRequest, error) {
	err := b.db.Update(ctx, "request evidence", func(tx *sql.Tx) error {
		err := tx.QueryRow("INSERT INTO evidence_requests (alert, requester, reason, at) VALUES (?, ?, ?, ?) RETURNING id",
			r.Alert, r.Requester, r.Reason, r.At).Scan(&r.ID)
		if err != nil {
			return err
		}
		return audit.Append(tx, []audit.Record{{At: r.At, Actor: r.Requester, Action: "evidence.request", Object: r.Alert, Reason: r.Reason, Detail: fmt.Sprint(r.ID)}})
	})
	return r, err
}

// ApproveEvidence approves a request by another person than who made it, and
// records it. ErrSamePerson, ErrExpired, ErrTaken (it is approved already) and
// ErrNotFound change nothing.
func (b *Book) ApproveEvidence(ctx context.Context, id int64, by string, now roster.Instant) (r EvidenceRequest, err error) {
	err = b.db.Update(ctx, fmt.Sprintf("approve request %d", id), func(tx *sql.Tx) error {
		if r, err = scanEvidence(tx.QueryRow(evidenceColumns+" WHERE id = ?", id)); err != nil {
			return err
		}
		switch {
		case by == "" || by == r.Requester:
			return ErrSamePerson
		case r.Approver != "":
			return fmt.Errorf("it is approved by %s: %w", r.Approver, database.ErrTaken)
		case r.Expired(now):
			return ErrExpired
		}
		r.Approver, r.ApprovedAt = by, now
		if _, err := tx.Exec("UPDATE evidence_requests SET approver = ?, approved_at = ? WHERE id = ? AND approver = ''", by, now, id); err != nil {
			return err
		}
		return audit.Append(tx, []audit.Record{{At: now, Actor: by, Action: "evidence.approve", Object: r.Alert, Detail: fmt.Sprint(id)}})
	})
	return r, err
}

// EvidenceRequest reads a request; ErrNotFound without it.
func (b *Book) EvidenceRequest(ctx context.Context, id int64) (EvidenceRequest, error) {
	r, err := scanEvidence(b.db.Read.QueryRowContext(ctx, evidenceColumns+" WHERE id = ?", id))
	if err != nil {
		return r, fmt.Errorf("read request %d: %w", id, err)
	}
	return r, nil
}

// EvidenceOf is the newest approved request of a person for an alert; ErrNotFound
// without one.
func (b *Book) EvidenceOf(ctx context.Context, alert, requester string) (EvidenceRequest, error) {
	const newest = evidenceColumns + " WHERE alert = ? AND requester = ? AND approver <> '' ORDER BY approved_at DESC, id DESC LIMIT 1"
	r, err := scanEvidence(b.db.Read.QueryRowContext(ctx, newest, alert, requester))
	if err != nil {
		return r, fmt.Errorf("find approved request: %w", err)
	}
	return r, nil
}

// EvidenceRequests lists the requests for an alert, the newest first, at most limit.
func (b *Book) EvidenceRequests(ctx context.Context, alert string, limit int) (list []EvidenceRequest, err error) {
	err = b.db.Each(ctx, evidenceColumns+" WHERE alert = ? ORDER BY id DESC LIMIT ?", []any{alert, limit}, func(scan func(...any) error) error {
		var r EvidenceRequest
		err := scan(&r.ID, &r.Alert, &r.Requester, &r.Reason, &r.At, &r.Approver, &r.ApprovedAt)
		list = append(list, r)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list requests for evidence: %w", err)
	}
	return list, nil
}
