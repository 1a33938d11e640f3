/** TensorFlow's DataType numbers. */
export const FLOAT = 1;
export const INT32 = 3;
export const UINT8 = 4;
export const BOOL = 10;
export const RESOURCE = 20;

export type Attribute =
  | { s: string }
  | { f: number }
  | { b: boolean }
  | { type: number }
  | { shape: readonly number[] }
  | { ints: readonly number[] }
  | { tensor: { dtype: number; shape: readonly number[]; data: Float32Array | Int32Array } };

export type Attributes = Record<string, Attribute>;

export interface GraphNode {
  name: string;
  op: string;
  /** 'node', 'node:output' or '^node' (control). */
  inputs: string[];
  attributes: Attributes;
}

/** One output of a node. */
export interface Output {
  node: string;
  index: number;
  dtype: number;
}

/** How an op's type attributes follow from its inputs, and what it returns. */
interface OpRule {
  /** Type attribute name -> index of the input that decides it. */
  types: Record<string, number>;
  /** Output types: a number is fixed; 'first' is that of the input which decides `T`; [] = none. */
  outputs: (number | 'first')[];
}

const unary: OpRule = { types: { T: 0 }, outputs: ['first'] };
const compare: OpRule = { types: { T: 0 }, outputs: [BOOL] };
const reduce: OpRule = { types: { T: 0, Tidx: 1 }, outputs: ['first'] };

const RULES: Record<string, OpRule> = {
  Conv2D: unary,
  Conv2DBackpropFilter: unary,
  Conv2DBackpropInput: { types: { T: 2 }, outputs: ['first'] },
  FusedBatchNormV3: { types: { T: 0, U: 1 }, outputs: ['first', FLOAT, FLOAT, FLOAT, FLOAT, FLOAT] },
  FusedBatchNormGradV3: { types: { T: 0, U: 2 }, outputs: ['first', FLOAT, FLOAT, FLOAT, FLOAT] },
  MaxPool: unary,
  PadV2: { types: { T: 0, Tpaddings: 1 }, outputs: ['first'] },
  Slice: { types: { T: 0, Index: 1 }, outputs: ['first'] },
  StridedSlice: { types: { T: 0, Index: 1 }, outputs: ['first'] },
  StridedSliceGrad: { types: { T: 4, Index: 0 }, outputs: ['first'] },
  Rsqrt: unary,
  MaxPoolGrad: unary,
  Relu: unary,
  ReluGrad: unary,
  AddV2: unary,
  Sub: unary,
  DeepCopy: unary,
  Mul: unary,
  RealDiv: unary,
  Sign: unary,
  Mean: reduce,
  MatMul: unary,
  BiasAdd: unary,
  BiasAddGrad: unary,
  BroadcastTo: { types: { T: 0, Tidx: 1 }, outputs: ['first'] },
  ExpandDims: { types: { T: 0, Tdim: 1 }, outputs: ['first'] },
  Reshape: { types: { T: 0, Tshape: 1 }, outputs: ['first'] },
  Shape: { types: { T: 0 }, outputs: [INT32] },
  Cast: { types: { SrcT: 0 }, outputs: [] },
  Less: compare,
  Greater: compare,
  LogicalAnd: { types: {}, outputs: [BOOL] },
  SelectV2: { types: { T: 1 }, outputs: ['first'] },
  SparseSoftmaxCrossEntropyWithLogits: { types: { T: 0, Tlabels: 1 }, outputs: ['first', 'first'] },
  ArgMax: { types: { T: 0, Tidx: 1 }, outputs: [INT32] },
  Identity: unary,
  Softmax: unary,
  VarHandleOp: { types: {}, outputs: [RESOURCE] },
  AssignVariableOp: { types: { dtype: 1 }, outputs: [] },
  ResourceApplyMomentum: { types: { T: 3 }, outputs: [] },
};

/** Builds a TensorFlow graph node by node. Types are inferred; shapes are left to TensorFlow. */
export class GraphBuilder {
  readonly nodes: GraphNode[] = [];
  readonly #constants = new Map<string, Output>();

