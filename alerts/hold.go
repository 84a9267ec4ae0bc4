package alerts

// Actions of a legal hold: what an alert rests on is kept beyond its retention,
// as for an appeal or proceedings, until somebody releases it.
const (
	Hold    ActionType = "hold"
	Release ActionType = "release"
)

// hold keeps the alert, whatever its state, or lets it go again. Both need a
// reason: a hold keeps a person's data longer than the law otherwise allows
// (个人信息保护法 Article 19).
func (a *Alert) hold(by *Action) error {
	keep := by.Type == Hold
	switch {
	case by.Reason == "":
		return invalid(a, "reason", "is missing: say why the alert is kept or let go")
	case keep && a.Held != nil:
		return conflict(a, "is held already by "+a.Held.By)
	case !keep && a.Held == nil:
		return conflict(a, "is not held")
	}
	a.Held = nil
	if keep {
		stamp := by.stamp()
		a.Held = &stamp
	}
	a.enter(by.entry())
	return nil
}
