package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"correctiond/bench/postgres15"
	"correctiond/geo"
)

// pipelined is how many questions are on their way at once.
const pipelined = 500

// tile38 is a Tile38 server, spoken to in the Redis protocol.
type tile38 struct {
	*program
	conn net.Conn
	r    *bufio.Reader
	w    *bufio.Writer
}

func beginTile38(ctx context.Context, o options, f *fences) (fence, func(), error) {
	if o.tile38 == "" {
		return nil, nil, errors.New("-tile38: which binary?")
	}
	dir, err := os.MkdirTemp("", "tile38-")
	if err != nil {
		return nil, nil, err
	}
	t := &tile38{}
	end := func() {
		t.kill()
		_ = os.RemoveAll(dir)
	}
	if err := t.begin(ctx, o.tile38, dir, f); err != nil {
		end()
		return nil, nil, err
	}
	return t, end, nil
}

func (t *tile38) begin(ctx context.Context, bin, dir string, f *fences) error {
	addr, err := freeAddr(ctx)
	if err != nil {
		return err
	}
	_, port, _ := net.SplitHostPort(addr)
	if t.program, err = start(ctx, io.Discard, bin, "-h", "127.0.0.1", "-p", port, "-d", dir); err != nil {
		return err
	}
	err = poll(ctx, quick, func() (bool, error) {
		t.conn, err = net.Dial("tcp", addr)
		return err == nil, nil
	})
	if err != nil {
		return err
	}
	t.r, t.w = bufio.NewReaderSize(t.conn, 1<<16), bufio.NewWriterSize(t.conn, 1<<16)
	for i, polygon := range f.polygons {
		t.send("SET", "fences", strconv.Itoa(i), "OBJECT", polygon)
		if _, err := t.answer(); err != nil {
			return err
		}
	}
	return nil
}

// send writes a command; answer sends what is written.
func (t *tile38) send(words ...string) {
	fmt.Fprintf(t.w, "*%d\r\n", len(words))
	for _, w := range words {
		fmt.Fprintf(t.w, "$%d\r\n%s\r\n", len(w), w)
	}
}

// answer reads one reply and counts what it lists.
func (t *tile38) answer() (int, error) {
	if err := t.w.Flush(); err != nil {
		return 0, err
	}
	return t.reply(0)
}

// reply reads a reply; within a list of depth 1 is that of the ids.
func (t *tile38) reply(depth int) (found int, err error) {
	line, err := t.r.ReadString('\n')
	if err != nil {
		return 0, err
	}
	kind, rest := line[0], strings.TrimSpace(line[1:])
	n, _ := strconv.Atoi(rest)
	switch kind {
	case '-':
		return 0, errors.New(rest)
	case '$':
		_, err = t.r.Discard(max(n, -2) + 2)
	case '*':
		for range n {
			more, err := t.reply(depth + 1)
			if err != nil {
				return 0, err
			}
			found += more
		}
		if depth == 1 {
			found = n
		}
	}
	return found, err
}

func (t *tile38) ask(_ context.Context, positions []geo.Point) (found int, err error) {
	for from := 0; from < len(positions); from += pipelined {
		batch := positions[from:min(from+pipelined, len(positions))]
		for _, p := range batch {
			t.send("INTERSECTS", "fences", "LIMIT", "1000", "IDS", "POINT", degrees(p.Lat), degrees(p.Lng))
		}
		for range batch {
			n, err := t.answer()
			if err != nil {
				return 0, err
			}
			found += n
		}
	}
	return found, nil
}

func degrees(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

func (t *tile38) spent() (time.Duration, error) { return t.cpu() }

// postGIS is a PostgreSQL with PostGIS, the polygons in a GiST index.
type postGIS struct {
	conn    *pgx.Conn
	backend *program
}

func beginPostGIS(ctx context.Context, _ options, f *fences) (fence, func(), error) {
	s, err := postgres15.Start()
	if err != nil {
		return nil, nil, err
	}
	end := func() { _ = s.Remove() }
	g := &postGIS{}
	if err := g.begin(ctx, s, f); err != nil {
		end()
		return nil, nil, err
	}
	return g, end, nil
}

func (g *postGIS) begin(ctx context.Context, s *postgres15.Server, f *fences) (err error) {
	const schema = "CREATE EXTENSION postgis; CREATE TABLE fences (id int PRIMARY KEY, g geometry(Polygon, 4326))"
	if err := s.Create(ctx, "fences", ""); err != nil {
		return err
	}
	if g.conn, err = pgx.Connect(ctx, s.URL("fences")); err != nil {
		return err
	}
	if _, err := g.conn.Exec(ctx, schema); err != nil {
		return err
	}
	batch := &pgx.Batch{}
	for i, polygon := range f.polygons {
		batch.Queue("INSERT INTO fences VALUES ($1, ST_SetSRID(ST_GeomFromGeoJSON($2), 4326))", i, polygon)
	}
	if err := g.conn.SendBatch(ctx, batch).Close(); err != nil {
		return err
	}
	for _, then := range []string{"CREATE INDEX ON fences USING gist (g)", "VACUUM ANALYZE fences", "SET plan_cache_mode = force_generic_plan"} {
		if _, err := g.conn.Exec(ctx, then); err != nil {
			return err
		}
	}
	p, err := os.FindProcess(int(g.conn.PgConn().PID()))
	g.backend = programOf(p)
	return err
}

const heldBy = "SELECT id FROM fences WHERE ST_Intersects(g, ST_SetSRID(ST_MakePoint($1, $2), 4326))"

func (g *postGIS) ask(ctx context.Context, positions []geo.Point) (found int, err error) {
	for from := 0; from < len(positions); from += pipelined {
		batch := &pgx.Batch{}
		for _, p := range positions[from:min(from+pipelined, len(positions))] {
			batch.Queue(heldBy, p.Lng, p.Lat).Query(func(rows pgx.Rows) error {
				for rows.Next() {
					found++
				}
				return rows.Err()
			})
		}
		if err := g.conn.SendBatch(ctx, batch).Close(); err != nil {
			return 0, err
		}
	}
	return found, nil
}

func (g *postGIS) spent() (time.Duration, error) { return g.backend.cpu() }

// inside is the mean of what EXPLAIN ANALYZE reports as the time of execution.
func (g *postGIS) inside(ctx context.Context, positions []geo.Point) (float64, error) {
	var sum float64
	for _, p := range positions {
		rows, err := g.conn.Query(ctx, "EXPLAIN (ANALYZE, TIMING OFF) "+heldBy, p.Lng, p.Lat)
		if err != nil {
			return 0, err
		}
		lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			return 0, err
		}
		took, err := executionTime(lines)
		if err != nil {
			return 0, err
		}
		sum += took
	}
	return sum / float64(len(positions)), nil
}

// executionTime reads the microseconds of a plan that EXPLAIN ANALYZE printed.
func executionTime(lines []string) (float64, error) {
	for _, line := range lines {
		if rest, ok := strings.CutPrefix(line, "Execution Time: "); ok {
			ms, err := strconv.ParseFloat(strings.TrimSuffix(rest, " ms"), 64)
			return ms * 1000, err
		}
	}
	return 0, errors.New("EXPLAIN ANALYZE reported no execution time")
}
