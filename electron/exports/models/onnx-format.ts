import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { integer, message, text } from '../../engine/native/protobuf.ts';

/*
 * An ONNX model in protocol-buffer wire format. Field numbers are those of onnx.proto.
 */

export const ONNX_FLOAT = 1;
export const ONNX_UINT8 = 2;
/** Operator set and format version: those of ONNX 1.12, which every runtime since 2022 reads. */
const OPSET = 17;
const IR_VERSION = 8;

export type OnnxAttribute = { f: number } | { i: number } | { ints: readonly number[] };

export interface OnnxNode {
  op: string;
  name: string;
  inputs: readonly string[];
  outputs: readonly string[];
  attributes?: Record<string, OnnxAttribute>;
}

export interface OnnxTensor {
  name: string;
  shape: readonly number[];
  /** float32, little-endian. */
  bytes: Uint8Array;
}

export interface OnnxValue {
  name: string;
  type: number;
  /** A name stands for a size that is free. */
  shape: readonly (number | string)[];
}

export interface OnnxGraph {
  name: string;
  producerVersion: string;
  nodes: readonly OnnxNode[];
  tensors: readonly OnnxTensor[];
  inputs: readonly OnnxValue[];
  outputs: readonly OnnxValue[];
  metadata: Record<string, string>;
}

/** The bytes of an `.onnx` file. */
export function onnxBytes(graph: OnnxGraph): Uint8Array {
  const writer = new BinaryWriter();
  integer(writer, 1, IR_VERSION);
  text(writer, 2, 'Theriac');
  text(writer, 3, graph.producerVersion);
  message(writer, 7, (w) => writeGraph(w, graph));
  message(writer, 8, (opset) => integer(opset, 2, OPSET));
  for (const [key, value] of Object.entries(graph.metadata)) {
    message(writer, 14, (entry) => {
      text(entry, 1, key);
      text(entry, 2, value);
    });
  }
  return writer.finish();
}

function writeGraph(writer: BinaryWriter, { name, nodes, tensors, inputs, outputs }: OnnxGraph): void {
  for (const node of nodes) message(writer, 1, (w) => writeNode(w, node));
  text(writer, 2, name);
  for (const tensor of tensors) message(writer, 5, (w) => writeTensor(w, tensor));
  for (const input of inputs) message(writer, 11, (w) => writeValue(w, input));
  for (const output of outputs) message(writer, 12, (w) => writeValue(w, output));
}

function writeNode(writer: BinaryWriter, node: OnnxNode): void {
  for (const input of node.inputs) text(writer, 1, input);
  for (const output of node.outputs) text(writer, 2, output);
  text(writer, 3, node.name);
  text(writer, 4, node.op);
  for (const [key, attribute] of Object.entries(node.attributes ?? {})) {
    message(writer, 5, (w) => {
      text(w, 1, key);
      if ('f' in attribute) {
        w.tag(2, WireType.Bit32).float(attribute.f);
        integer(w, 20, 1);
      } else if ('i' in attribute) {
        integer(w, 3, attribute.i);
        integer(w, 20, 2);
      } else {
        for (const value of attribute.ints) integer(w, 8, value);
        integer(w, 20, 7);
      }
    });
  }
}

function writeTensor(writer: BinaryWriter, { name, shape, bytes }: OnnxTensor): void {
  for (const size of shape) integer(writer, 1, size);
  integer(writer, 2, ONNX_FLOAT);
  text(writer, 8, name);
  writer.tag(9, WireType.LengthDelimited).bytes(bytes);
}

function writeValue(writer: BinaryWriter, { name, type, shape }: OnnxValue): void {
  text(writer, 1, name);
  message(writer, 2, (w) => {
    message(w, 1, (tensor) => {
      integer(tensor, 1, type);
      message(tensor, 2, (dimensions) => {
        for (const size of shape) {
          message(dimensions, 1, (dimension) => {
            if (typeof size === 'string') text(dimension, 2, size);
            else integer(dimension, 1, size);
          });
        }
      });
    });
  });
}
