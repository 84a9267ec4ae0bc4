package rules

import (
	"fmt"
	"io"

	"go.yaml.in/yaml/v3"

	"correctiond/event"
	"correctiond/strict"
)

// maxRuleFile bounds a rule file in bytes: it has to fit into one journal entry.
const maxRuleFile = 256 << 10

// ReadConfig reads a rule file over the defaults. Unknown keys and values out
// of range are errors; the message names the line or the key.
func ReadConfig(r io.Reader, name string) (Config, error) {
	cfg := DefaultConfig()
	b, err := io.ReadAll(io.LimitReader(r, maxRuleFile+1))
	if err != nil {
		return cfg, fmt.Errorf("read %s: %w", name, err)
	}
	if len(b) > maxRuleFile {
		return cfg, fmt.Errorf("%s: longer than %d bytes", name, maxRuleFile)
	}
	doc, err := strict.Decode(b, name, &cfg)
	if err != nil {
		return cfg, err
	}
	if err := checkOverrideKeys(doc, name); err != nil {
		return cfg, err
	}
	if err := cfg.Validate(); err != nil {
		return cfg, fmt.Errorf("%s: %w", name, err)
	}
	if cfg.Version() == invalidVersion {
		return cfg, fmt.Errorf("%s: holds a number that is none", name)
	}
	return cfg, nil
}

// Entry is the journal's form of the rules: from this entry on they hold.
func (c Config) Entry() (*event.RuleFile, error) {
	b, err := c.encode()
	if err != nil {
		return nil, err
	}
	return &event.RuleFile{Version: c.Version(), Data: b}, nil
}

func (c Config) encode() ([]byte, error) {
	b, err := yaml.Marshal(c)
	if err != nil {
		return nil, fmt.Errorf("write rules: %w", err)
	}
	return b, nil
}

// decodeConfig reads what encode wrote. What another build of the daemon did not
// know has its default, what this one does not know is passed over.
func decodeConfig(b []byte) (Config, error) {
	cfg := DefaultConfig()
	if err := yaml.Unmarshal(b, &cfg); err != nil {
		return cfg, fmt.Errorf("read rules of the journal: %w", err)
	}
	return cfg, cfg.Validate()
}
