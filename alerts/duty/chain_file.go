package duty

import (
	"fmt"
	"io"
)

// chainsFile is the file form of Chains.
type chainsFile struct {
	Version int    `yaml:"version"`
	P1      *Chain `yaml:"P1"`
	P2      *Chain `yaml:"P2"`
	P3      *Chain `yaml:"P3"`
	P4      *Chain `yaml:"P4"`
}

// ReadChains reads a chains file and validates it. A severity that it does not
// name has its default chain, one that it names no rung of the default:
//
//	version: 1
//	P2:
//	  rungs:
//	    - {to: [officer]}
//	    - {after: 30m, to: [office_head, district_duty]}
//	  repeat: 2h
func ReadChains(r io.Reader, name string) (Chains, error) {
	var file chainsFile
	if err := readStrict(r, name, &file); err != nil {
		return Chains{}, err
	}
	if file.Version != 1 {
		return Chains{}, fmt.Errorf("%s: version %d is not known; write version: 1", name, file.Version)
	}
	c := DefaultChains()
	for i, own := range []*Chain{file.P1, file.P2, file.P3, file.P4} {
		if own != nil {
			*[]*Chain{&c.P1, &c.P2, &c.P3, &c.P4}[i] = *own
		}
	}
	if err := c.Validate(); err != nil {
		return Chains{}, fmt.Errorf("%s: %w", name, err)
	}
	return c, nil
}
