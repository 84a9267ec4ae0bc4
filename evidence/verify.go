package evidence

import (
	"archive/zip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Verify checks a package against its manifest and returns the number of the alert
// and of the files. A file that was changed, added or taken out is an error that
// names it.
func Verify(r io.ReaderAt, size int64) (alert string, files int, err error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return "", 0, fmt.Errorf("open package: %w", err)
	}
	have := map[string]*zip.File{}
	for _, f := range z.File {
		if have[f.Name] != nil {
			return "", 0, fmt.Errorf("%s is there twice", f.Name)
		}
		have[f.Name] = f
	}
	var m manifest
	text, err := content(have[manifestName])
	if err != nil {
		return "", 0, fmt.Errorf("%s: %w", manifestName, err)
	}
	if err := json.Unmarshal(text, &m); err != nil || m.Format != 1 {
		return "", 0, fmt.Errorf("%s is not understood", manifestName)
	}
	delete(have, manifestName)
	for _, want := range m.Files {
		if err := check(have[want.Name], want); err != nil {
			return "", 0, fmt.Errorf("%s: %w", want.Name, err)
		}
		delete(have, want.Name)
	}
	for name := range have {
		return "", 0, fmt.Errorf("%s is not in the manifest", name)
	}
	return m.Alert, len(m.Files), nil
}

func content(f *zip.File) ([]byte, error) {
	if f == nil {
		return nil, errors.New("is missing")
	}
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(r)
	return data, errors.Join(err, r.Close())
}

func check(f *zip.File, want hashed) error {
	data, err := content(f)
	if err != nil {
		return err
	}
	got, err := hashOf(file{want.Name, data})
	if err == nil && got != want {
		err = errors.New("its content is not that of the manifest")
	}
	return err
}
