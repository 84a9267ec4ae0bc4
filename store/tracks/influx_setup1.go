package tracks

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// names gives database and retention policy of a bucket on InfluxDB 1.8; the
// policy is empty when the database's default is meant.
func (x *Influx) names() (database, policy string) {
	database, policy, _ = strings.Cut(x.cfg.Bucket, "/")
	return database, policy
}

// checkDatabase is for InfluxDB 1.8, where a bucket is a database and one of its
// retention policies.
func (x *Influx) checkDatabase(ctx context.Context) error {
	database, policy := x.names()
	rows, err := x.influxQL(ctx, "SHOW RETENTION POLICIES ON "+identifier(database))
	if err != nil && strings.Contains(err.Error(), "database not found") {
		if err := x.missing("database", database); err != nil {
			return err
		}
		return x.create(ctx, "CREATE DATABASE "+identifier(database)+" WITH DURATION "+x.duration(), named(" NAME ", policy))
	}
	if err != nil {
		return err
	}
	for _, row := range rows {
		if name, keeps, usual := policyOf(row); name == policy || policy == "" && usual {
			return x.keepsEnough(keeps)
		}
	}
	if err := x.missing("retention policy", x.cfg.Bucket); err != nil {
		return err
	}
	return x.create(ctx, "CREATE RETENTION POLICY "+identifier(policy)+" ON "+identifier(database),
		" DURATION "+x.duration()+" REPLICATION 1")
}

func (x *Influx) create(ctx context.Context, statement, more string) error {
	if _, err := x.influxQL(ctx, statement+more); err != nil {
		return fmt.Errorf("create %s: %w", x.cfg.Bucket, err)
	}
	x.cfg.Log.Info("InfluxDB database created", "bucket", x.cfg.Bucket, "retention", x.cfg.Retention)
	return nil
}

func (x *Influx) duration() string {
	if x.cfg.Retention <= 0 {
		return "INF"
	}
	return fmt.Sprintf("%ds", x.cfg.Retention/time.Second)
}

func named(word, name string) string {
	if name == "" {
		return ""
	}
	return word + identifier(name)
}

// policyOf reads a row: name, duration, shard group duration, replicas, default.
func policyOf(row []any) (name string, keeps time.Duration, usual bool) {
	if len(row) < 5 {
		return "", 0, false
	}
	name, _ = row[0].(string)
	text, _ := row[1].(string)
	keeps, _ = time.ParseDuration(text) // 0s is for ever
	usual, _ = row[4].(bool)
	return name, keeps, usual
}

// influxQL runs one statement of InfluxDB 1.8 and returns the rows of its first
// series.
func (x *Influx) influxQL(ctx context.Context, statement string) ([][]any, error) {
	database, _ := x.names()
	var told struct {
		Results []struct {
			Error  string
			Series []struct{ Values [][]any }
		}
	}
	query := url.Values{"q": {statement}, "db": {database}}
	if err := x.call(ctx, http.MethodPost, "/query?"+query.Encode(), nil, decodeJSON(&told)); err != nil {
		return nil, err
	}
	for _, r := range told.Results {
		if r.Error != "" {
			return nil, setup("%s", r.Error)
		}
		if len(r.Series) > 0 {
			return r.Series[0].Values, nil
		}
	}
	return nil, nil
}

// identifier quotes a name for InfluxQL.
func identifier(name string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(name) + `"`
}
