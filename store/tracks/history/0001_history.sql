-- Track history of correctiond: every accepted event of every device.
-- Instants are Unix milliseconds. NULL is "the device did not say".

CREATE TABLE cursors (
  district TEXT PRIMARY KEY,
  seq      INTEGER NOT NULL          -- of the district's journal, written through
) WITHOUT ROWID;

CREATE TABLE events (
  device      TEXT NOT NULL,
  id          TEXT NOT NULL,         -- as sent, or made of kind and time
  kind        INTEGER NOT NULL,      -- 1 location, 2 check-in, 3 status
  device_kind TEXT NOT NULL,
  subject     TEXT NOT NULL,
  office      TEXT NOT NULL,
  seq         INTEGER,
  time        INTEGER NOT NULL,
  received    INTEGER NOT NULL,
  battery     REAL,
  lat         REAL,                  -- WGS-84; NULL: no position
  lng         REAL,
  cell        INTEGER,               -- H3
  datum       TEXT,                  -- as sent, with the two below
  sent_lat    REAL,
  sent_lng    REAL,
  accuracy_m  REAL,
  source      TEXT,
  mock        INTEGER,
  motion      INTEGER,
  speed_mps   REAL,
  heading_deg REAL,
  altitude_m  REAL,
  hdop        REAL,
  satellites  INTEGER,
  method      TEXT,                  -- NULL: no check-in, as those below
  verify      TEXT,
  passed      INTEGER,
  score       REAL,
  liveness    INTEGER,
  challenge   TEXT,
  rooted      INTEGER,
  device_fp   TEXT,
  status      TEXT
);
CREATE UNIQUE INDEX events_id ON events (device, id);
CREATE INDEX events_track ON events (subject, time);
CREATE INDEX events_age ON events (kind, time);
