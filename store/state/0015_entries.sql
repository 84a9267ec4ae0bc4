-- Entries of registers that go with an act: the row is written first and shown when
-- the rules have taken the act, in the transaction of their batch.
ALTER TABLE registers ADD COLUMN act TEXT NOT NULL DEFAULT '';       -- token of the act that is not taken yet
ALTER TABLE registers ADD COLUMN shown INTEGER NOT NULL DEFAULT 1;   -- 0: not before the act is taken
CREATE INDEX registers_act ON registers (act) WHERE act <> '';
