package duty

import (
	"fmt"
	"io"

	"correctiond/roster"
	"correctiond/strict"
)

// maxFileRead bounds the files that this package reads, in bytes.
const maxFileRead = 4 << 20

// rotaFile is the file form of a rota.
type rotaFile struct {
	Version int     `yaml:"version"`
	Shifts  []Shift `yaml:"shifts"`
}

// ReadRota reads the file form of a rota, YAML or JSON, and checks it as Check
// does:
//
//	version: 1
//	shifts:
//	  - {post: duty, office: O1, from: 2026-03-02T08:30:00+08:00, until: 2026-03-03T08:30:00+08:00, officers: [F1]}
func ReadRota(r io.Reader, name string, cal *roster.Calendar) ([]Shift, error) {
	var file rotaFile
	if err := readStrict(r, name, &file); err != nil {
		return nil, err
	}
	if file.Version != 1 {
		return nil, fmt.Errorf("%s: version %d is not known; write version: 1", name, file.Version)
	}
	rota := Rota{Shifts: file.Shifts}
	if err := rota.Check(cal, nil); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return file.Shifts, nil
}

// readStrict reads a YAML file over a struct; unknown keys are errors.
func readStrict(r io.Reader, name string, into any) error {
	data, err := io.ReadAll(io.LimitReader(r, maxFileRead+1))
	if err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	if len(data) > maxFileRead {
		return fmt.Errorf("%s: is larger than %d MiB", name, maxFileRead>>20)
	}
	_, err = strict.Decode(data, name, into)
	return err
}
