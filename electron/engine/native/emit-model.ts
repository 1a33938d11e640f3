import type { CompileOptions } from '../../../shared/contract/engine.ts';
import { momentumName } from '../../../shared/networks/initialise.ts';
import { featureLayer, parameterSpecs } from '../../../shared/networks/shapes.ts';
import type { Network } from '../../../shared/networks/types.ts';
import { emitNetwork, emitPixels, type Values } from './emit-network.ts';
import { FLOAT, GraphBuilder, INT32, UINT8, type GraphNode, type Output } from './graph.ts';

/** What one session call feeds and fetches; names are 'node:output'. */
export interface Signature {
  feeds: Record<string, { name: string; dtype: number }>;
  fetches: Record<string, string>;
}

export interface ModelGraph {
  nodes: GraphNode[];
  signatures: {
    assign: Signature;
    read: Signature;
    step: Signature;
    evaluate: Signature;
    observe: Signature;
    pixels: Signature;
  };
  /** Variables in the order of `parameterSpecs`, then momentum buffers of the trained ones. */
  variables: { name: string; shape: number[] }[];
}

/**
 * The whole life of a model as one TensorFlow graph with shared variables: `assign` and `read` all of them,
 * `step` (forward, backward, optimizer and running statistics in one call), `evaluate`, and `observe`
 * (running statistics only). Batches may have any size.
 */
