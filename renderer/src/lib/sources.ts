/** Endings of files that can be a source, for file dialogs. What a file is, its content decides. */
export const SOURCE_EXTENSIONS = [
  'zip',
  'tar',
  'tgz',
  'gz',
  'csv',
  'tsv',
  'txt',
  'jsonl',
  'json',
  'npz',
  'npy',
  'pkl',
  'pickle',
  'pt',
  'parquet',
  'bin',
];
