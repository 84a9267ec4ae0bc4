-- State of correctiond. Instants are Unix milliseconds, 0 is "not set".

CREATE TABLE cursors (
  district TEXT PRIMARY KEY,
  seq      INTEGER NOT NULL          -- of the district's journal, applied through
) WITHOUT ROWID;

CREATE TABLE alerts (
  id       TEXT PRIMARY KEY,
  district TEXT NOT NULL,
  state    TEXT NOT NULL,
  severity INTEGER NOT NULL,
  kind     TEXT NOT NULL,
  office   TEXT NOT NULL,
  officer  TEXT NOT NULL,
  subject  TEXT NOT NULL,
  opened   INTEGER NOT NULL,
  version  INTEGER NOT NULL,
  body     BLOB NOT NULL             -- the whole alert, JSON
);
CREATE INDEX alerts_opened  ON alerts (opened DESC, id);
CREATE INDEX alerts_state   ON alerts (state, opened DESC, id);
CREATE INDEX alerts_office  ON alerts (office, opened DESC, id);
CREATE INDEX alerts_officer ON alerts (officer, opened DESC, id);
CREATE INDEX alerts_subject ON alerts (subject, opened DESC, id);
CREATE INDEX alerts_kind    ON alerts (kind, opened DESC, id);
CREATE INDEX alerts_tally   ON alerts (district, office, severity, state, opened);

CREATE TABLE outbox (
  id    INTEGER PRIMARY KEY AUTOINCREMENT,
  alert TEXT NOT NULL REFERENCES alerts (id),
  what  TEXT NOT NULL,
  at    INTEGER NOT NULL
);

CREATE TABLE dead_letters (
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  district TEXT NOT NULL,
  seq      INTEGER NOT NULL,         -- journal entry that holds it
  nth      INTEGER NOT NULL,         -- position in that entry
  device   TEXT NOT NULL,
  topic    TEXT NOT NULL,
  received INTEGER NOT NULL,
  part     INTEGER NOT NULL,         -- position in an array payload
  reason   TEXT NOT NULL,
  detail   TEXT NOT NULL,
  payload  BLOB NOT NULL,
  replayed INTEGER NOT NULL DEFAULT 0,
  UNIQUE (district, seq, nth)
);
CREATE INDEX dead_letters_reason ON dead_letters (reason, id);

CREATE TABLE rosters (
  district TEXT NOT NULL,
  version  INTEGER NOT NULL,
  hash     TEXT NOT NULL,
  body     BLOB NOT NULL,            -- file form, JSON
  actor    TEXT NOT NULL,
  at       INTEGER NOT NULL,
  PRIMARY KEY (district, version)
);
CREATE TABLE roster_devices (
  device   TEXT PRIMARY KEY,         -- one district owns a device
  district TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX roster_devices_district ON roster_devices (district);

CREATE TABLE device_passwords (
  device TEXT PRIMARY KEY,
  salt   BLOB NOT NULL,
  hash   BLOB NOT NULL,
  at     INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE tokens (
  id        TEXT PRIMARY KEY,
  name      TEXT NOT NULL,
  role      TEXT NOT NULL,
  district  TEXT NOT NULL,
  office    TEXT NOT NULL,
  hash      BLOB NOT NULL UNIQUE,
  created   INTEGER NOT NULL,
  last_used INTEGER NOT NULL DEFAULT 0,
  revoked   INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE audit (
  n      INTEGER PRIMARY KEY,        -- 1, 2, 3 … without a gap
  at     INTEGER NOT NULL,
  actor  TEXT NOT NULL,
  action TEXT NOT NULL,
  object TEXT NOT NULL,
  reason TEXT NOT NULL,
  detail TEXT NOT NULL,
  hash   BLOB NOT NULL               -- over the hash before and this record
);
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;
