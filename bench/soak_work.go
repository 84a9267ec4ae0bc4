package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// work closes the alerts that are open, as officers do, until ctx ends: a soak in
// which nobody works grows by its open alerts.
func (s *soak) work(ctx context.Context) {
	t := time.NewTicker(2 * time.Second)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		n, err := s.closeOpen()
		s.closed.Add(int64(n))
		if err != nil && ctx.Err() == nil {
			s.failed.Add(1)
			s.lastFailure.Store(&err)
		}
	}
}

// closeOpen closes one page of open alerts and returns how many those were. An
// alert that changed meanwhile is left for the next round.
func (s *soak) closeOpen() (n int, err error) {
	body, err := get(s.daemon.pages+"/api/v1/alerts?state=open&limit=100", s.daemon.token)
	if err != nil {
		return 0, err
	}
	var list struct {
		Items []struct {
			ID      string
			Version int
		}
	}
	if err := json.Unmarshal(body, &list); err != nil {
		return 0, err
	}
	for _, a := range list.Items {
		done, err := s.closeOne(a.ID, a.Version)
		if err != nil {
			return n, err
		}
		n += done
	}
	return n, nil
}

func (s *soak) closeOne(id string, version int) (int, error) {
	const decision = `{"outcome":"technical","reason":"load of a soak","note":"the device was inspected"}`
	req, err := http.NewRequest(http.MethodPost, s.daemon.pages+"/api/v1/alerts/"+id+"/close", strings.NewReader(decision))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Authorization", "Bearer "+s.daemon.token)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("If-Match", fmt.Sprintf("%q", fmt.Sprint(version)))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	switch resp.StatusCode {
	case http.StatusOK:
		return 1, nil
	case http.StatusConflict, http.StatusPreconditionFailed:
		return 0, nil
	}
	return 0, fmt.Errorf("closing %s answers %s", id, resp.Status)
}
