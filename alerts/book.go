package alerts

import (
	"slices"

	"correctiond/alerts/duty"
	"correctiond/alerts/notice"
	"correctiond/roster"
	"correctiond/rules"
)

// Channel is a configured way to notify people, as far as it matters who is told.
type Channel struct {
	Name string
	// Group: it has a recipient of its own, such as the robot of a group.
	Group bool
	// Office that the group is of; empty: the whole district.
	Office roster.OfficeID
	// Severities that go through it; none: all.
	Severities []rules.Severity
}

func (c *Channel) takes(s rules.Severity) bool {
	return len(c.Severities) == 0 || slices.Contains(c.Severities, s)
}

// Book says who is to be told of an alert, through which channel, and in which
// words.
type Book struct {
	Dir      *roster.Directory // nil: nobody is known
	Rota     *duty.Rota        // nil: there is none
	Channels []Channel
	URL      string // of the pages, without a slash at the end
	Lang     string // "zh" or "en"
}

// Notices are the messages of a round about an alert. Missing are the targets for
// whom there is nobody that a channel reaches, unless a group is told.
func (b *Book) Notices(a *Alert, r *Round, at roster.Instant) (list []notice.Notice, missing []duty.Target) {
	base := notice.Notice{
		Alert: a.Episode.ID, District: a.Episode.District, Step: r.Step, Why: r.Why,
		Due: r.Due, Grouped: r.Grouped, Message: b.message(a, r.Why),
	}
	if r.Follow {
		base.Follow = true
		return []notice.Notice{base}, nil
	}
	list = b.groups(base, &a.Episode, r.To)
	grouped := len(list) > 0
	told := map[roster.OfficerID]bool{}
	for _, target := range r.To {
		people := b.people(target, a, at)
		if len(people) == 0 && !grouped {
			missing = append(missing, target)
		}
		for _, o := range people {
			if !told[o.ID] {
				told[o.ID] = true
				list = append(list, b.personal(base, o, a.Episode.Severity)...)
			}
		}
	}
	return list, missing
}

// personal are the notices to one officer, one for each channel.
func (b *Book) personal(n notice.Notice, o *roster.Officer, s rules.Severity) (list []notice.Notice) {
	n.Officer = o.ID
	var used []string
	for _, way := range o.Notify {
		if b.reaches(way, s) && !slices.Contains(used, way.Channel) {
			used = append(used, way.Channel)
			n.Channel = way.Channel
			list = append(list, n)
		}
	}
	return list
}

func (b *Book) reaches(way roster.Notify, s rules.Severity) bool {
	return slices.ContainsFunc(b.Channels, func(c Channel) bool { return c.Name == way.Channel && !c.Group && c.takes(s) })
}

// groups are the notices to groups: those of an office when a rung is about the
// office, those of the district when it is about more than one officer.
func (b *Book) groups(n notice.Notice, ep *rules.Episode, to []duty.Target) (list []notice.Notice) {
	ofOffice := slices.Contains(to, duty.TheOffice) || slices.Contains(to, duty.TheHead)
	ofDistrict := ofOffice || slices.Contains(to, duty.TheDistrict) || slices.Contains(to, duty.TheLeader)
	for i := range b.Channels {
		c := &b.Channels[i]
		if c.Group && c.takes(ep.Severity) && (c.Office == "" && ofDistrict || c.Office != "" && c.Office == ep.Office && ofOffice) {
			n.Channel = c.Name
			list = append(list, n)
		}
	}
	return list
}

// message is all that leaves the system. A minor's file is sealed (社区矫正法
// Article 55): no name at all.
func (b *Book) message(a *Alert, why notice.Why) notice.Message {
	ep := &a.Episode
	m := notice.Message{
		Alert: ep.ID, Why: why, Kind: rules.Info(ep.Kind).Label.In(b.Lang), Severity: ep.Severity.String(),
		Office: string(ep.Office), At: ep.Opened - ep.Opened%roster.Minute, Link: b.URL + "/alerts/" + ep.ID,
	}
	if b.Dir == nil {
		return m
	}
	if s := b.Dir.Subject(ep.Subject); s != nil && !s.Minor {
		m.Name = roster.Mask(s.Name)
	}
	if o := b.Dir.Office(ep.Office); o != nil && o.Name != "" {
		m.Office = o.Name
	}
	return m
}
