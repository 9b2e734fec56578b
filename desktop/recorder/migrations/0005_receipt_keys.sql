-- The keys whose receipts are believed: what was pinned at enrolment, now or earlier, and the successors that were signed
-- for. None goes: a receipt of an old key stays true.
CREATE TABLE receipt_key (
    clinician BLOB NOT NULL REFERENCES account (clinician),
    -- Whose keys they are: another server's are not believed.
    server    TEXT NOT NULL,
    kid       TEXT NOT NULL,
    x         TEXT NOT NULL,
    PRIMARY KEY (clinician, server, kid)
);
INSERT INTO receipt_key SELECT clinician, server, receipt_kid, receipt_x FROM account;
ALTER TABLE account DROP COLUMN receipt_kid;
ALTER TABLE account DROP COLUMN receipt_x;
