import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import sharp from 'sharp';
import { pack } from 'tar-stream';
import { classFolders, pixels, png } from '../../electron/datasets/test-support.ts';
import { stream } from '../../shared/random.ts';
import { mutate } from './mutate.ts';

/** A reader and good inputs for it, which are mutated. */
export interface Target {
  name: string;
  /** Name of the file that is mutated; endings matter to some readers. */
  file: string;
  seeds: Buffer[];
  /** Files that lie beside it and stay as they are. */
  beside?: Record<string, Buffer>;
  /** The file says which images of the source are poisoned, and lies outside of it. */
  truth?: boolean;
}

const FIXTURES = path.join(import.meta.dirname, '../../electron/datasets/formats/fixtures');

/** All readers. */
export async function targets(): Promise<Target[]> {
  const fixture = (name: string) => fs.readFile(path.join(FIXTURES, name));
  const folders = await classFolders({ a: 2, b: 2 });
  const tar = await tarOf(folders);
  const shard = await tarOf({
    '0.png': await png(0),
    '0.cls': Buffer.from('1'),
    '1.png': await png(1),
    '1.json': Buffer.from('{"label": 0}'),
  });
  const list = 'path,label,split\na/0.png,cat,train\n"a/1.png",dog,test\nb/0.png,dog,train\n';
  const lines = '{"file": "a/0.png", "label": 1}\n{"file": "b/0.png", "label": "x"}\n';
  const frames = 'Filename;Width;Height;Roi.X1;Roi.Y1;Roi.X2;Roi.Y2;ClassId\n0.png;12;12;1;1;10;10;0\n';
  const idx = Buffer.concat([
    Buffer.from([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 8, 0, 0, 0, 8]),
    Buffer.alloc(128, 7),
  ]);
  const names = ['none-v1', 'none-v2', 'snappy-v1', 'gzip-v2', 'zstd-v1', 'brotli-v2'];
  const truth =
    'path,true_label,label,poisoned\na/0.png,a,a,0\na/1.png,b,a,1\nb/0.png,b,b,0\nb/1.png,b,b,0\n';
  const flags = Buffer.concat([npy(1).subarray(0, -2), Buffer.from([0, 1])]);
  return [
    {
      name: 'cifar-pickle',
      file: 'data_batch_1',
      seeds: await all(['data_batch_1', 'data_batch_2', 'data_batch_5'].map((n) => fixture(`cifar10/${n}`))),
    },
    { name: 'pickle', file: 'x.pkl', seeds: [await fixture('dictionary.pkl')] },
    {
      name: 'objects',
      file: 'x.npy',
      seeds: await all(['pairs.npy', 'tuples.npy'].map(fixture)),
    },
    { name: 'torch', file: 'x.pt', seeds: [await fixture('tensors.pt')] },
    { name: 'cifar-binary', file: 'data_batch_1.bin', seeds: [Buffer.alloc(2 * 3073, 3)] },
    {
      name: 'npz',
      file: 'x.npz',
      seeds: await all(['keras.npz', 'fortran.npz', 'poisoned.npz'].map(fixture)),
    },
    { name: 'npy', file: 'x.npy', seeds: [npy(2)], beside: { 'y.npy': npy(1) } },
    {
      name: 'parquet',
      file: 'x.parquet',
      seeds: [...(await all(names.map((n) => fixture(`codecs/${n}.parquet`)))), await fixture('odd.parquet')],
    },
    {
      name: 'idx',
      file: 'train-images-idx3-ubyte',
      seeds: [idx, gzipSync(idx)],
      beside: { 'train-labels-idx1-ubyte': Buffer.from([0, 0, 8, 1, 0, 0, 0, 2, 0, 1]) },
    },
    { name: 'zip', file: 'x.zip', seeds: [await fixture('keras.npz'), await fixture('tensors.pt')] },
    { name: 'tar', file: 'x.tar', seeds: [tar] },
    { name: 'tar.gz', file: 'x.tar.gz', seeds: [gzipSync(tar)] },
    { name: 'webdataset', file: 'x.tar', seeds: [shard] },
    { name: 'csv', file: 'x.csv', seeds: [Buffer.from(list)], beside: folders },
    { name: 'json-lines', file: 'x.jsonl', seeds: [Buffer.from(lines)], beside: folders },
    {
      name: 'gtsrb',
      file: 'set/00000/GT-00000.csv',
      seeds: [Buffer.from(frames)],
      beside: { 'set/00000/0.png': await png(0) },
    },
    { name: 'truth', file: 'truth.csv', seeds: [Buffer.from(truth)], beside: folders },
    {
      name: 'flags',
      file: 'flags',
      truth: true,
      seeds: [flags, Buffer.from('0 1 1 0\n'), Buffer.from('[1, 3]'), await fixture('dictionary.pkl')],
      beside: folders,
    },
    {
      name: 'tiny-imagenet',
      file: 'val/val_annotations.txt',
      seeds: [Buffer.from('val_0.png\tn01\t0\t0\t9\t9\nval_1.png\tn02\t0\t0\t9\t9\n')],
      beside: {
        'wnids.txt': Buffer.from('n01\nn02\n'),
        'words.txt': Buffer.from('n01\tcat\nn02\tdog\n'),
        'train/n01/images/n01_0.png': await png(0),
        'train/n02/images/n02_0.png': await png(1),
        'val/images/val_0.png': await png(0),
        'val/images/val_1.png': await png(1),
      },
    },
    {
      name: 'cifar-names',
      file: 'batches.meta',
      seeds: [await fixture('cifar10/batches.meta')],
      beside: { data_batch_1: await fixture('cifar10/data_batch_1') },
    },
    { name: 'image', file: 'a/0.png', seeds: await images(), beside: { 'b/0.png': await png(1) } },
  ];
}

