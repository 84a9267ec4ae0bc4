package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// ErrDown: the database server does not answer, or broke the connection. Whether
// the call was carried out is unknown when that happened at its end; the store's
// calls that are repeated by a daemon change nothing the second time.
var ErrDown = errors.New("database server does not answer")

// How long PostgreSQL lets one of our connections wait for a lock, and keep a
// transaction open in which nothing happens: a daemon whose machine died must not
// hold the others up.
const (
	pgLockWait   = "5s"
	pgIdleInTx   = "30s"
	pgConnecting = 5 * time.Second
)

// Server is a PostgreSQL server: postgres://user@host/db?sslmode=verify-full.
type Server struct{ Address, Password string }

func pgConfig(address, password string) (*pgx.ConnConfig, error) {
	cfg, err := pgx.ParseConfig(address)
	if err != nil {
		return nil, err
	}
	if password != "" {
		cfg.Password = password
	}
	if !strings.Contains(address, "connect_timeout=") {
		cfg.ConnectTimeout = pgConnecting
	}
	cfg.DialFunc = pgDialer().DialContext
	return cfg, nil
}

// OpenPostgres opens a database on a PostgreSQL server and brings its schema up to
// date; a password that is not empty goes before one in the address.
func OpenPostgres(ctx context.Context, s Server, migrations fs.FS) (*DB, error) {
	cfg, err := pgConfig(s.Address, s.Password)
	if err != nil {
		return nil, err
	}
	d := &DB{postgres: true}
	d.Write = sql.OpenDB(pgConnector(cfg, map[string]string{
		"lock_timeout": pgLockWait, "idle_in_transaction_session_timeout": pgIdleInTx,
	}, true))
	d.Write.SetMaxOpenConns(1)
	if err := migratePostgres(ctx, d.Write, migrations); err != nil {
		return nil, errors.Join(err, d.Write.Close())
	}
	d.pool(sql.OpenDB(pgConnector(cfg, map[string]string{"default_transaction_read_only": "on"}, false)))
	return d, nil
}

// pgVacuum rewrites the tables that hold personal data without what was replaced
// or deleted in them. The server's own log keeps it until that is recycled.
func pgVacuum(columns []Column) (steps []string) {
	for _, c := range columns {
		steps = append(steps, "VACUUM FULL "+c.Table)
	}
	return steps
}

// pgExplain turns the answers of a PostgreSQL server, and its silence, into the
// errors of this package; nil: it is neither.
func pgExplain(err error) error {
	var answer *pgconn.PgError
	var network net.Error
	var connect *pgconn.ConnectError
	switch {
	case errors.Is(err, context.Canceled):
		return nil
	case errors.As(err, &answer):
		return pgCode(answer.Code)
	case errors.As(err, &connect):
		return ErrDown
	case errors.Is(err, context.DeadlineExceeded): // the caller's
		return nil
	case errors.As(err, &network), pgconn.SafeToRetry(err), brokenOff(err):
		return ErrDown
	}
	return nil
}

// pgCode explains a code of the PostgreSQL manual, appendix A.
func pgCode(code string) error {
	switch code {
	case "53100": // disk_full
		return ErrFull
	case "55P03", "40001", "40P01", "53200", "53300": // lock_not_available, serialization_failure, deadlock_detected, out_of_memory, too_many_connections
		return ErrBusy
	case "25P03": // idle_in_transaction_session_timeout
		return ErrDown
	}
	if strings.HasPrefix(code, "57P") || strings.HasPrefix(code, "08") { // shutting down, starting up; connection lost
		return ErrDown
	}
	return nil
}

// TryPostgres signs in to a server as OpenPostgres does and changes nothing. It
// names the server's version; a user who may not make tables is an error.
func TryPostgres(ctx context.Context, address, password string) (server string, err error) {
	cfg, err := pgConfig(address, password)
	if err != nil {
		return "", err
	}
	conn, err := pgx.ConnectConfig(ctx, cfg)
	if err != nil {
		return "", Explain(err)
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	var may bool
	const query = "SELECT current_setting('server_version'), coalesce(has_schema_privilege(current_schema(), 'CREATE'), false)"
	if err := conn.QueryRow(ctx, query).Scan(&server, &may); err != nil {
		return "", Explain(err)
	}
	if !may {
		return "", fmt.Errorf("user %s may make no tables: make it the owner of database %s, or grant it CREATE on the schema", cfg.User, cfg.Database)
	}
	return "PostgreSQL " + server, nil
}
