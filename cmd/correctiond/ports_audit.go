package main

import (
	"context"
	"errors"

	"correctiond/store/audit"
	"correctiond/store/database"
	"correctiond/web"
)

var _ web.AuditLog = ports{}

// AuditPage lists records of the audit chain, the newest first.
func (p ports) AuditPage(ctx context.Context, f web.AuditFilter) ([]web.AuditRecord, string, error) {
	found, next, err := p.d.state.AuditPage(ctx, audit.Filter(f))
	if errors.Is(err, database.ErrCursor) {
		err = web.ErrCursor
	}
	list := make([]web.AuditRecord, 0, len(found))
	for i := range found {
		r := &found[i]
		list = append(list, web.AuditRecord{N: r.N, At: r.At, Purpose: r.Purpose, Recorded: web.Recorded{
			Actor: r.Actor, Action: r.Action, Object: r.Object, Reason: r.Reason, Detail: r.Detail, District: r.District, Subject: r.Subject,
		}})
	}
	return list, next, err
}

// AuditChain is what the watch of the chain has found last.
func (p ports) AuditChain(context.Context) web.Chain {
	if chain := p.d.chain.Load(); chain != nil {
		return *chain
	}
	return web.Chain{}
}
