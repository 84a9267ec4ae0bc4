package main

// tell says what the rules of --compare would change, and writes the report.
func (f *replayFlags) tell(c *call, runs []*replay) error { return nil }
