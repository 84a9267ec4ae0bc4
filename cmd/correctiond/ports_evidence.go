package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"correctiond/store/access"
	"correctiond/store/database"
	"correctiond/web"
)

var _ web.Evidence = ports{}

func shownRequest(r *access.EvidenceRequest) web.EvidenceRequest {
	now := nowInstant()
	return web.EvidenceRequest{
		ID: r.ID, Alert: r.Alert, Requester: r.Requester, Reason: r.Reason, Approver: r.Approver, Usable: r.Usable(now),
		At: r.At, ApprovedAt: r.ApprovedAt, Expired: r.Expired(now),
	}
}

// ListEvidence lists the newest requests for an alert.
func (p ports) ListEvidence(ctx context.Context, alert string) ([]web.EvidenceRequest, error) {
	found, err := p.d.state.EvidenceRequests(ctx, alert, 20)
	var list []web.EvidenceRequest
	for i := range found {
		list = append(list, shownRequest(&found[i]))
	}
	return list, err
}

// AskEvidence keeps a request.
func (p ports) AskEvidence(ctx context.Context, alert, by, reason string) (web.EvidenceRequest, error) {
	r, err := p.d.state.RequestEvidence(ctx, access.EvidenceRequest{Alert: alert, Requester: by, Reason: reason, At: nowInstant()})
	return shownRequest(&r), err
}

// ApproveEvidence approves a request by another person than who made it.
func (p ports) ApproveEvidence(ctx context.Context, id int64, by string) (web.EvidenceRequest, error) {
	r, err := p.d.state.ApproveEvidence(ctx, id, by, nowInstant())
	if errors.Is(err, access.ErrSamePerson) || errors.Is(err, access.ErrExpired) || errors.Is(err, database.ErrTaken) {
		err = fmt.Errorf("%w: %w", web.ErrEvidence, err)
	}
	return shownRequest(&r), err
}

// FindEvidence reads a request.
func (p ports) FindEvidence(ctx context.Context, id int64) (web.EvidenceRequest, bool, error) {
	r, err := p.d.state.EvidenceRequest(ctx, id)
	if errors.Is(err, database.ErrNotFound) {
		return web.EvidenceRequest{}, false, nil
	}
	return shownRequest(&r), err == nil, err
}

// WriteEvidence makes the package of an approved request.
func (p ports) WriteEvidence(ctx context.Context, w io.Writer, id int64) error {
	r, err := p.d.state.EvidenceRequest(ctx, id)
	if err != nil {
		return err
	}
	return p.d.writeEvidence(ctx, w, &r)
}
