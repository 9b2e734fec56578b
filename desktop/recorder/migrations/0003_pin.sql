-- The lock of the window: a PIN a clinician, and how often it was tried in vain.
ALTER TABLE account ADD COLUMN pin TEXT;
ALTER TABLE account ADD COLUMN pin_failures INTEGER NOT NULL DEFAULT 0;
ALTER TABLE account ADD COLUMN pin_failed_at TEXT;
