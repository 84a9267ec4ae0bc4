package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"correctiond/bench/influx18"
)

// influxd is a real InfluxDB 1.8.
type influxd struct {
	*program
	url string
}

// startInfluxd runs one with its files in dir.
func startInfluxd(ctx context.Context, name, dir string) (*influxd, error) {
	addr, err := freeAddr(ctx)
	if err != nil {
		return nil, err
	}
	if name == "influxd" {
		if name, err = influx18.Find(); err != nil {
			return nil, err
		}
	}
	conf, err := influx18.Setup{Dir: dir, Addr: addr}.Write()
	if err != nil {
		return nil, err
	}
	p, err := start(ctx, io.Discard, name, "run", "-config", conf)
	if err != nil {
		return nil, err
	}
	d := &influxd{p, "http://" + addr}
	return d, poll(ctx, quick, func() (bool, error) {
		_, err := get(d.url+"/ping", "")
		return err == nil, nil
	})
}

// written is how many points it has stored. Asking costs it little.
func (d *influxd) written() (int, error) {
	body, err := get(d.url+"/debug/vars", "")
	if err != nil {
		return 0, err
	}
	var groups map[string]json.RawMessage
	if err := json.Unmarshal(body, &groups); err != nil {
		return 0, err
	}
	for name, group := range groups {
		if strings.HasPrefix(name, "httpd") {
			var http struct{ Values struct{ PointsWrittenOK int } }
			err := json.Unmarshal(group, &http)
			return http.Values.PointsWrittenOK, err
		}
	}
	return 0, errors.New("InfluxDB tells no statistics")
}

// query asks in InfluxQL and returns the last value of the first row; nil: no rows.
func (d *influxd) query(db, q string) (any, error) {
	resp, err := http.PostForm(d.url+"/query", url.Values{"db": {db}, "q": {q}})
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	var answer struct {
		Results []struct {
			Error  string
			Series []struct{ Values [][]any }
		}
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return nil, err
	}
	for _, r := range answer.Results {
		if r.Error != "" {
			return nil, errors.New(r.Error)
		}
		for _, s := range r.Series {
			return s.Values[0][len(s.Values[0])-1], nil
		}
	}
	return nil, nil
}

// get asks for a page, as somebody if a token is given. Only 2xx is a success.
func get(address, token string) ([]byte, error) {
	req, err := http.NewRequest(http.MethodGet, address, http.NoBody)
	if err != nil {
		return nil, err
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode/100 != 2 {
		err = fmt.Errorf("%s answers %s", req.URL.Path, resp.Status)
	}
	return body, err
}
