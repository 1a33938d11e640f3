import type { Tensors } from '../../shared/contract/engine.ts';
import { parameterSpecs, sizeOf } from '../../shared/networks/shapes.ts';
import type { Network } from '../../shared/networks/types.ts';
import { hash32 } from '../../shared/random.ts';

/** The same hash as in common.py: n numbers in [0, 1). */
export function uniform(name: string, n: number): Float64Array {
  const salt = hash32(name);
  return Float64Array.from({ length: n }, (_, i) => {
    let x = Math.imul(i + salt, 2654435761) >>> 0;
    x = Math.imul(x ^ (x >>> 15), 2246822519) >>> 0;
    return ((x ^ (x >>> 13)) >>> 0) / 4294967296;
  });
}

/** Weights that are nowhere 0 or 1, also where training begins so. */
export function referenceWeights(network: Network): Tensors {
  return new Map(
    parameterSpecs(network).map(({ name, shape }) => {
      const u = uniform(name, sizeOf(shape));
      const fan = sizeOf(shape.slice(0, -1));
      const scaled = name.endsWith('kernel')
        ? u.map((v) => (v - 0.5) * 2 * Math.sqrt(3 / fan))
        : /gamma|variance/.test(name)
          ? u.map((v) => 0.75 + 0.5 * v)
          : u.map((v) => 0.2 * (v - 0.5));
      return [name, Float32Array.from(scaled)];
    }),
  );
}
