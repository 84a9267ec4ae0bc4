package rules

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"correctiond/roster"
	"correctiond/strict"
)

// Override gives some subjects other thresholds than the rest of the rule file.
// It holds a selector and, beside it, any sections of the file:
//
//	{district: D1, level: strict, area_exit: {buffer_m: 200}}
//
// Where several overrides set one key for a subject, the more specific wins,
// wherever it stands in the file: a district and a level count one each, an
// office two, for it lies in one district. Of equally specific ones the later
// wins. Keys that no override sets keep the value of the file.
type Override struct {
	Selector `yaml:",inline"`
	// Set holds sections as they stand in the file.
	Set map[string]any `yaml:",inline" json:"set"`
}

// Selector says whom an override is for: everybody of a district, an office or a
// management level, or of those that are named together. Empty ones select all.
type Selector struct {
	District roster.DistrictID `yaml:"district,omitempty" json:"district,omitempty"`
	Office   roster.OfficeID   `yaml:"office,omitempty" json:"office,omitempty"`
	Level    roster.Level      `yaml:"level,omitempty" json:"level,omitempty"`
}

// maxOverrides bounds the combinations that have to be checked.
const maxOverrides = 100

// String names what is selected: "district=D1 level=strict".
func (s Selector) String() string {
	var words []string
	for _, w := range []struct{ name, value string }{
		{"district", string(s.District)},
		{"office", string(s.Office)},
		{"level", string(s.Level)},
	} {
		if w.value != "" {
			words = append(words, w.name+"="+w.value)
		}
	}
	return strings.Join(words, " ")
}

// covers reports whether a subject of the district, office and level is selected.
func (s Selector) covers(of Selector) bool {
	return (s.District == "" || s.District == of.District) &&
		(s.Office == "" || s.Office == of.Office) && (s.Level == "" || s.Level == of.Level)
}

func (s Selector) weight() int {
	return btoi(s.District != "") + 2*btoi(s.Office != "") + btoi(s.Level != "")
}

// selectorOf is where a subject belongs.
func selectorOf(d roster.DistrictID, entry *roster.SubjectEntry) Selector {
	return Selector{District: d, Office: entry.Office, Level: entry.Level}
}

// For returns the thresholds that hold for subjects of a district, an office and
// a level; they have no overrides left. An unset part of the selector stands for
// one that no override names.
func (c *Config) For(of Selector) (Config, error) {
	return c.with(c.matching(of))
}

// matching lists the overrides for a selector by number, the weaker first.
func (c *Config) matching(of Selector) []int {
	var found []int
	for i := range c.Overrides {
		if c.Overrides[i].covers(of) {
			found = append(found, i)
		}
	}
	slices.SortStableFunc(found, func(a, b int) int {
		return cmp.Compare(c.Overrides[a].weight(), c.Overrides[b].weight())
	})
	return found
}

// with applies overrides by number to a copy that shares nothing with c.
func (c *Config) with(numbers []int) (Config, error) {
	plain := *c
	plain.Overrides = nil
	var out Config
	layers := []any{&plain}
	for _, i := range numbers {
		layers = append(layers, c.Overrides[i].Set)
	}
	for _, layer := range layers {
		b, err := yaml.Marshal(layer)
		if err == nil {
			err = yaml.Unmarshal(b, &out)
		}
		if err != nil {
			return out, fmt.Errorf("apply thresholds: %w", err)
		}
	}
	return out, nil
}

// Policy is what is decided on the phones of a district.
func (c *Config) Policy(d roster.DistrictID) roster.Policy {
	positions, document := any(c.AppPositions), any(c.OwnTracks.Document)
	for i := range c.Overrides {
		o := &c.Overrides[i]
		if o.District != d {
			continue
		}
		if set, ok := o.Set["app_positions"]; ok {
			positions = set
		}
		section, _ := o.Set["owntracks_checkins"].(map[string]any)
		if set := section["document"]; set != nil {
			document = set
		}
	}
	return roster.Policy{AppPositions: positions == appAlways, OwnTracksCheckins: document != ""}
}

// overrideShape has the keys of an override.
type overrideShape struct {
	Selector `yaml:",inline"`
	Config   `yaml:",inline"`
}

