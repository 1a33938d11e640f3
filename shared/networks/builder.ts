import type { Layer } from './types.ts';

/** Input and output sizes a network is built for. */
export interface Sizes {
  height: number;
  width: number;
  channels: number;
  classes: number;
}

/** Collects layers; each method appends one and returns its name, so that blocks read like the paper. */
export class Builder {
  readonly layers: Layer[] = [];

  conv(name: string, input: string, filters: number, kernel: 1 | 3 | 7, stride: 1 | 2): string {
    this.layers.push({ kind: 'conv', name, input, filters, kernel, stride });
    return name;
  }

  norm(name: string, input: string): string {
    this.layers.push({ kind: 'batch-norm', name, input });
    return name;
  }

  relu(input: string): string {
    this.layers.push({ kind: 'relu', name: `${input}-relu`, input });
    return `${input}-relu`;
  }

  normRelu(name: string, input: string): string {
    return this.relu(this.norm(name, input));
  }

  add(name: string, a: string, b: string): string {
    this.layers.push({ kind: 'add', name, inputs: [a, b] });
    return name;
  }

  maxPool(name: string, input: string, size: 2 | 3 = 2): string {
    this.layers.push({ kind: 'max-pool', name, input, size });
    return name;
  }

  head(input: string, classes: number): void {
    this.layers.push({ kind: 'global-average-pool', name: 'pool', input });
    this.layers.push({ kind: 'dense', name: 'fc', input: 'pool', units: classes });
  }
}
