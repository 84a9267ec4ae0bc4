package web

import (
	"context"

	"correctiond/alerts"
	"correctiond/alerts/notice"
)

// Notified knows who was told of an alert, or is to be, with every attempt.
type Notified interface {
	NoticesOf(ctx context.Context, alert string) ([]notice.Sending, error)
}

// told is empty where nobody keeps notices.
func (s *Server) told(ctx context.Context, a *alerts.Alert) ([]notice.Sending, error) {
	if s.deps.Notified == nil {
		return nil, nil
	}
	return s.deps.Notified.NoticesOf(ctx, a.Episode.ID)
}
