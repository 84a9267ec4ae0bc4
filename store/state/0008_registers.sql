-- What officers write down. An entry is never changed: a step that follows is an
-- entry of its own, which points at the record. Instants are Unix milliseconds.

CREATE TABLE registers (
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  parent   INTEGER NOT NULL,         -- the record that this is a step of, 0: a new record
  ref      TEXT NOT NULL UNIQUE,     -- random; names the row for whoever encrypts it
  once     TEXT NOT NULL,            -- what can be entered only once, '' for the rest
  district TEXT NOT NULL,
  office   TEXT NOT NULL,
  register TEXT NOT NULL,
  subject  TEXT NOT NULL,
  at       INTEGER NOT NULL,
  by_whom  TEXT NOT NULL,
  body     BLOB NOT NULL             -- the fields, JSON
);
CREATE UNIQUE INDEX registers_once ON registers (district, register, once) WHERE once <> '';
CREATE INDEX registers_list ON registers (district, register, id) WHERE parent = 0;
CREATE INDEX registers_steps ON registers (parent, id) WHERE parent > 0;
CREATE INDEX registers_subject ON registers (subject, id) WHERE subject <> '';
