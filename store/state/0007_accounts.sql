-- People who sign in by name and password, their sessions, and what else decides
-- whose file someone may see. Instants are Unix milliseconds, 0 is "not set".

CREATE TABLE accounts (
  name        TEXT PRIMARY KEY,
  role        TEXT NOT NULL,
  district    TEXT NOT NULL,
  office      TEXT NOT NULL,
  minors      INTEGER NOT NULL DEFAULT 0,  -- 1: may see the sealed files of minors
  hash        TEXT NOT NULL,               -- of the password, with the parameters it was made by
  must_change INTEGER NOT NULL DEFAULT 0,  -- 1: the password was printed, and serves once
  totp        TEXT NOT NULL DEFAULT '',    -- secret of the second factor
  totp_step   INTEGER NOT NULL DEFAULT 0,  -- of the last code: none is taken twice
  failures    INTEGER NOT NULL DEFAULT 0,  -- since the last sign-in
  locked      INTEGER NOT NULL DEFAULT 0,  -- until then
  created     INTEGER NOT NULL,
  last_used   INTEGER NOT NULL DEFAULT 0,
  disabled    INTEGER NOT NULL DEFAULT 0
);

-- Role and place of those who come from elsewhere are as their provider said at
-- the sign-in; those of accounts are read from the account at every request.
CREATE TABLE sessions (
  hash     BLOB PRIMARY KEY,
  account  TEXT NOT NULL,
  outside  INTEGER NOT NULL DEFAULT 0,     -- 1: signed in by a provider
  role     TEXT NOT NULL DEFAULT '',
  district TEXT NOT NULL DEFAULT '',
  office   TEXT NOT NULL DEFAULT '',
  minors   INTEGER NOT NULL DEFAULT 0,
  created  INTEGER NOT NULL,
  seen     INTEGER NOT NULL                -- last use, to the minute
);
CREATE INDEX sessions_account ON sessions (account);

-- Whom a social worker looks after, by the name that they sign in with.
CREATE TABLE assignments (
  name    TEXT NOT NULL,
  subject TEXT NOT NULL,
  PRIMARY KEY (name, subject)
);

-- Who was ever under supervision as a minor: the file stays sealed, also when the
-- person has left the roster.
CREATE TABLE sealed (
  district TEXT NOT NULL,
  subject  TEXT NOT NULL,
  PRIMARY KEY (district, subject)
);

ALTER TABLE tokens ADD COLUMN minors INTEGER NOT NULL DEFAULT 0;
