/** Adam (Kingma and Ba 2014) over one array, with the usual constants 0.9, 0.999 and 1e-8. */
export class Adam {
  readonly #mean: Float64Array;
  readonly #square: Float64Array;
  readonly #rate: number;
  #steps = 0;

  constructor(size: number, rate: number) {
    this.#mean = new Float64Array(size);
    this.#square = new Float64Array(size);
    this.#rate = rate;
  }

  /** Moves `values` against the gradient, in place. */
  step(values: Float64Array, gradient: ArrayLike<number>): void {
    this.#steps++;
    const [meanScale, squareScale] = [1 - 0.9 ** this.#steps, 1 - 0.999 ** this.#steps];
    for (let i = 0; i < values.length; i++) {
      const g = gradient[i]!;
      this.#mean[i] = 0.9 * this.#mean[i]! + 0.1 * g;
      this.#square[i] = 0.999 * this.#square[i]! + 0.001 * g * g;
      const direction = this.#mean[i]! / meanScale / (Math.sqrt(this.#square[i]! / squareScale) + 1e-8);
      values[i]! -= this.#rate * direction;
    }
  }
}
