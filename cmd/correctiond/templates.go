package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"correctiond/plans"
)

// readTemplates reads the templates of correction plans of the configuration: all
// .yaml files of rules.plans_dir, whole; without it the built-in ones.
func (cfg *config) readTemplates() (*plans.Library, error) {
	dir := cfg.Rules.PlansDir
	if dir == "" {
		return plans.BuiltIn()
	}
	names, err := templateFiles(dir)
	if err != nil {
		return nil, fmt.Errorf("rules.plans_dir: %w", err)
	}
	var files []plans.File
	for _, name := range names {
		data, err := readBounded(name, plans.MaxFile)
		if err != nil {
			return nil, fmt.Errorf("rules.plans_dir: %w", err)
		}
		files = append(files, plans.File{Name: name, Data: data})
	}
	return plans.Read(files)
}

func templateFiles(dir string) ([]string, error) {
	if _, err := os.ReadDir(dir); err != nil {
		return nil, err
	}
	names, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err == nil && len(names) == 0 {
		err = fmt.Errorf("%s holds no .yaml file; put templates there, or remove the key for the built-in ones", dir)
	}
	slices.Sort(names)
	return names, err
}

// readBounded reads a file of at most so many bytes.
func readBounded(name string, most int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(data)) > most {
		err = errors.New(name + " is too large")
	}
	return data, err
}

// printTemplates writes, as comments, how many templates of plans there are.
func (cfg *config) printTemplates(w io.Writer) error {
	l, err := cfg.readTemplates()
	if err != nil {
		return invalid(err)
	}
	from := cfg.Rules.PlansDir
	if from == "" {
		from = "built in"
	}
	templates, measures := l.Len()
	_, err = fmt.Fprintf(w, "# %-8s %d templates, %d measures, version %s, %s\n", "plans:", templates, measures, l.Version(), from)
	return err
}
