-- When the system has to do something with an alert by itself, 0: never. Whoever
-- carries the steps out asks this index; no step waits in a memory.

ALTER TABLE alerts ADD COLUMN next_step_at INTEGER NOT NULL DEFAULT 0;

-- Acknowledged before steps were kept: a P1 returns after 2 h without a note, a P2 after 8 h.
UPDATE alerts SET next_step_at = json_extract(CAST(body AS TEXT), '$.acknowledged.at')
    + CASE severity WHEN 1 THEN 7200000 ELSE 28800000 END
  WHERE state = 'acknowledged' AND severity <= 2 AND json_extract(CAST(body AS TEXT), '$.notes') IS NULL;

CREATE INDEX alerts_steps ON alerts (next_step_at, id) WHERE next_step_at > 0;
