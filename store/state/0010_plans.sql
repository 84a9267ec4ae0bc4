-- Correction plans. A version is never changed: a draft that is signed, or edited
-- again, is the next one; only the encryption of its text is renewed. Instants are Unix milliseconds.

CREATE TABLE plans (
  district TEXT NOT NULL,
  subject  TEXT NOT NULL,
  version  INTEGER NOT NULL,         -- 1, 2, … of each person
  at       INTEGER NOT NULL,
  body     BLOB NOT NULL,            -- JSON
  PRIMARY KEY (district, subject, version)
);

-- Templates that a district holds instead of those of the configuration; an empty
-- body goes back to them.
CREATE TABLE plan_libraries (
  district TEXT NOT NULL,
  version  INTEGER NOT NULL,         -- 1, 2, … of each district
  at       INTEGER NOT NULL,
  by_whom  TEXT NOT NULL,
  body     BLOB NOT NULL,            -- in the form of a file
  PRIMARY KEY (district, version)
);

CREATE TRIGGER plans_no_update BEFORE UPDATE OF district, subject, version, at ON plans
BEGIN SELECT RAISE(ABORT, 'plans are append-only'); END;
