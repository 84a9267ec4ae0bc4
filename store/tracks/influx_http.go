package tracks

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/klauspost/compress/gzip"
)

// influxDoer sends the requests of the InfluxDB client. It compresses writes and
// turns every answer that is no success into an *answer: for a write only 204 is
// one, so that a proxy's friendly page never passes for stored data.
type influxDoer struct {
	client http.Client
	gzip   bool
	packer sync.Pool // of *gzip.Writer: one is a megabyte
}

func newInfluxDoer(cfg InfluxConfig) *influxDoer {
	transport := cfg.Transport
	if transport == nil {
		transport = &http.Transport{
			Proxy:       http.ProxyFromEnvironment,
			DialContext: (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
			// A fleet of districts writes at once.
			MaxIdleConnsPerHost: 32, IdleConnTimeout: 90 * time.Second, TLSHandshakeTimeout: 5 * time.Second,
			ForceAttemptHTTP2: true,
		}
	}
	return &influxDoer{gzip: cfg.Gzip, client: http.Client{
		Transport: transport,
		// A redirected POST would arrive as a GET without its lines.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Do sends one request.
func (d *influxDoer) Do(req *http.Request) (*http.Response, error) {
	write := strings.HasSuffix(req.URL.Path, "/api/v2/write")
	if write && d.gzip {
		if err := d.pack(req); err != nil {
			return nil, err
		}
	}
	resp, err := d.client.Do(req)
	if err != nil {
		if wrapped, ok := errors.AsType[*url.Error](err); ok {
			err = wrapped.Err // the address tells nothing here
		}
		return nil, err
	}
	if resp.StatusCode == http.StatusNoContent || (!write && resp.StatusCode/100 == 2) {
		return resp, nil
	}
	return nil, newAnswer(resp)
}

func (d *influxDoer) pack(req *http.Request) error {
	var packed bytes.Buffer // not pooled: the transport may read it after the answer
	w, ok := d.packer.Get().(*gzip.Writer)
	if !ok {
		var err error
		if w, err = gzip.NewWriterLevel(nil, gzip.BestSpeed); err != nil {
			return err
		}
	}
	defer d.packer.Put(w)
	w.Reset(&packed)
	if _, err := io.Copy(w, req.Body); err != nil {
		return fmt.Errorf("compress: %w", err)
	}
	if err := w.Close(); err != nil {
		return fmt.Errorf("compress: %w", err)
	}
	body := packed.Bytes()
	req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	req.Body, _ = req.GetBody()
	req.ContentLength = int64(len(body))
	req.Header.Set("Content-Encoding", "gzip")
	return nil
}

// answer is what the server said when it did not do what it was asked.
type answer struct {
	status  int
	message string
	after   time.Duration // wait that the server asked for, 0: none
}

func (a *answer) Error() string {
	return strings.TrimSpace(fmt.Sprintf("answered %d %s", a.status, a.message))
}

const (
	maxAnswer  = 64 << 10
	maxMessage = 1 << 10
	maxWait    = time.Hour // that a server can ask for
)

func newAnswer(resp *http.Response) *answer {
	defer resp.Body.Close()
	// A body that breaks off is still an answer.
	body, _ := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	var told struct{ Message, Error string }
	message := string(body)
	if json.Unmarshal(body, &told) == nil && told.Message+told.Error != "" {
		message = told.Message + told.Error
	}
	if message == "" {
		message = resp.Header.Get("X-Influxdb-Error")
	}
	if len(message) > maxMessage {
		message = message[:maxMessage]
	}
	return &answer{
		status: resp.StatusCode, message: strings.ToValidUTF8(strings.TrimSpace(message), ""),
		after: min(retryAfter(resp.Header.Get("Retry-After"), time.Now()), maxWait),
	}
}

// retryAfter reads seconds or a date.
func retryAfter(text string, now time.Time) time.Duration {
	if n, err := strconv.ParseUint(text, 10, 31); err == nil {
		return time.Duration(n) * time.Second
	}
	if t, err := http.ParseTime(text); err == nil {
		return max(t.Sub(now), 0)
	}
	return 0
}

// call asks the server something outside the client's interface; read gets its
// success.
func (x *Influx) call(ctx context.Context, method, path string, body any, read func(*http.Response) error) error {
	var text io.Reader
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			return err
		}
		text = bytes.NewReader(data)
	}
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(x.cfg.URL, "/")+path, text)
	if err != nil {
		return err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	// Its own error type, which must not become an error that is not nil.
	if err := x.client.HTTPService().DoHTTPRequest(req, nil, func(resp *http.Response) error {
		defer resp.Body.Close()
		return read(resp)
	}); err != nil {
		return err
	}
	return nil
}

// decodeJSON reads a bounded JSON answer into v.
func decodeJSON(v any) func(*http.Response) error {
	return func(resp *http.Response) error {
		return json.NewDecoder(io.LimitReader(resp.Body, 16*maxAnswer)).Decode(v)
	}
}
