-- Who is on duty, which alerts are silent, and which alerts wait for a silence to
-- end. Instants are Unix milliseconds, 0 is "not set".

CREATE TABLE silences (
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  district TEXT NOT NULL,
  until    INTEGER NOT NULL,         -- when it ends, or was ended
  body     BLOB NOT NULL             -- the whole silence, JSON
);
CREATE INDEX silences_until ON silences (until);

CREATE TABLE rotas (
  district TEXT NOT NULL,
  version  INTEGER NOT NULL,
  body     BLOB NOT NULL,            -- the whole rota, JSON
  PRIMARY KEY (district, version)
);

ALTER TABLE alerts ADD COLUMN silenced INTEGER NOT NULL DEFAULT 0;   -- 1: a silence holds its notices back
CREATE INDEX alerts_silenced ON alerts (district) WHERE silenced = 1;