  /**
   * Adds a node and returns its outputs.
   * @param control nodes that must have run before
   * @throws RangeError for an op this builder has no rule for
   */
  op(
    op: string,
    inputs: readonly Output[],
    attributes: Attributes = {},
    options: { name?: string; control?: readonly string[] } = {},
  ): Output[] {
    const rule = RULES[op];
    if (!rule) throw new RangeError(`no rule for op ${op}`);
    const name = options.name ?? `${op}_${this.nodes.length}`;
    const types: Attributes = {};
    for (const [key, index] of Object.entries(rule.types)) types[key] = { type: inputs[index]!.dtype };
    this.#push(name, op, inputs, { ...types, ...attributes }, options.control);
    const first = inputs[rule.types.T ?? 0]?.dtype ?? FLOAT;
    return rule.outputs.map((dtype, index) => ({
      node: name,
      index,
      dtype: dtype === 'first' ? first : dtype,
    }));
  }

  /** The first output of a node that has one. */
  one(op: string, inputs: readonly Output[], attributes: Attributes = {}): Output {
    return this.op(op, inputs, attributes)[0]!;
  }

  /** Adds a node without outputs and returns its name, for use as a control input. */
  effect(op: string, inputs: readonly Output[], attributes: Attributes = {}): string {
    this.op(op, inputs, attributes);
    return this.nodes.at(-1)!.name;
  }

  cast(input: Output, dtype: number): Output {
    this.op('Cast', [input], { DstT: { type: dtype } });
    return { node: this.nodes.at(-1)!.name, index: 0, dtype };
  }

  /** Reads a variable; the value seen is the one before any update of the same call. */
  read(resource: Output): Output {
    const name = `Read_${this.nodes.length}`;
    this.#push(name, 'ReadVariableOp', [resource], { dtype: { type: FLOAT } });
    return { node: name, index: 0, dtype: FLOAT };
  }

  /** -1 in a shape = any size. */
  placeholder(name: string, dtype: number, shape: readonly number[]): Output {
    this.#push(name, 'Placeholder', [], { dtype: { type: dtype }, shape: { shape } });
    return { node: name, index: 0, dtype };
  }

  variable(name: string, shape: readonly number[]): Output {
    return this.op(
      'VarHandleOp',
      [],
      { dtype: { type: FLOAT }, shape: { shape }, shared_name: { s: name } },
      { name },
    )[0]!;
  }

  constant(dtype: typeof FLOAT | typeof INT32, shape: readonly number[], values: readonly number[]): Output {
    const key = `${dtype}|${shape.join()}|${values.join()}`;
    const known = this.#constants.get(key);
    if (known) return known;
    const data = dtype === FLOAT ? Float32Array.from(values) : Int32Array.from(values);
    const name = `Const_${this.nodes.length}`;
    this.#push(name, 'Const', [], { dtype: { type: dtype }, value: { tensor: { dtype, shape, data } } });
    const output = { node: name, index: 0, dtype };
    this.#constants.set(key, output);
    return output;
  }

  /** A constant with a name of its own, for values too many to compare with others. */
  weights(name: string, shape: readonly number[], data: Float32Array): Output {
    this.#push(name, 'Const', [], {
      dtype: { type: FLOAT },
      value: { tensor: { dtype: FLOAT, shape, data } },
    });
    return { node: name, index: 0, dtype: FLOAT };
  }

  scalar(value: number): Output {
    return this.constant(FLOAT, [], [value]);
  }

  int(value: number): Output {
    return this.constant(INT32, [], [value]);
  }

  ints(values: readonly number[]): Output {
    return this.constant(INT32, [values.length], values);
  }

  /**
   * A named output to fetch: it carries `value` and is ready only when all `after` have run. (The native
   * binding can fetch tensors but not run target ops, so updates are hung on what is fetched.)
   */
  fetch(name: string, value: Output, after: readonly string[] = []): string {
    this.op('Identity', [value], {}, { name, control: after });
    return `${name}:0`;
  }

  #push(
    name: string,
    op: string,
    inputs: readonly Output[],
    attributes: Attributes,
    control: readonly string[] = [],
  ): void {
    this.nodes.push({
      name,
      op,
      inputs: [
        ...inputs.map((input) => (input.index === 0 ? input.node : `${input.node}:${input.index}`)),
        ...control.map((node) => `^${node}`),
      ],
      attributes,
    });
  }
}
