// Package evidence makes the package that an alert is proved by: what the devices
// sent, what the rules said and by which thresholds, what the roster held then, what
// people did and who was told, with the hashes of everything. The same case gives
// the same bytes.
package evidence

import (
	"archive/zip"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"correctiond/alerts"
	"correctiond/event"
	"correctiond/roster"
	"correctiond/rules"
	"correctiond/seal"
)

// Case is everything that goes into a package.
type Case struct {
	Alert alerts.Alert
	Label rules.Text // what the kind is called
	// Events of the person around the alert, oldest first.
	Events []event.Event
	// Thresholds is the rule file by which the alert was raised; nil: not known any more.
	Thresholds []byte
	Facts      Facts
	Notices    []json.RawMessage // with their attempts
	Audit      []json.RawMessage // records about the alert and the person
	Attached   []Attached
	Export     Export
	Zone       *time.Location
}

// Facts are what the roster held about the person when the alert was opened.
type Facts struct {
	Version int             `json:"roster_version"`
	Hash    string          `json:"roster_hash"`
	Office  *roster.Office  `json:"office,omitempty"`
	Officer *roster.Officer `json:"officer,omitempty"`
	Subject *roster.Subject `json:"subject,omitempty"`
	Devices []roster.Device `json:"devices"`
	Zones   []roster.Zone   `json:"zones"` // where the person must be, or must not
}

// Attached is a file that people added to the alert.
type Attached struct {
	SHA256  string
	Content []byte
}

// Export says who asked for the package and why, and who else agreed.
type Export struct {
	Request   int64  `json:"request"`
	Requester string `json:"requester"`
	Reason    string `json:"reason"`
	Approver  string `json:"approver"`
	Approved  string `json:"approved"`
	Made      string `json:"made"`
	Chain     string `json:"audit_chain"` // number and hash of its last record
}

// manifestName lists every other file with its hashes.
const manifestName = "manifest.json"

// manifest of a package.
type manifest struct {
	Format int      `json:"format"`
	Alert  string   `json:"alert"`
	Export Export   `json:"export"`
	Files  []hashed `json:"files"`
}

// hashed is a file of a package with its hashes, in hex.
type hashed struct {
	Name   string `json:"name"`
	Size   int    `json:"size"`
	SHA256 string `json:"sha256"`
	SM3    string `json:"sm3"`
}

// file is a part of a package.
type file struct {
	name string
	data []byte
}

// Write makes the package as a ZIP archive.
func Write(w io.Writer, c *Case) error {
	parts, err := c.parts()
	if err != nil {
		return fmt.Errorf("make evidence: %w", err)
	}
	m := manifest{Format: 1, Alert: c.Alert.Episode.ID, Export: c.Export}
	for _, p := range parts {
		h, err := hashOf(p)
		if err != nil {
			return err
		}
		m.Files = append(m.Files, h)
	}
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	return archive(w, append(parts, file{manifestName, text}), c.Alert.Episode.Opened)
}

func hashOf(p file) (hashed, error) {
	h := hashed{Name: p.name, Size: len(p.data)}
	a, err := seal.SHA256.Sum(p.data)
	if err != nil {
		return h, err
	}
	b, err := seal.SM3.Sum(p.data)
	h.SHA256, h.SM3 = hex.EncodeToString(a[:]), hex.EncodeToString(b[:])
	return h, err
}

// archive writes the parts in their order, all with the same time.
func archive(w io.Writer, parts []file, at roster.Instant) error {
	z := zip.NewWriter(w)
	for _, p := range parts {
		f, err := z.CreateHeader(&zip.FileHeader{Name: p.name, Method: zip.Deflate, Modified: at.Time(time.UTC)})
		if err != nil {
			return err
		}
		if _, err := f.Write(p.data); err != nil {
			return err
		}
	}
	return z.Close()
}

func (c *Case) parts() ([]file, error) {
	messages, err := c.messages()
	if err != nil {
		return nil, err
	}
	parts := []file{{"messages.ndjson", messages}, {"map.svg", c.drawing()}, {"audit.ndjson", lines(c.Audit)}, {"notices.ndjson", lines(c.Notices)}}
	if c.Thresholds != nil {
		parts = append(parts, file{"thresholds.yaml", c.Thresholds})
	}
	for name, v := range map[string]any{
		"alert.json": alerts.Detail(&c.Alert, nil, c.Label, "zh", c.Zone), "episode.json": c.Alert.Episode, "roster.json": c.Facts,
	} {
		text, err := json.MarshalIndent(v, "", "  ")
		if err != nil {
			return nil, err
		}
		parts = append(parts, file{name, text})
	}
	for _, a := range c.Attached {
		parts = append(parts, file{"files/" + a.SHA256, a.Content})
	}
	summary, err := c.summary()
	parts = append(parts, file{"summary.html", summary})
	slices.SortFunc(parts, func(a, b file) int { return bytes.Compare([]byte(a.name), []byte(b.name)) })
	return parts, err
}

func lines(list []json.RawMessage) []byte {
	var out bytes.Buffer
	for _, line := range list {
		out.Write(append(bytes.TrimSpace(line), '\n'))
	}
	return out.Bytes()
}
