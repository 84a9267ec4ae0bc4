-- Personal data encrypted by the row, and an audit chain that can be pruned.

-- One row that is sealed with the key in force: a wrong key is noticed at once,
-- and rows that are not sealed yet are known by its absence.
CREATE TABLE sealing (
  id   INTEGER PRIMARY KEY,
  body BLOB NOT NULL
);

ALTER TABLE audit ADD COLUMN alg TEXT NOT NULL DEFAULT 'sha256';  -- of the hash: sha256, sm3
CREATE INDEX audit_object ON audit (object, n);

-- The hash that new records get; one row.
CREATE TABLE audit_hash (
  id  INTEGER PRIMARY KEY,
  alg TEXT NOT NULL
);

-- Where the chain begins after old records were deleted: the last of those.
CREATE TABLE audit_anchors (
  n    INTEGER PRIMARY KEY,
  hash BLOB NOT NULL
);

-- What retention goes by: when an alert and its condition had both ended, 0 when
-- they have not; whether a legal hold keeps it.
ALTER TABLE alerts ADD COLUMN done INTEGER NOT NULL DEFAULT 0;
ALTER TABLE alerts ADD COLUMN held INTEGER NOT NULL DEFAULT 0;
CREATE INDEX alerts_done ON alerts (done, id) WHERE done > 0;
CREATE INDEX alerts_held ON alerts (held, id) WHERE held > 0;

-- Rules as they were, to say later by which thresholds an alert was raised.
CREATE TABLE rule_versions (
  version TEXT PRIMARY KEY,
  at      INTEGER NOT NULL,
  body    BLOB NOT NULL              -- the rule file form, YAML
);

-- Requests to export the evidence of an alert, and who else approved them.
CREATE TABLE evidence_requests (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  alert       TEXT NOT NULL,
  requester   TEXT NOT NULL,
  reason      TEXT NOT NULL,
  at          INTEGER NOT NULL,
  approver    TEXT NOT NULL DEFAULT '',
  approved_at INTEGER NOT NULL DEFAULT 0
);

-- Records may be deleted up to an anchor and no further.
DROP TRIGGER audit_no_delete;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
WHEN OLD.n > (SELECT coalesce(max(n), 0) FROM audit_anchors)
BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;
