import * as path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import type { MappingKey } from '../../../shared/contract/api.ts';
import { png, refusal, sourceContext, temporaryFolder, writeFiles } from '../test-support.ts';
import { openSource } from './open-source.ts';

async function opened(folder: string, name = '', answers: Partial<Record<MappingKey, string>> = {}) {
  const context = sourceContext(folder, answers);
  return { source: await openSource(path.join(folder, name), context), ...context };
}

async function tar(files: Record<string, Uint8Array | string>): Promise<Buffer> {
  const archive = pack();
  for (const [name, content] of Object.entries(files)) archive.entry({ name }, Buffer.from(content));
  archive.finalize();
  return buffer(archive);
}

/** A PPM whose red is the column, green the row, blue the number. */
function ppm(number: number, width: number, height: number): Buffer {
  const pixels = Array.from({ length: width * height }, (_, i) => [i % width, Math.floor(i / width), number]);
  return Buffer.concat([Buffer.from(`P6\n${width} ${height}\n255\n`), Buffer.from(pixels.flat())]);
}

const HEADER = 'Filename;Width;Height;Roi.X1;Roi.Y1;Roi.X2;Roi.Y2;ClassId';

describe('a record of BackdoorBench', () => {
  it('is refused, with what to do: it holds the poisoned images only', async () => {
    await using folder = await temporaryFolder();
    await writeFiles(folder.path, {
      'record/badnet/attack_result.pt': Buffer.from('x'),
      'record/badnet/bd_train_dataset/0/17.png': await png(0),
      'record/badnet/bd_test_dataset/1/3.png': await png(1),
    });
    for (const name of ['record', 'record/badnet']) {
      const error = await refusal(openSource(path.join(folder.path, name), sourceContext(folder.path)));
      expect(error).toMatchObject({ code: 'bad-input', remedy: expect.stringContaining('as arrays') });
      expect(error.message).toContain('is a record of BackdoorBench');
    }
  });
});

describe('GTSRB', () => {
  const files = () => ({
    'GTSRB/Final_Training/Images/00000/00000_00000.ppm': ppm(1, 12, 10),
    'GTSRB/Final_Training/Images/00000/00000_00001.ppm': ppm(2, 12, 10),
    'GTSRB/Final_Training/Images/00000/GT-00000.csv': `${HEADER}\n00000_00000.ppm;12;10;2;1;9;8;0\n00000_00001.ppm;12;10;2;1;12;8;0\n`,
    'GTSRB/Final_Training/Images/00014/00000_00000.ppm': ppm(3, 12, 10),
    'GTSRB/Final_Training/Images/00014/GT-00014.csv': `${HEADER}\n00000_00000.ppm;12;10;2;1;9;8;14\n00000_00009.ppm;12;10;2;1;9;8;14\n../../../../../../x.ppm;12;10;2;1;9;8;14\n`,
    'GTSRB/Final_Test/Images/00000.ppm': ppm(4, 12, 10),
    'GTSRB/Final_Test/Images/GT-final_test.test.csv':
      'Filename;Width;Height;Roi.X1;Roi.Y1;Roi.X2;Roi.Y2\n00000.ppm;12;10;2;1;9;8\n',
    'GT-final_test.csv': `${HEADER}\n00000.ppm;12;10;2;1;9;8;14\n`,
  });

  it('as published: lists with semicolons, the sign cut out, test labels in a list of their own', async () => {
    await using folder = await temporaryFolder();
    await writeFiles(folder.path, files());
    const { source, skips } = await opened(folder.path);
    expect(source.kind).toBe('gtsrb');
    expect(source.train.examples.map(({ label }) => label)).toEqual(['0', '0', '14']);
    expect(source.test?.examples).toEqual([{ id: 'GTSRB/Final_Test/Images/00000.ppm', label: '14' }]);
    expect(await source.train.inspect(0)).toEqual({ width: 8, height: 8 });
    const sign = await source.train.read(0, { width: 8, height: 8 });
    // From column 2, row 1 to column 9, row 8, both included.
    expect([...sign.subarray(0, 3), ...sign.subarray(-3)]).toEqual([2, 1, 1, 9, 8, 1]);
    await expect(source.train.inspect(1)).rejects.toThrow(
      'the part that counts (Roi) lies outside the image',
    );
    expect(skips.listed.map(({ reason }) => reason)).toEqual([
      'the list names this file, but it does not exist',
      'the list names a file outside its own folder',
    ]);
    const whole = (await opened(folder.path, '', { crop: 'none' })).source;
    expect(await whole.train.inspect(0)).toMatchObject({ width: 12, height: 10 });
  });

  it('with Train.csv and Test.csv', async () => {
    await using folder = await temporaryFolder();
    const header = 'Width,Height,Roi.X1,Roi.Y1,Roi.X2,Roi.Y2,ClassId,Path';
    await writeFiles(folder.path, {
      'Train/1/a.png': await png(1, 12),
      'Train/20/b.png': await png(2, 12),
      'Test/c.png': await png(3, 12),
      'Train.csv': `${header}\n12,12,0,0,7,7,1,Train/1/a.png\n12,12,0,0,7,7,20,Train/20/b.png\n`,
      'Test.csv': `${header}\n12,12,2,2,9,9,20,Test/c.png\n`,
    });
    const { source } = await opened(folder.path);
    expect(source.kind).toBe('gtsrb');
    expect(source.train.examples).toEqual([
      { id: 'Train/1/a.png', label: '1' },
      { id: 'Train/20/b.png', label: '20' },
    ]);
    expect(await source.test?.inspect(0)).toEqual(expect.objectContaining({ width: 8, height: 8 }));
    expect(await source.test?.read(0, { width: 8, height: 8 })).toHaveLength(192);
  });
});