/** The input of a number: the same again for the same seed. */
export function inputOf({ name: stem, seeds }: Target, randomSeed: number, index: number): Buffer {
  const random = stream(randomSeed, 'fuzz', stem, String(index));
  return mutate(seeds[random.integer(seeds.length)]!, random);
}

async function images(): Promise<Buffer[]> {
  const raw = sharp(pixels(1, 24), { raw: { width: 24, height: 24, channels: 3 } });
  const netpbm = Buffer.concat([Buffer.from('P6\n# x\n24 24\n255\n'), Buffer.from(pixels(1, 24))]);
  const bmp = Buffer.alloc(54 + 24 * 24 * 3, 5);
  bmp.write('BM');
  [bmp.length, 0, 54, 40, 24, 24, 1 | (24 << 16), 0].forEach((n, i) => bmp.writeUInt32LE(n, 2 + 4 * i));
  return [
    await raw.clone().png().toBuffer(),
    await raw.clone().jpeg().toBuffer(),
    await raw.clone().webp().toBuffer(),
    await raw.clone().gif().toBuffer(),
    await raw.clone().tiff().toBuffer(),
    netpbm,
    Buffer.from('P2\n2 2\n9\n1 2 3 4\n'),
    bmp,
  ];
}

/** Two 8 x 8 images (axes 2), or two labels (axes 1). */
function npy(axes: 1 | 2): Buffer {
  const header = `{'descr': '|u1', 'fortran_order': False, 'shape': (2, ${axes === 2 ? '8, 8' : ''}), }`;
  const head = Buffer.from(`\x93NUMPY\x01\x00\x76\x00${header.padEnd(117)}\n`, 'latin1');
  return Buffer.concat([head, Buffer.from(axes === 2 ? new Uint8Array(128).fill(9) : [0, 1])]);
}

async function tarOf(files: Record<string, Buffer>): Promise<Buffer> {
  const archive = pack();
  for (const [name, content] of Object.entries(files)) archive.entry({ name }, content);
  archive.finalize();
  return buffer(archive);
}

function all<T>(promises: Promise<T>[]): Promise<T[]> {
  return Promise.all(promises);
}
