-- Whose matter a record of the audit is, so that a district can be shown its own,
-- and why a track was read. Records from before have neither: they belong to nobody.

ALTER TABLE audit ADD COLUMN district TEXT NOT NULL DEFAULT '';
ALTER TABLE audit ADD COLUMN subject TEXT NOT NULL DEFAULT '';
ALTER TABLE audit ADD COLUMN purpose TEXT NOT NULL DEFAULT '';
CREATE INDEX audit_at       ON audit (at, n);
CREATE INDEX audit_district ON audit (district, at, n);
CREATE INDEX audit_actor    ON audit (actor, at, n);
CREATE INDEX audit_subject  ON audit (subject, at, n) WHERE subject <> '';

-- The requests of the page of an alert.
CREATE INDEX evidence_alert ON evidence_requests (alert, id);
