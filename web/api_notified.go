package web

import (
	"context"

	"correctiond/alerts"
)

// Notified knows who was told of an alert, or is to be, with every attempt.
type Notified interface {
	NoticesOf(ctx context.Context, alert string) ([]alerts.Sending, error)
}

// told is empty where nobody keeps notices.
func (s *Server) told(ctx context.Context, a *alerts.Alert) ([]alerts.Sending, error) {
	if s.deps.Notified == nil {
		return nil, nil
	}
	return s.deps.Notified.NoticesOf(ctx, a.Episode.ID)
}
