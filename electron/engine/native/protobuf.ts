import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { Attribute, GraphNode } from './graph.ts';

/*
 * GraphDef and SavedModel in protocol-buffer wire format. Field numbers are those of TensorFlow's
 * graph.proto, node_def.proto, attr_value.proto, tensor.proto, tensor_shape.proto and saved_model.proto.
 */

/** A message within a message. */
export function message(writer: BinaryWriter, field: number, body: (writer: BinaryWriter) => void): void {
  writer.tag(field, WireType.LengthDelimited).fork();
  body(writer);
  writer.join();
}

export const text = (writer: BinaryWriter, field: number, value: string) =>
  writer.tag(field, WireType.LengthDelimited).string(value);

export const integer = (writer: BinaryWriter, field: number, value: number) =>
  writer.tag(field, WireType.Varint).int64(value);

function writeShape(writer: BinaryWriter, shape: readonly number[]): void {
  for (const size of shape) message(writer, 2, (dim) => integer(dim, 1, size));
}

function writeAttribute(writer: BinaryWriter, attribute: Attribute): void {
  if ('s' in attribute) text(writer, 2, attribute.s);
  else if ('f' in attribute) writer.tag(4, WireType.Bit32).float(attribute.f);
  else if ('b' in attribute) writer.tag(5, WireType.Varint).bool(attribute.b);
  else if ('type' in attribute) integer(writer, 6, attribute.type);
  else if ('shape' in attribute) message(writer, 7, (w) => writeShape(w, attribute.shape));
  else if ('ints' in attribute) {
    message(writer, 1, (list) => {
      for (const value of attribute.ints) integer(list, 3, value);
    });
  } else {
    const { dtype, shape, data } = attribute.tensor;
    message(writer, 8, (tensor) => {
      integer(tensor, 1, dtype);
      message(tensor, 2, (w) => writeShape(w, shape));
      tensor
        .tag(4, WireType.LengthDelimited)
        .bytes(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    });
  }
}

function writeNode(writer: BinaryWriter, node: GraphNode): void {
  text(writer, 1, node.name);
  text(writer, 2, node.op);
  for (const input of node.inputs) text(writer, 3, input);
  for (const [key, attribute] of Object.entries(node.attributes)) {
    message(writer, 5, (entry) => {
      text(entry, 1, key);
      message(entry, 2, (value) => writeAttribute(value, attribute));
    });
  }
}

/** One tensor of a signature. */
export interface SignatureTensor {
  /** 'node:output'. */
  name: string;
  dtype: number;
  /** -1 = any size. */
  shape: readonly number[];
}

/** What TensorFlow's own loaders call: `serving_default`. */
export interface ServingSignature {
  inputs: Record<string, SignatureTensor>;
  outputs: Record<string, SignatureTensor>;
}

function writeSignature(writer: BinaryWriter, { inputs, outputs }: ServingSignature): void {
  for (const [field, tensors] of [[1, inputs] as const, [2, outputs] as const]) {
    for (const [key, { name, dtype, shape }] of Object.entries(tensors)) {
      message(writer, field, (entry) => {
        text(entry, 1, key);
        message(entry, 2, (info) => {
          text(info, 1, name);
          integer(info, 2, dtype);
          message(info, 3, (w) => writeShape(w, shape));
        });
      });
    }
  }
  text(writer, 3, 'tensorflow/serving/predict');
}

/**
 * The bytes of a `saved_model.pb` that holds one graph under the tag `serve`. It needs no variables folder:
 * variables are handles in the graph, given their values through an assigning signature, or constants.
 */
export function savedModelBytes(nodes: readonly GraphNode[], serving?: ServingSignature): Uint8Array {
  const writer = new BinaryWriter();
  integer(writer, 1, 1);
  message(writer, 2, (metaGraph) => {
    message(metaGraph, 1, (info) => {
      text(info, 4, 'serve');
      text(info, 5, '2.21.0');
    });
    message(metaGraph, 2, (graph) => {
      for (const node of nodes) message(graph, 1, (w) => writeNode(w, node));
      // Producer and min_consumer: the graph-definition version of TensorFlow 2.9, understood by all later ones.
      message(graph, 4, (versions) => {
        integer(versions, 1, 1087);
        integer(versions, 2, 12);
      });
    });
    if (serving) {
      message(metaGraph, 5, (entry) => {
        text(entry, 1, 'serving_default');
        message(entry, 2, (w) => writeSignature(w, serving));
      });
    }
  });
  return writer.finish();
}
