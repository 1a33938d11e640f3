import { describe, expect, it } from 'vitest';
import { networkByName } from '../../../shared/networks/zoo.ts';
import { emitModel } from './emit-model.ts';

describe('graph of a model', () => {
  it.each(['small-cnn', 'wrn-10-1', 'resnet-18-cifar-w4'])(
    'lets no variable of %s adopt a fed tensor',
    (name) => {
      const network = networkByName(name, { height: 32, width: 32, channels: 3, classes: 10 });
      const options = { mean: [0.5], std: [0.5], momentum: 0.9, nesterov: false, runningMomentum: 0.1 };
      const { nodes, variables } = emitModel(network, options);
      const op = new Map(nodes.map((node) => [node.name, node.op]));
      const assigned = nodes.filter((node) => node.op === 'AssignVariableOp').map((node) => node.inputs);
      expect(assigned.length).toBeGreaterThanOrEqual(variables.length);
      // A fed tensor may lie in an array of JavaScript, of which threads of TensorFlow must not be the last to let go.
      for (const [variable, value] of assigned) {
        expect(op.get(variable!)).toBe('VarHandleOp');
        expect(['Placeholder', 'Identity']).not.toContain(op.get(value!.split(':')[0]!));
      }
    },
  );
});
