-- A row in every table of the first schema, as a server of that time wrote them: a recording with its note, one that is being
-- received, one that was discarded. {n} is two digits, so that they can be written once more.
insert into clinician (id, email, name, role, password_hash, vocabulary)
values ('0193b1a0-0000-7000-8000-{n}0000000001', 'okafor{n}@clinic.test', 'Dr. Okafor', 'clinician', '{hash}', '{metformin}');
insert into session (token_hash, clinician_id, expires_at)
values ('\xaa{n}', '0193b1a0-0000-7000-8000-{n}0000000001', '2026-08-03T17:00:00Z');
insert into device (id, name, platform, version)
values ('0193b1a0-0000-7000-8000-{n}0000000002', 'Room 4', 'linux', '0.1.0');
insert into credential (id, device_id, clinician_id)
values ('0193b1a0-0000-7000-8000-{n}0000000003', '0193b1a0-0000-7000-8000-{n}0000000002', '0193b1a0-0000-7000-8000-{n}0000000001');
insert into refresh_token (token_hash, credential_id, used_at)
values ('\xbb{n}', '0193b1a0-0000-7000-8000-{n}0000000003', '2026-07-30T09:00:00Z');
insert into refresh_token (token_hash, credential_id, parent_hash)
values ('\xcc{n}', '0193b1a0-0000-7000-8000-{n}0000000003', '\xbb{n}');
insert into patient (id, name, mrn, birth_date, sex, created_by)
values ('0193b1a0-0000-7000-8000-{n}0000000004', 'Hale, Robert', '004512', '1958-03-03', 'male', '0193b1a0-0000-7000-8000-{n}0000000001');
insert into encounter (id, patient_id, created_by)
values ('0193b1a0-0000-7000-8000-{n}0000000005', '0193b1a0-0000-7000-8000-{n}0000000004', '0193b1a0-0000-7000-8000-{n}0000000001');
insert into recording (id, clinician_id, device_id, kind, language, patient_id, encounter_id, started_at, request_digest, stage,
    samples, manifest, receipt, completed_at)
values ('0193b1a0-0000-7000-8000-{n}0000000006', '0193b1a0-0000-7000-8000-{n}0000000001', '0193b1a0-0000-7000-8000-{n}0000000002',
    'dictation', 'en', '0193b1a0-0000-7000-8000-{n}0000000004', '0193b1a0-0000-7000-8000-{n}0000000005', '2026-08-01T09:00:00Z',
    '\xdd', 'ready', 160000, 'segment 0 0 160000 120000 00', 'header.payload.signature', '2026-08-01T09:01:00Z');
insert into recording (id, clinician_id, device_id, kind, language, started_at, request_digest, continues)
values ('0193b1a0-0000-7000-8000-{n}0000000007', '0193b1a0-0000-7000-8000-{n}0000000001', '0193b1a0-0000-7000-8000-{n}0000000002',
    'dictation', 'en', '2026-08-01T10:00:00Z', '\xdd', '0193b1a0-0000-7000-8000-{n}0000000006');
insert into recording (id, clinician_id, device_id, kind, language, started_at, request_digest, stage, discarded_at, replaces,
    replaces_start, replaces_samples)
values ('0193b1a0-0000-7000-8000-{n}0000000008', '0193b1a0-0000-7000-8000-{n}0000000001', '0193b1a0-0000-7000-8000-{n}0000000002',
    'consultation', 'en', '2026-08-01T11:00:00Z', '\xdd', 'discarded', '2026-08-02T09:00:00Z',
    '0193b1a0-0000-7000-8000-{n}0000000006', 0, 16000);
insert into change (recording_id, number, at, change)
values ('0193b1a0-0000-7000-8000-{n}0000000006', 0, '2026-08-01T09:00:10Z', '{"change": "marker", "sample": 16000}');
insert into recording_key (recording_id, key_id)
values ('0193b1a0-0000-7000-8000-{n}0000000006', '0193b1a0-0000-7000-8000-{n}0000000009');
insert into segment (recording_id, seq, start, samples, speech, peak, sha256, size_bytes)
values ('0193b1a0-0000-7000-8000-{n}0000000006', 0, 0, 160000, 120000, 9000, decode(repeat('ab', 32), 'hex'), 90000);
insert into segment_text (recording_id, seq, version, text, provider, model)
values ('0193b1a0-0000-7000-8000-{n}0000000006', 0, 1, 'Blood pressure is normal.', 'local', 'whisper-tiny.en');
insert into note (id, clinician_id, patient_id, recorded_at)
values ('0193b1a0-0000-7000-8000-{n}000000000a', '0193b1a0-0000-7000-8000-{n}0000000001', '0193b1a0-0000-7000-8000-{n}0000000004',
    '2026-08-01T09:00:00Z');
insert into note (id, clinician_id, state, recorded_at, signed_at, signed_by, sha256)
values ('0193b1a0-0000-7000-8000-{n}000000000b', '0193b1a0-0000-7000-8000-{n}0000000001', 'signed', '2026-07-31T09:00:00Z',
    '2026-07-31T12:00:00Z', '0193b1a0-0000-7000-8000-{n}0000000001', decode(repeat('cd', 32), 'hex'));
insert into note_recording (note_id, recording_id, position)
values ('0193b1a0-0000-7000-8000-{n}000000000a', '0193b1a0-0000-7000-8000-{n}0000000006', 0);
insert into note_version (note_id, version, content, drafter)
values ('0193b1a0-0000-7000-8000-{n}000000000a', 1, '{"template": "progress_note", "sections": [{"title": "Objective", "sentences":
    [{"text": "Blood pressure is normal.", "kind": "dictated",
      "evidence": [{"recording": "0193b1a0-0000-7000-8000-{n}0000000006", "seq": 0}]}]}]}', 'dictated');
insert into job (id, kind, recording_id, seq, state, finished_at)
values ('0193b1a0-0000-7000-8000-{n}000000000c', 'transcribe', '0193b1a0-0000-7000-8000-{n}0000000006', 0, 'done', '2026-08-01T09:01:10Z');
insert into event (clinician_id, kind, recording_id, note_id)
values ('0193b1a0-0000-7000-8000-{n}0000000001', 'note', '0193b1a0-0000-7000-8000-{n}0000000006', '0193b1a0-0000-7000-8000-{n}000000000a');
insert into audit_event (id, clinician_id, action, recording_id)
values ('0193b1a0-0000-7000-8000-{n}000000000d', '0193b1a0-0000-7000-8000-{n}0000000001', 'recording.created', '0193b1a0-0000-7000-8000-{n}0000000006');
