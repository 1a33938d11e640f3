import type { Random } from '../../shared/random.ts';

/** Numbers that lengths and counts are made of when somebody means harm. */
const EXTREMES = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff];

/** One of the usual mutations of bytes, one to eight times. */
export function mutate(original: Buffer, random: Random): Buffer {
  let bytes = Buffer.from(original);
  const times = 1 + below(random, 8);
  for (let i = 0; i < times; i++) bytes = once(bytes, random);
  return bytes;
}

function once(bytes: Buffer<ArrayBuffer>, random: Random): Buffer<ArrayBuffer> {
  if (bytes.length === 0) return Buffer.from([below(random, 256)]);
  const at = below(random, bytes.length);
  switch (below(random, 8)) {
    case 0:
      bytes[at]! ^= 1 << below(random, 8);
      return bytes;
    case 1:
      bytes[at] = below(random, 256);
      return bytes;
    case 2: {
      const value = EXTREMES[below(random, EXTREMES.length)]!;
      if (at + 4 <= bytes.length) {
        if (below(random, 2) === 0) bytes.writeUInt32LE(value, at);
        else bytes.writeUInt32BE(value, at);
      }
      return bytes;
    }
    case 3:
      return bytes.subarray(0, at);
    case 4:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + below(random, 16))]);
    case 5: {
      const part = bytes.subarray(at, at + 1 + below(random, 64));
      const to = below(random, bytes.length);
      return Buffer.concat([bytes.subarray(0, to), part, bytes.subarray(to)]);
    }
    case 6: {
      const to = below(random, bytes.length);
      bytes.copy(bytes, to, at, at + 1 + below(random, 32));
      return bytes;
    }
    default: {
      // Headers and directories lie at the ends.
      const near = below(random, Math.min(64, bytes.length));
      bytes[below(random, 2) === 0 ? near : bytes.length - 1 - near] = below(random, 256);
      return bytes;
    }
  }
}

function below(random: Random, limit: number): number {
  return random.integer(limit);
}
