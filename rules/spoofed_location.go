package rules

import (
	"fmt"

	"correctiond/event"
	"correctiond/roster"
)

// SpoofedLocation is a position that a program makes up, or one handset that
// answers for several people (社区矫正法 Article 26; the case of 天津河北).
const SpoofedLocation Kind = "spoofed-location"

// spoofedConfig says how many fixes in a row with the very same coordinates no
// moving receiver gives, and how far apart answers of one handset for several
// people count.
type spoofedConfig struct {
	IdenticalFixes int             `yaml:"identical_fixes" json:"identical_fixes"`
	SharedWithin   roster.Duration `yaml:"shared_within" json:"shared_within"`
}

func defaultSpoofed() spoofedConfig {
	return spoofedConfig{IdenticalFixes: 20, SharedWithin: roster.Duration(24 * 3600e9)}
}

func (c spoofedConfig) valid() bool {
	return c.IdenticalFixes > 1 && length(c.SharedWithin) > 0 && length(c.SharedWithin) <= 7*roster.Day
}

// The forms, as runs remember them.
const (
	mocked      = "mock"
	rooted      = "rooted"
	identical   = "identical"
	fingerprint = "fingerprint"
)

func spoofedLocationInfo() kindInfo {
	return kindInfo{
		KindInfo: KindInfo{Kind: SpoofedLocation, Label: Text{"虚拟定位", "spoofed location"}, Ending: ByEvent, Basis: "法26"},
		describe: func(e *Engine, s *subject, r *run) (Text, map[string]any) {
			ev := r.evidence()
			ev["form"] = r.Proof.Ref
			switch r.Proof.Ref {
			case mocked:
				return Text{"设备报告位置为模拟定位", "the device reports a simulated position"}, ev
			case rooted:
				return Text{"手机系统完整性校验未通过，位置不可信", "the phone's system has been tampered with; its position cannot be trusted"}, ev
			case identical:
				n := e.config(s).Spoofed.IdenticalFixes
				ev["fixes"] = n
				return Text{
					fmt.Sprintf("移动中连续 %d 个卫星定位坐标完全相同", n),
					fmt.Sprintf("%d satellite fixes in a row with the very same coordinates, while moving", n),
				}, ev
			}
			ev["subjects"] = r.Proof.Subjects
			return Text{"同一手机为多名对象签到", "one handset has answered for several people"}, ev
		},
	}
}

// spoofed follows what devices say of their own honesty. The form that opened
// the run ends it: a good position that is not simulated, a check-in of a phone
// that is whole again.
func spoofed(c *Config, f *fold, d *deviceFold, o *observation) {
	if o.Custody || o.From.Kind == roster.Kiosk {
		return
	}
	sign := spoofSign(o)
	cur := f.current(SpoofedLocation, string(o.From.Subject))
	switch {
	case sign != "" && cur == nil:
		f.spoof(c, d, sign, o, o)
	case sign != "" || cur == nil || cur.Device != d.From.Device:
	case cur.Proof.Ref == rooted && o.Checked, cur.Proof.Ref == mocked && o.fix(c):
		cur.Ended = o.At
	}
}

func (f *fold) spoof(c *Config, d *deviceFold, form string, first, completed *observation) {
	r := run{Kind: SpoofedLocation, Key: string(first.From.Subject), Device: d.From.Device, Steps: []Severity{P2}}
	r.Proof.Ref = form
	f.begin(c, r, first, completed)
}

// frozen counts satellite fixes of a moving device that do not move.
func frozen(c *Config, f *fold, d *deviceFold, o *observation) {
	if o.Source != fromGNSS || o.From.Kind == roster.Kiosk {
		return
	}
	s := &d.Same
	if o.Motion == event.Moving && s.N > 0 && s.First.Point == o.Point {
		s.N++
		if s.N == c.Spoofed.IdenticalFixes && f.current(SpoofedLocation, string(o.From.Subject)) == nil {
			f.spoof(c, d, identical, s.First, o)
		}
		return
	}
	*s = streak{}
	if o.Motion == event.Moving {
		s.add(o)
	}
	cur := f.current(SpoofedLocation, string(o.From.Subject))
	if cur != nil && cur.Device == d.From.Device && cur.Proof.Ref == identical {
		cur.Ended = o.At
	}
}

// spoofSign is what an event says against its position, or against its device.
func spoofSign(o *observation) string {
	switch {
	case o.Mock:
		return mocked
	case o.Rooted:
		return rooted
	}
	return ""
}
