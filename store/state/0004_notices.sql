-- What people are to be told, written in the transaction of the alert, and every
-- attempt to tell them. Instants are Unix milliseconds, 0 is "not set".

CREATE TABLE notices (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  key           TEXT NOT NULL UNIQUE,     -- alert/step/channel/officer
  alert         TEXT NOT NULL REFERENCES alerts (id),
  district      TEXT NOT NULL,
  step          INTEGER NOT NULL,
  why           TEXT NOT NULL,
  channel       TEXT NOT NULL,
  officer       TEXT NOT NULL,
  grouped       INTEGER NOT NULL,
  created       INTEGER NOT NULL,
  due           INTEGER NOT NULL,         -- moved by every failed attempt
  state         TEXT NOT NULL DEFAULT 'pending',  -- pending, sent, failed, cancelled
  tries         INTEGER NOT NULL DEFAULT 0,
  claimed_by    TEXT NOT NULL DEFAULT '',
  claimed_until INTEGER NOT NULL DEFAULT 0,
  body          BLOB NOT NULL             -- the message, JSON
);
CREATE INDEX notices_due ON notices (due, id) WHERE state = 'pending';
CREATE INDEX notices_alert ON notices (alert, id);

CREATE TABLE attempts (
  notice   INTEGER NOT NULL REFERENCES notices (id),
  n        INTEGER NOT NULL,              -- 1, 2, 3 …
  at       INTEGER NOT NULL,
  ended    INTEGER NOT NULL DEFAULT 0,    -- 0: begun, and nothing is known of its end
  result   TEXT NOT NULL DEFAULT '',      -- sent, temporary, limited, refused
  request  TEXT NOT NULL DEFAULT '',
  answer   TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (notice, n)
);
