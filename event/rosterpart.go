package event

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"correctiond/roster"

	"github.com/klauspost/compress/zstd"
)

// maxRosterBytes bounds what a joined roster may unpack to: fifty thousand
// subjects and ten thousand zones are below a fifth of it.
const maxRosterBytes = 1 << 30

// SplitRoster turns r into entries whose parts hold at most maxBytes of data
// each, in the order in which they must be appended. At is left to the caller.
func SplitRoster(r *roster.Roster, maxBytes int) ([]Entry, error) {
	if maxBytes <= 0 {
		return nil, fmt.Errorf("split roster: parts of %d bytes", maxBytes)
	}
	plain, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("split roster: %w", err)
	}
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	if err != nil {
		return nil, fmt.Errorf("split roster: %w", err)
	}
	packed, hash := enc.EncodeAll(plain, nil), RosterHash(plain)
	parts := make([]Entry, (len(packed)+maxBytes-1)/maxBytes)
	for i := range parts {
		end := min((i+1)*maxBytes, len(packed))
		parts[i].Roster = &RosterPart{
			District: r.District.ID, Hash: hash, Part: i, Of: len(parts), Data: packed[i*maxBytes : end : end],
		}
	}
	return parts, nil
}

// RosterHash names a roster by its JSON form.
func RosterHash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// RosterJoiner puts the parts of roster versions together again. A first part
// drops whatever version was left unfinished, as an import that crashed leaves
// it. The zero value is ready.
type RosterJoiner struct {
	hash   string
	next   int
	packed []byte
}

// Add takes the next part. It returns nil until the last one, and an error for
// a part out of order or a version that is not what was split.
func (j *RosterJoiner) Add(p *RosterPart) (*roster.Roster, error) {
	if p.Part == 0 {
		*j = RosterJoiner{hash: p.Hash}
	}
	if p.Hash != j.hash || p.Part > j.next || p.Part < 0 || p.Part >= p.Of {
		return nil, fmt.Errorf("roster part %d of %d arrived where part %d was due", p.Part+1, p.Of, j.next+1)
	}
	if p.Part < j.next {
		return nil, nil // the same part once more
	}
	if len(j.packed)+len(p.Data) > maxRosterBytes {
		return nil, errors.New("roster version is too large")
	}
	j.packed = append(j.packed, p.Data...)
	j.next++
	if j.next < p.Of {
		return nil, nil
	}
	packed := j.packed
	*j = RosterJoiner{}
	return unpackRoster(packed, p.Hash)
}

func unpackRoster(packed []byte, hash string) (*roster.Roster, error) {
	dec, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxRosterBytes))
	if err != nil {
		return nil, fmt.Errorf("unpack roster: %w", err)
	}
	defer dec.Close()
	plain, err := dec.DecodeAll(packed, nil)
	if err != nil {
		return nil, fmt.Errorf("unpack roster: %w", err)
	}
	if RosterHash(plain) != hash {
		return nil, errors.New("unpack roster: its hash is not the one it was split with")
	}
	r := new(roster.Roster)
	if err := json.Unmarshal(plain, r); err != nil {
		return nil, fmt.Errorf("unpack roster: %w", err)
	}
	return r, nil
}
