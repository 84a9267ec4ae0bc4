package tracks

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// errSetup: the server answers, but has not what the configuration asks for.
var errSetup = errors.New("InfluxDB is not set up")

// setup is an errSetup with what is wrong and what helps.
func setup(format string, args ...any) error {
	return fmt.Errorf("%w: %s", errSetup, fmt.Sprintf(format, args...))
}

// Major versions of InfluxDB that differ in how they are asked. InfluxDB Cloud
// and servers that do not say are taken for 2.
const (
	influx1 = 1
	influx2 = 2
	influx3 = 3
)

// Check makes sure that the server has the bucket and that the bucket keeps data
// long enough; a missing one is created where the configuration says so. (3 Core
// creates a database with the first write and is only asked for its version.)
// The error says what to do about it.
func (x *Influx) Check(ctx context.Context) error {
	x.setup.Lock()
	defer x.setup.Unlock()
	ctx, cancel := context.WithTimeout(ctx, x.cfg.Timeout)
	defer cancel()
	version, err := x.ping(ctx)
	if err != nil {
		return fmt.Errorf("check InfluxDB: %w", err)
	}
	switch version {
	case influx1:
		err = x.checkDatabase(ctx)
	case influx2:
		err = x.checkBucket(ctx)
	}
	if err != nil {
		return fmt.Errorf("check InfluxDB: %w", err)
	}
	x.version.Store(int32(version))
	x.ready.Store(true)
	return nil
}

func (x *Influx) ping(ctx context.Context) (int, error) {
	version := influx2
	err := x.call(ctx, http.MethodGet, "/ping", nil, func(resp *http.Response) error {
		text := strings.TrimPrefix(resp.Header.Get("X-Influxdb-Version"), "v")
		major, _, _ := strings.Cut(text, ".")
		if n, err := strconv.Atoi(major); err == nil && n > 0 {
			version = min(n, influx3)
		}
		if text == "unknown" { // a 1.8 that was built with "go install"
			version = influx1
		}
		return nil
	})
	return version, err
}

// keepsEnough judges the retention of what the server has; 0 is for ever.
func (x *Influx) keepsEnough(has time.Duration) error {
	want := x.cfg.Retention
	switch {
	case has == want || has == 0 && want != 0:
		// Longer is the business of Prune, which deletes by kind.
		return nil
	case want == 0:
		return setup("bucket %q deletes data after %v, but it is to be kept for ever: change its retention or the configuration", x.cfg.Bucket, has)
	case has < want:
		return setup("bucket %q deletes data after %v, but %v are configured: change its retention or the configuration", x.cfg.Bucket, has, want)
	}
	return nil
}

func (x *Influx) missing(what, name string) error {
	if x.cfg.CreateBucket {
		return nil
	}
	return missingBucket{setup("%s %q does not exist: create it, or set create_bucket", what, name)}
}

type bucketAnswer struct {
	ID             string `json:"id,omitempty"`
	OrgID          string `json:"orgID"`
	Name           string `json:"name"`
	RetentionRules []rule `json:"retentionRules"`
}

type rule struct {
	Type  string `json:"type"`
	Every int64  `json:"everySeconds"`
}

// checkBucket is for InfluxDB 2.
func (x *Influx) checkBucket(ctx context.Context) error {
	query := url.Values{"name": {x.cfg.Bucket}, "org": {x.cfg.Org}}
	var found struct{ Buckets []bucketAnswer }
	err := x.call(ctx, http.MethodGet, "/api/v2/buckets?"+query.Encode(), nil, decodeJSON(&found))
	var a *answer
	if err != nil && !(errors.As(err, &a) && a.status == http.StatusNotFound) {
		return err
	}
	for _, b := range found.Buckets {
		if b.Name != x.cfg.Bucket {
			continue
		}
		has := time.Duration(0)
		for _, r := range b.RetentionRules {
			has = time.Duration(r.Every) * time.Second
		}
		return x.keepsEnough(has)
	}
	if err := x.missing("bucket", x.cfg.Bucket); err != nil {
		return err
	}
	return x.createBucket(ctx)
}

func (x *Influx) createBucket(ctx context.Context) error {
	var found struct{ Orgs []struct{ ID, Name string } }
	err := x.call(ctx, http.MethodGet, "/api/v2/orgs?"+url.Values{"org": {x.cfg.Org}}.Encode(), nil, decodeJSON(&found))
	var a *answer
	if errors.As(err, &a) && a.status == http.StatusNotFound || err == nil && len(found.Orgs) == 0 {
		return setup("organization %q does not exist, or the token may not see it", x.cfg.Org)
	}
	if err != nil {
		return err
	}
	b := bucketAnswer{OrgID: found.Orgs[0].ID, Name: x.cfg.Bucket, RetentionRules: []rule{}}
	if x.cfg.Retention > 0 {
		b.RetentionRules = []rule{{Type: "expire", Every: int64(x.cfg.Retention / time.Second)}}
	}
	if err := x.call(ctx, http.MethodPost, "/api/v2/buckets", b, decodeJSON(&b)); err != nil {
		return fmt.Errorf("create bucket: %w", err)
	}
	x.cfg.Log.Info("InfluxDB bucket created", "bucket", x.cfg.Bucket, "retention", x.cfg.Retention)
	return nil
}
