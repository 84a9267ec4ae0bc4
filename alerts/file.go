package alerts

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"correctiond/alerts/duty"
)

// MaxFile is the largest file that an alert takes, in bytes.
const MaxFile = 10 << 20

// maxName bounds the name of a file, in characters.
const maxName = 255

// File is evidence attached to an alert; its content is kept elsewhere, under
// the hash.
type File struct {
	Name   string `json:"name"`   // as the person called it
	Type   string `json:"type"`   // media type, told from the content
	Size   int64  `json:"size"`   // bytes, 1 … MaxFile
	SHA256 string `json:"sha256"` // of the content, 64 lower-case hex digits
}

// Filed is a file with who attached it, and when.
type Filed struct {
	duty.Stamp
	File
}

// Files are what was attached to the alert, oldest first.
func (a Alert) Files() []Filed {
	var files []Filed
	for i := range a.Log {
		if e := &a.Log[i]; e.Did == Attach && e.File != nil {
			files = append(files, Filed{e.Stamp, *e.File})
		}
	}
	return files
}

// File finds an attached file by its hash; nil without it.
func (a *Alert) File(sha256 string) *File {
	i := slices.IndexFunc(a.Log, func(e Entry) bool { return e.File != nil && e.File.SHA256 == sha256 })
	if i < 0 {
		return nil
	}
	return a.Log[i].File
}

// attach adds a file, also to a closed alert: evidence may come late.
func (a *Alert) attach(by *Action) error {
	f := by.File
	if f == nil {
		return invalid(a, "file", "is missing")
	}
	switch {
	case f.Size < 1 || f.Size > MaxFile:
		return invalid(a, "file", "is empty or larger than 10 MiB")
	case !named(f.Name):
		return invalid(a, "name", "is the name of a file, of at most 255 characters")
	case !hashed(f.SHA256):
		return invalid(a, "sha256", "is not a SHA-256")
	case a.File(f.SHA256) != nil:
		return conflict(a, "holds this file already")
	}
	kept := *f
	e := by.entry()
	e.Text, e.File = by.Text, &kept
	a.enter(e)
	return nil
}

// named tells whether people and file systems can bear the name.
func named(name string) bool {
	odd := func(r rune) bool { return r == '/' || r == '\\' || !unicode.IsPrint(r) }
	return name != "" && name != "." && name != ".." && utf8.ValidString(name) &&
		utf8.RuneCountInString(name) <= maxName && !strings.ContainsFunc(name, odd)
}

func hashed(hex string) bool {
	return len(hex) == 64 && strings.Trim(hex, "0123456789abcdef") == ""
}
