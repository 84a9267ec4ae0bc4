package store

// Pragma sets something on the writer's connection, for tests of faults.
func (s *State) Pragma(text string) error {
	_, err := s.db.write.Exec("PRAGMA " + text)
	return err
}
