package geo

import (
	"bytes"
	"strconv"
)

// positions reads coordinates of GeoJSON in their usual form: nested lists of plain
// numbers. It takes a third of the time that encoding/json does, which matters
// for ten thousand zones. What it does not understand, wrong or only unusual, it
// leaves to that: ok is false.
type positions struct {
	text []byte
	at   int
	ok   bool
}

// readWhole reads a polygon that is written as programs write it: nothing but its
// type and its coordinates, in either order, without spaces.
func readWhole(geojson []byte) (polygon, bool) {
	for _, form := range [...][2]string{{`{"type":"Polygon","coordinates":`, `}`}, {`{"coordinates":`, `,"type":"Polygon"}`}} {
		if text, ok := bytes.CutPrefix(geojson, []byte(form[0])); ok {
			text, ok = bytes.CutSuffix(text, []byte(form[1]))
			p, sound := readPolygon(text)
			return p, ok && sound
		}
	}
	return nil, false
}

func readPolygon(text []byte) (polygon, bool) {
	r := positions{text: text, ok: true}
	p := polygon(list(&r, (*positions).ring))
	return p, r.end()
}

func readPolygons(text []byte) ([]polygon, bool) {
	r := positions{text: text, ok: true}
	all := list(&r, func(r *positions) polygon { return list(r, (*positions).ring) })
	return all, r.end()
}

func (r *positions) ring() [][]float64 {
	// One array holds the numbers of a ring.
	numbers := make([]float64, 0, 2*r.closings())
	return list(r, func(r *positions) []float64 {
		from := len(numbers)
		list(r, func(r *positions) struct{} {
			numbers = append(numbers, r.number())
			return struct{}{}
		})
		return numbers[from:len(numbers):len(numbers)]
	})
}

// closings counts the lists that end before the next two in a row do.
func (r *positions) closings() (n int) {
	for i := r.at; i+1 < len(r.text); i++ {
		if r.text[i] == ']' {
			if n++; r.text[i+1] == ']' {
				break
			}
		}
	}
	return n
}

// list reads "[", what item reads, separated by commas, and "]".
func list[T any](r *positions, item func(*positions) T) []T {
	if !r.take('[') {
		r.ok = false
	}
	out := []T{}
	for r.ok {
		out = append(out, item(r))
		if r.take(']') {
			return out
		}
		r.ok = r.ok && r.take(',')
	}
	return nil
}

func (r *positions) spaces() {
	for r.at < len(r.text) && (r.text[r.at] == ' ' || r.text[r.at] == '\n' || r.text[r.at] == '\t' || r.text[r.at] == '\r') {
		r.at++
	}
}

// take passes over spaces and the sign, if it comes next.
func (r *positions) take(sign byte) bool {
	r.spaces()
	if r.at == len(r.text) || r.text[r.at] != sign {
		return false
	}
	r.at++
	return true
}

// end reports whether all was understood and nothing follows.
func (r *positions) end() bool {
	r.spaces()
	return r.ok && r.at == len(r.text)
}

// number reads digits with a point between them, and a sign before.
func (r *positions) number() float64 {
	r.spaces()
	from := r.at
	if r.at < len(r.text) && r.text[r.at] == '-' {
		r.at++
	}
	whole := r.digits()
	leading := whole > 1 && r.text[r.at-whole] == '0'
	if r.at < len(r.text) && r.text[r.at] == '.' {
		r.at++
		r.ok = r.ok && r.digits() > 0
	}
	x, err := strconv.ParseFloat(string(r.text[from:r.at]), 64)
	r.ok = r.ok && whole > 0 && !leading && err == nil
	return x
}

func (r *positions) digits() (n int) {
	for r.at < len(r.text) && '0' <= r.text[r.at] && r.text[r.at] <= '9' {
		r.at++
		n++
	}
	return n
}
