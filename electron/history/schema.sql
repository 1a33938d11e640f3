-- Version 4. Written by a test; do not edit.

CREATE TABLE baseline (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  pinned TEXT NOT NULL REFERENCES experiments (id) ON DELETE CASCADE
) STRICT;

CREATE TABLE datasets (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  created TEXT NOT NULL,
  hash TEXT NOT NULL,
  manifest TEXT NOT NULL CHECK (json_valid(manifest)),
  removed TEXT
) STRICT;

CREATE TABLE epochs (
  experiment_id TEXT NOT NULL REFERENCES experiments (id) ON DELETE CASCADE,
  method TEXT NOT NULL,
  stage TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  epochs INTEGER NOT NULL,
  learning_rate REAL NOT NULL,
  loss REAL NOT NULL,
  accuracy REAL NOT NULL,
  isolated_loss REAL,
  ca REAL,
  asr REAL,
  steps INTEGER NOT NULL,
  seconds REAL NOT NULL,
  PRIMARY KEY (experiment_id, method, stage, epoch)
) STRICT, WITHOUT ROWID;

CREATE TABLE evaluations (
  experiment_id TEXT NOT NULL REFERENCES experiments (id) ON DELETE CASCADE,
  method TEXT NOT NULL,
  moment TEXT NOT NULL,
  ca REAL,
  ca_without_target REAL,
  asr REAL,
  ra REAL,
  confusion TEXT CHECK (confusion IS NULL OR json_valid(confusion)),
  confusion_triggered TEXT CHECK (confusion_triggered IS NULL OR json_valid(confusion_triggered)),
  PRIMARY KEY (experiment_id, method, moment)
) STRICT, WITHOUT ROWID;

CREATE TABLE examinations (
  experiment_id TEXT PRIMARY KEY REFERENCES experiments (id) ON DELETE CASCADE,
  examination TEXT NOT NULL CHECK (json_valid(examination))
) STRICT;

CREATE TABLE experiments (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'interrupted', 'cancelled', 'failed', 'done')),
  dataset_id TEXT NOT NULL REFERENCES datasets (id),
  dataset_hash TEXT NOT NULL,
  network TEXT NOT NULL,
  preset TEXT NOT NULL,
  settings TEXT NOT NULL CHECK (json_valid(settings)),
  seed INTEGER NOT NULL,
  methods TEXT NOT NULL CHECK (json_valid(methods)),
  engine_preference TEXT NOT NULL,
  engine TEXT CHECK (engine IS NULL OR json_valid(engine)),
  app_version TEXT NOT NULL,
  created TEXT NOT NULL,
  started TEXT,
  finished TEXT,
  trashed TEXT,
  error TEXT CHECK (error IS NULL OR json_valid(error)),
  seconds TEXT CHECK (seconds IS NULL OR json_valid(seconds)),
  images_per_second REAL,
  peak_memory_bytes INTEGER,
  checkpoint TEXT,
  owner_pid INTEGER,
  owner_start TEXT,
  trainer_pid INTEGER,
  trainer_start TEXT
) STRICT;

CREATE INDEX experiments_by_dataset ON experiments (dataset_id);

CREATE INDEX experiments_by_state ON experiments (state);

CREATE TABLE isolated_examples (
  experiment_id TEXT NOT NULL REFERENCES isolations (experiment_id) ON DELETE CASCADE,
  rank INTEGER NOT NULL,
  example INTEGER NOT NULL,
  loss REAL NOT NULL,
  PRIMARY KEY (experiment_id, rank)
) STRICT, WITHOUT ROWID;

CREATE TABLE isolations (
  experiment_id TEXT PRIMARY KEY REFERENCES experiments (id) ON DELETE CASCADE,
  rate REAL NOT NULL,
  count INTEGER NOT NULL,
  precision REAL,
  recall REAL,
  auroc REAL,
  concentration REAL NOT NULL,
  class INTEGER NOT NULL,
  labels TEXT NOT NULL CHECK (json_valid(labels)),
  threshold REAL NOT NULL,
  loss_file TEXT NOT NULL
) STRICT;

CREATE TABLE marks (
  experiment_id TEXT NOT NULL REFERENCES experiments (id) ON DELETE CASCADE,
  given INTEGER NOT NULL CHECK (given IN (0, 1)),
  example INTEGER NOT NULL,
  mark TEXT NOT NULL CHECK (mark IN ('clean', 'poison', 'unsure')),
  PRIMARY KEY (experiment_id, given, example)
) STRICT, WITHOUT ROWID;

CREATE TABLE notes (
  id INTEGER PRIMARY KEY,
  experiment_id TEXT NOT NULL REFERENCES experiments (id) ON DELETE CASCADE,
  created TEXT NOT NULL,
  text TEXT NOT NULL
) STRICT;

CREATE INDEX notes_by_experiment ON notes (experiment_id);

CREATE TABLE stages (
  experiment_id TEXT NOT NULL REFERENCES experiments (id) ON DELETE CASCADE,
  method TEXT NOT NULL,
  stage TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('started', 'done')),
  seconds REAL NOT NULL,
  PRIMARY KEY (experiment_id, method, stage)
) STRICT, WITHOUT ROWID;

CREATE TABLE tags (
  experiment_id TEXT NOT NULL REFERENCES experiments (id) ON DELETE CASCADE,
  tag TEXT NOT NULL,
  PRIMARY KEY (experiment_id, tag)
) STRICT, WITHOUT ROWID;

CREATE INDEX tags_by_tag ON tags (tag);

CREATE TABLE verdicts (
  experiment_id TEXT PRIMARY KEY REFERENCES experiments (id) ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK (kind IN ('poisoned', 'no-evidence', 'uncertain')),
  class INTEGER,
  confidence REAL NOT NULL,
  estimated_asr REAL,
  reasons TEXT NOT NULL CHECK (json_valid(reasons))
) STRICT;

CREATE TABLE warnings (
  id INTEGER PRIMARY KEY,
  experiment_id TEXT NOT NULL REFERENCES experiments (id) ON DELETE CASCADE,
  created TEXT NOT NULL,
  message TEXT NOT NULL
) STRICT;

CREATE INDEX warnings_by_experiment ON warnings (experiment_id);

CREATE TABLE weights (
  experiment_id TEXT NOT NULL REFERENCES experiments (id) ON DELETE CASCADE,
  method TEXT NOT NULL,
  file TEXT NOT NULL,
  PRIMARY KEY (experiment_id, method)
) STRICT, WITHOUT ROWID;
