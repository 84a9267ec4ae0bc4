package journal

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// identify sets the daemon's client id: the one kept in the store directory
// while its session can be resumed, a new one otherwise. A session whose consumer
// is lost looks alive to both sides, but nothing would be stored for it.
func (s *Server) identify(ctx context.Context) error {
	path := filepath.Join(s.cfg.Dir, "mqtt_client_id")
	kept, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("read client id: %w", err)
	}
	id := strings.TrimSpace(string(kept))
	consumers, resumable, err := s.daemonConsumers(ctx)
	if err != nil {
		return err
	}
	if id == "" || !resumable {
		id = "correctiond-" + random(16)
		if err := s.dropConsumers(ctx, consumers); err != nil {
			return err
		}
		if err := replaceFile(path, id+"\n"); err != nil {
			return fmt.Errorf("keep client id: %w", err)
		}
	}
	s.broker.access.clientID = id
	return nil
}

// daemonConsumers lists the consumers of the broker's store that cannot be a
// device's, and tells whether the one for the messages of all devices is there.
func (s *Server) daemonConsumers(ctx context.Context) (names []string, complete bool, err error) {
	stream, err := s.js.Stream(ctx, brokerStream)
	if err != nil {
		return nil, false, fmt.Errorf("open broker store: %w", err)
	}
	base := "$MQTT.msgs." + s.cfg.MQTT.subject() + ".v1."
	devices := regexp.MustCompile("^" + regexp.QuoteMeta(base) + `[A-Za-z0-9_-]+\.(challenge|notice)$`)
	list := stream.ListConsumers(ctx)
	for c := range list.Info() {
		if !devices.MatchString(c.Config.FilterSubject) {
			names = append(names, c.Name)
		}
		complete = complete || c.Config.FilterSubject == base+"*.*"
	}
	if err := list.Err(); err != nil {
		return nil, false, fmt.Errorf("list subscriptions: %w", err)
	}
	return names, complete, nil
}

// dropConsumers removes what is left of a session that nobody will resume: the
// broker would keep messages for it until it is full.
func (s *Server) dropConsumers(ctx context.Context, names []string) error {
	for _, name := range names {
		s.cfg.Logger.Warn("dropping a subscription of an earlier client id", "consumer", name)
		if err := s.js.DeleteConsumer(ctx, brokerStream, name); err != nil {
			return fmt.Errorf("drop subscription %s: %w", name, err)
		}
	}
	return nil
}

// replaceFile writes text to path so that a crash leaves the old or the new.
func replaceFile(path, text string) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)) // mode 0600
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return os.Rename(f.Name(), path)
}
