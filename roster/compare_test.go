package roster_test

import (
	"strings"
	"testing"

	"correctiond/roster"
)

func TestCompareNamesIdsAndFieldsOnly(t *testing.T) {
	r := sample()
	r.District.Name = "新名"
	r.Subjects[0].Name = "示例戊"
	r.Subjects[0].Leaves = []roster.Leave{leave("L1", "2026-02-01", "2026-02-05", "office")}
	r.Subjects[1] = roster.Subject{ID: "S3"}
	r.Devices = r.Devices[1:]
	r.Zones[0].Geometry = []byte(far)
	c := roster.Compare(sample(), r)
	want := `district: change D1 (name)
zones: change city (geometry)
subjects: add S3
subjects: change S1 (name, leaves)
subjects: end S2
devices: end W1
`
	if c.String() != want {
		t.Errorf("got\n%swant\n%s", c, want)
	}
	if strings.Contains(c.String(), "示例") || c.Empty() {
		t.Error("personal values must not appear")
	}
}

func TestCompareIgnoresOrderAndEmptyLists(t *testing.T) {
	r := sample()
	r.Subjects[0], r.Subjects[1] = r.Subjects[1], r.Subjects[0]
	r.Subjects[0].Leaves = []roster.Leave{}
	if c := roster.Compare(sample(), r); !c.Empty() {
		t.Error(c)
	}
}

func TestCompareWithNothing(t *testing.T) {
	if c := roster.Compare(nil, sample()); len(c.Lists) != 8 || c.Lists[0].Added[0] != "D1" {
		t.Errorf("a first import adds all:\n%v", c)
	}
	if c := roster.Compare(sample(), nil); len(c.Lists) != 8 || len(c.Lists[0].Ended) != 1 {
		t.Errorf("an empty roster ends all:\n%v", c)
	}
}
