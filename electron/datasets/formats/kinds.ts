/** Kinds of sources in words, by the key that a stored data set keeps. */
export const KINDS: Record<string, string> = {
  'class-folders': 'folder with one sub-folder for each class',
  'split-folders': 'folder with train and test sets, one sub-folder for each class',
  'csv-list': 'list of image files with their labels',
  'json-list': 'list of image files with their labels (JSON)',
  'cifar10-binary': 'CIFAR-10 binary files',
  'cifar100-binary': 'CIFAR-100 binary files',
  'cifar10-pickle': 'CIFAR-10 Python files',
  'cifar100-pickle': 'CIFAR-100 Python files',
  idx: 'IDX files (as of MNIST)',
  arrays: 'NumPy arrays',
  'pickled-arrays': 'Python file of arrays',
  torch: 'PyTorch file of tensors',
  parquet: 'Parquet files (as of Hugging Face)',
  gtsrb: 'German Traffic Sign Recognition Benchmark',
  'tiny-imagenet': 'Tiny ImageNet',
  webdataset: 'WebDataset archives',
};