describe('Tiny ImageNet', () => {
  const files = async () => ({
    'train/n01/images/n01_0.JPEG': await png(0),
    'train/n01/n01_boxes.txt': 'n01_0.JPEG\t0\t0\t1\t1\n',
    'train/n02/images/n02_0.JPEG': await png(1),
    'val/images/val_0.JPEG': await png(2),
    'val/val_annotations.txt': 'val_0.JPEG\tn02\t0\t32\t44\t62\nval_1.JPEG\tn02\t0\t32\t44\t62\n',
    'test/images/test_0.JPEG': await png(3),
    'wnids.txt': 'n01\nn02\n',
  });

  it('classes are called by their words; the validation images are the test split', async () => {
    await using folder = await temporaryFolder();
    await writeFiles(folder.path, {
      ...(await files()),
      'words.txt': 'n00\tentity\nn01\tgoldfish, Carassius auratus\nn02\tbullfrog, Rana\n',
    });
    const { source, skips } = await opened(folder.path);
    expect(source.kind).toBe('tiny-imagenet');
    expect(source.train.examples).toEqual([
      { id: 'train/n01/images/n01_0.JPEG', label: 'goldfish' },
      { id: 'train/n02/images/n02_0.JPEG', label: 'bullfrog' },
    ]);
    expect(source.test?.examples).toEqual([{ id: 'val/images/val_0.JPEG', label: 'bullfrog' }]);
    expect(skips.listed.map(({ path: name }) => name)).toEqual(['val/val_1.JPEG', 'test']);
  });

  it('by their numbers where words are missing or the same', async () => {
    await using folder = await temporaryFolder();
    await writeFiles(folder.path, { ...(await files()), 'words.txt': 'n01\tcrane\nn02\tcrane\n' });
    const { source } = await opened(folder.path);
    expect(source.train.examples.map(({ label }) => label)).toEqual(['n01', 'n02']);
  });
});

describe('WebDataset', () => {
  it('one shard: labels as .cls, .txt or in .json', async () => {
    await using folder = await temporaryFolder();
    await writeFiles(folder.path, {
      'set.tar': await tar({
        '0001.png': await png(1),
        '0001.cls': '3\n',
        '0001.json': '{"label": 9}',
        'sub/0002.png': await png(2),
        'sub/0002.json': '{"id": 7, "label": "dög"}',
        'sub/0003.png': await png(3),
        'sub/0004.txt': '1',
        'sub/0005.jpg': await png(5),
        'sub/0005.json': '{"label"',
      }),
    });
    const { source, skips } = await opened(folder.path, 'set.tar');
    expect(source.kind).toBe('webdataset');
    expect(source.train.examples).toEqual([
      { id: '0001.png', label: '3' },
      { id: 'sub/0002.png', label: 'dög' },
    ]);
    expect(skips.listed).toEqual([
      { path: 'sub/0003', reason: 'a sample without a label (.cls, .json or .txt)' },
      { path: 'sub/0004', reason: 'a sample without an image' },
      { path: 'sub/0005', reason: 'its label is not valid JSON' },
    ]);
  });

  it('a folder of shards, training and validation', async () => {
    await using folder = await temporaryFolder();
    const shard = async (n: number) =>
      tar({ 'a.jpg': await png(n), 'a.cls': String(n), 'b.jpg': await png(9), 'b.cls': '0' });
    await writeFiles(folder.path, {
      'train-000.tar': await shard(1),
      'train-001.tar': await shard(2),
      'val-000.tar': await shard(1),
      'README.md': 'about',
    });
    const { source } = await opened(folder.path);
    expect(source.train.examples.map(({ id, label }) => `${id} ${label}`)).toEqual([
      'train-000/a.jpg 1',
      'train-000/b.jpg 0',
      'train-001/a.jpg 2',
      'train-001/b.jpg 0',
    ]);
    expect(source.test?.examples).toHaveLength(2);
    expect(await source.train.read(3, { width: 12, height: 12 })).toEqual(
      await source.train.read(1, { width: 12, height: 12 }),
    );
  });
});

it('archives of a training and a test part side by side are one source', async () => {
  await using folder = await temporaryFolder();
  await writeFiles(folder.path, {
    'train.tar': await tar({ 'cat/0.png': await png(0), 'dog/0.png': await png(1) }),
    'test.tar': await tar({ 'cat/0.png': await png(2) }),
  });
  const { source } = await opened(folder.path);
  expect(source.kind).toBe('split-folders');
  expect(source.train.examples.map(({ id }) => id)).toEqual(['train/cat/0.png', 'train/dog/0.png']);
  expect(source.test?.examples).toEqual([{ id: 'test/cat/0.png', label: 'cat' }]);
});