export function emitModel(network: Network, options: CompileOptions): ModelGraph {
  const g = new GraphBuilder();
  const specs = parameterSpecs(network);
  const variables = [
    ...specs.map(({ name, shape }) => ({ name, shape })),
    ...specs.filter((s) => s.trained).map(({ name, shape }) => ({ name: momentumName(name), shape })),
  ];
  const handles = new Map<string, Output>();
  variables.forEach(({ name, shape }, i) => handles.set(name, g.variable(`variable_${i}`, shape)));
  const handle = (name: string) => handles.get(name)!;
  const readAll = (): Values => new Map(specs.map(({ name }) => [name, g.read(handle(name))]));

  const images = (signature: string) =>
    g.placeholder(`${signature}_images`, UINT8, [-1, network.height, network.width, network.channels]);
  const feed = (output: Output) => ({ name: `${output.node}:0`, dtype: output.dtype });

  const assign: Signature = { feeds: {}, fetches: {} };
  const assigned = variables.map(({ name, shape }, i) => {
    const placeholder = g.placeholder(`assign_${i}`, FLOAT, shape);
    assign.feeds[name] = feed(placeholder);
    // A variable adopts the tensor it is assigned, and a fed tensor may lie in an array of JavaScript. The variable would
    // let go of it in the next step, on a thread of TensorFlow, and the addon would call into V8 from there: heap corruption.
    return g.effect('AssignVariableOp', [handle(name), g.one('DeepCopy', [placeholder])]);
  });
  assign.fetches.done = g.fetch('assign_done', g.scalar(0), assigned);

  const read: Signature = { feeds: {}, fetches: {} };
  variables.forEach(({ name }, i) => (read.fetches[name] = g.fetch(`read_${i}`, g.read(handle(name)))));

  return {
    nodes: g.nodes,
    variables,
    signatures: {
      assign,
      read,
      step: emitStep(),
      evaluate: emitEvaluate(),
      observe: emitObserve(),
      pixels: emitPixelGradient(),
    },
  };

  function emitStep(): Signature {
    const x = images('step');
    const labels = g.placeholder('step_labels', INT32, [-1]);
    const weights = g.placeholder('step_weights', FLOAT, [-1]);
    const scalar = (name: string) => g.placeholder(`step_${name}`, FLOAT, []);
    const learningRate = scalar('learning_rate');
    const weightDecay = scalar('weight_decay');
    const gamma = scalar('gamma');
    const gammaBatch = scalar('gamma_batch');
    const ceiling = scalar('ceiling');

    const values = readAll();
    const pass = emitNetwork(g, network, values, emitPixels(g, x, options.mean, options.std), {
      training: true,
      share: options.runningMomentum,
    });
    const [losses, slope] = g.op('SparseSoftmaxCrossEntropyWithLogits', [pass.logits, labels]);
    // d/dlogits of sum(w_i * sign_i * l_i); the signs are constants of the step (LGA, equation 3 of the paper).
    const mean = g.one('Mean', [losses!, g.ints([0])], { keep_dims: { b: false } });
    const exampleSign = g.one('Sign', [g.one('Sub', [losses!, gamma])]);
    const batchSign = g.one('Sign', [g.one('Sub', [mean, gammaBatch])]);
    const above = g.one('LogicalAnd', [
      g.one('Less', [weights, g.scalar(0)]),
      g.one('Greater', [losses!, ceiling]),
    ]);
    const capped = g.one('SelectV2', [above, g.scalar(0), weights]);
    const factor = g.one('Mul', [g.one('Mul', [capped, exampleSign]), batchSign]);
    const gradients = pass.backward(g.one('Mul', [slope!, g.one('ExpandDims', [factor, g.int(1)])]));

    const momentum = g.scalar(options.momentum);
    const updates = specs
      .filter((spec) => spec.trained)
      .map(({ name }) => {
        const decay = g.one('Mul', [values.get(name)!, weightDecay]);
        const gradient = g.one('AddV2', [gradients.get(name)!, decay]);
        return g.effect(
          'ResourceApplyMomentum',
          [handle(name), handle(momentumName(name)), learningRate, gradient, momentum],
          { use_nesterov: { b: options.nesterov } },
        );
      });
    for (const [name, value] of pass.statistics) {
      updates.push(g.effect('AssignVariableOp', [handle(name), value]));
    }
    return {
      feeds: {
        images: feed(x),
        labels: feed(labels),
        weights: feed(weights),
        learningRate: feed(learningRate),
        weightDecay: feed(weightDecay),
        gamma: feed(gamma),
        gammaBatch: feed(gammaBatch),
        ceiling: feed(ceiling),
      },
      fetches: {
        losses: g.fetch('step_losses', losses!, updates),
        predicted: g.fetch('step_predicted', argMax(pass.logits), updates),
      },
    };
  }

  function emitEvaluate(): Signature {
    const x = images('evaluate');
    const labels = g.placeholder('evaluate_labels', INT32, [-1]);
    const input = emitPixels(g, x, options.mean, options.std);
    const { logits } = emitNetwork(g, network, readAll(), input, { training: false });
    const [losses] = g.op('SparseSoftmaxCrossEntropyWithLogits', [logits, labels]);
    return {
      feeds: { images: feed(x), labels: feed(labels) },
      fetches: {
        losses: g.fetch('evaluate_losses', losses!),
        predicted: g.fetch('evaluate_predicted', argMax(logits)),
        logits: g.fetch('evaluate_logits', logits),
      },
    };
  }

  function emitObserve(): Signature {
    const x = images('observe');
    const share = g.placeholder('observe_share', FLOAT, []);
    const values = readAll();
    const input = emitPixels(g, x, options.mean, options.std);
    // A share of 1 inside the op gives the batch's own statistics; they are blended here because the op's
    // share is a constant of the graph.
    const { statistics } = emitNetwork(g, network, values, input, { training: true, share: 1 });
    const updates = [...statistics].map(([name, batch]) => {
      const old = values.get(name)!;
      const moved = g.one('AddV2', [old, g.one('Mul', [g.one('Sub', [batch, old]), share])]);
      return g.effect('AssignVariableOp', [handle(name), moved]);
    });
    return {
      feeds: { images: feed(x), share: feed(share) },
      fetches: { done: g.fetch('observe_done', g.scalar(0), updates) },
    };
  }

  function emitPixelGradient(): Signature {
    const { height, width, channels } = network;
    const x = g.placeholder('pixels_images', FLOAT, [-1, height, width, channels]);
    const labels = g.placeholder('pixels_labels', INT32, [-1]);
    const factors = g.placeholder('pixels_cross_entropy', FLOAT, [-1]);
    const layer = featureLayer(network);
    const targets = g.placeholder('pixels_targets', FLOAT, [-1, layer.size]);
    const weights = g.placeholder('pixels_weights', FLOAT, [-1, layer.size]);
    const input = emitPixels(g, x, options.mean, options.std);
    const pass = emitNetwork(g, network, readAll(), input, { training: false, differentiable: true });
    const features = pass.outputs.get(layer.name)!;
    const [losses, slope] = g.op('SparseSoftmaxCrossEntropyWithLogits', [pass.logits, labels]);
    const distance = g.one('Mul', [weights, g.one('Sub', [features, targets])]);
    const gradient = pass.inputGradient(
      g.one('Mul', [slope!, g.one('ExpandDims', [factors, g.int(1)])]),
      layer.name,
      g.one('Mul', [g.scalar(2), distance]),
    );
    // Options that name one value for all channels, or three where there is one, serve all networks alike.
    const deviations = Array.from({ length: channels }, (_, c) => options.std[c % options.std.length]!);
    const scale = g.constant(
      FLOAT,
      [channels],
      deviations.map((s) => 1 / (255 * s)),
    );
    return {
      feeds: {
        images: feed(x),
        labels: feed(labels),
        crossEntropy: feed(factors),
        targets: feed(targets),
        weights: feed(weights),
      },
      fetches: {
        gradient: g.fetch('pixels_gradient', g.one('Mul', [gradient, scale])),
        losses: g.fetch('pixels_losses', losses!),
        predicted: g.fetch('pixels_predicted', argMax(pass.logits)),
        features: g.fetch('pixels_features', features),
      },
    };
  }

  function argMax(logits: Output): Output {
    return g.one('ArgMax', [logits, g.int(1)], { output_type: { type: INT32 } });
  }
}
