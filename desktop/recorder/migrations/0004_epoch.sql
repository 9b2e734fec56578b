-- Of which epoch of the server's database the receipt is, or in which it was confirmed: after a restore the server may
-- have lost what it acknowledged, and is asked again.
ALTER TABLE recording ADD COLUMN epoch BLOB;
