-- Secrets of second factors are encrypted by the row, as names are. What stands
-- readable is encrypted when the database is unlocked next.
ALTER TABLE accounts ADD COLUMN totp_key BLOB;  -- NULL: no second factor
UPDATE accounts SET totp_key = CAST(totp AS BLOB) WHERE totp <> '';
ALTER TABLE accounts DROP COLUMN totp;