// checkOverrideKeys finds unknown keys and values of a wrong type in the overrides of a
// rule file, while the lines are still known.
func checkOverrideKeys(doc *yaml.Node, name string) error {
	var errs []error
	for i, item := range items(doc, "overrides") {
		shape := overrideShape{Config: DefaultConfig()}
		err := strict.Keys(item, name, fmt.Sprintf("overrides[%d].", i), shape)
		if err == nil {
			err = strict.Values(item, name, &shape)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// items are the elements of a list at the top of a document.
func items(doc *yaml.Node, key string) []*yaml.Node {
	if len(doc.Content) == 0 {
		return nil
	}
	top := doc.Content[0].Content
	for i := 0; i+1 < len(top); i += 2 {
		if top[i].Value == key {
			return top[i+1].Content
		}
	}
	return nil
}

// checkOverrides reports what is wrong with the overrides one by one, and with
// the thresholds that they give together.
func (c *Config) checkOverrides() error {
	if len(c.Overrides) > maxOverrides {
		return fmt.Errorf("overrides: %d, at most %d", len(c.Overrides), maxOverrides)
	}
	var errs []error
	for i := range c.Overrides {
		for _, chk := range c.Overrides[i].requirements() {
			if !chk.ok {
				errs = append(errs, fmt.Errorf("overrides[%d]: %s", i, chk.what))
			}
		}
	}
	if len(errs) == 0 {
		errs = append(errs, c.checkCombinations())
	}
	return errors.Join(errs...)
}

func (o *Override) requirements() []requirement {
	out := []requirement{
		{o.Selector != Selector{}, "names no district, office or level; for everybody write the keys at the top of the file"},
		{len(o.Set) > 0, "changes nothing"},
		{o.Level == "" || slices.Contains(levels(), o.Level), fmt.Sprintf("level %q is not one of strict, general, lenient", o.Level)},
		{o.Set["app_positions"] != appAlways || o.Set["policy_document"] != nil, "app_positions: always needs a policy_document beside it"},
	}
	narrow := o.Office != "" || o.Level != ""
	for _, key := range fileWide() {
		out = append(out, requirement{!sets(o.Set, key), key + " holds for the whole file and cannot be overridden"})
	}
	for _, key := range districtWide() {
		out = append(out, requirement{!sets(o.Set, key) || !narrow, key + " holds for a whole district; name a district only"})
	}
	return out
}

// fileWide are keys that no override may hold: a subject's timeline must not
// change its length when the subject changes office, and challenges are drawn for
// everybody alike.
func fileWide() []string { return []string{"reorder_window", "challenge", "overrides"} }

// districtWide are keys that are not about one subject. A meeting of two is: no_contact
// holds as for the one who carries the order.
func districtWide() []string {
	return []string{
		"app_positions", "policy_document", "owntracks_checkins", "gathering", "mass_outage", "data_out_of_sync", "alert_backlog",
		"query_anomaly", "risk.colour.hour", "risk.colour.focus_days",
	}
}

// sets reports whether sections hold a dotted key.
func sets(sections map[string]any, key string) bool {
	head, rest, nested := strings.Cut(key, ".")
	value, set := sections[head]
	if !nested {
		return set
	}
	inner, _ := value.(map[string]any)
	return sets(inner, rest)
}

// Unmatched lists the overrides for a district, or an office, that the rosters do
// not have, as they stand in the file; each is likely a slip of the pen.
func (c *Config) Unmatched(rosters []*roster.Roster) []Selector {
	var out []Selector
	for i := range c.Overrides {
		if sel := c.Overrides[i].Selector; !slices.ContainsFunc(rosters, sel.known) {
			out = append(out, sel)
		}
	}
	return out
}

// known reports whether a roster has the district and the office.
func (s Selector) known(r *roster.Roster) bool {
	office := s.Office == "" || slices.ContainsFunc(r.Offices, func(o roster.Office) bool { return o.ID == s.Office })
	return office && (s.District == "" || s.District == r.District.ID)
}

func levels() []roster.Level { return []roster.Level{roster.Strict, roster.General, roster.Lenient} }

// checkCombinations validates the thresholds of every subject that there may be.
func (c *Config) checkCombinations() error {
	var errs []error
	seen := map[string]bool{}
	for _, sel := range c.Selectors() {
		numbers := c.matching(sel)
		id := fmt.Sprint(numbers)
		if seen[id] {
			continue
		}
		seen[id] = true
		if err := c.checkTogether(numbers); err != nil {
			errs = append(errs, fmt.Errorf("overrides for %s: %w", sel, err))
		}
	}
	return errors.Join(errs...)
}

func (c *Config) checkTogether(numbers []int) error {
	cfg, err := c.with(numbers)
	if err != nil {
		return err
	}
	return cfg.Validate()
}

// Selectors lists every combination of a district, an office and a level that
// the overrides tell apart, in the order of the file.
func (c *Config) Selectors() []Selector {
	var districts, offices, levels []string
	for i := range c.Overrides {
		o := &c.Overrides[i]
		districts = known(districts, string(o.District))
		offices = known(offices, string(o.Office))
		levels = known(levels, string(o.Level))
	}
	var all []Selector
	for _, d := range append(districts, "") {
		for _, o := range append(offices, "") {
			for _, l := range append(levels, "") {
				all = append(all, Selector{roster.DistrictID(d), roster.OfficeID(o), roster.Level(l)})
			}
		}
	}
	return slices.DeleteFunc(all, func(s Selector) bool { return len(c.matching(s)) == 0 })
}

// known adds a name that is not in the list yet.
func known(list []string, name string) []string {
	if name == "" || slices.Contains(list, name) {
		return list
	}
	return append(list, name)
}
