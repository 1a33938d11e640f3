import { parameterCount } from '../../../shared/networks/shapes.ts';
import type { ExperimentResult } from '../../history/result.ts';
import { normalisation, type ExportedModel } from './model.ts';

export const MODEL_FORMATS = ['onnx', 'savedmodel', 'tfjs', 'safetensors'] as const;
export type ModelFormat = (typeof MODEL_FORMATS)[number];

/** What an image must go through before the model sees it, by format. */
export function preprocessing(model: ExportedModel, format: ModelFormat): object {
  const { height, width, channels } = model.network;
  const inside = format !== 'safetensors';
  return {
    height,
    width,
    channels,
    colour: channels === 3 ? 'RGB' : 'grey: 0.299 R + 0.587 G + 0.114 B, rounded',
    layout: format === 'safetensors' ? 'batch, channels, height, width' : 'batch, height, width, channels',
    type: format === 'onnx' || format === 'savedmodel' ? 'uint8' : 'float32',
    range: inside ? [0, 255] : 'as computed by "normalise"',
    normalise: { scale: 1 / 255, ...normalisation(model), inTheModel: inside },
  };
}

const USE: Record<ModelFormat, string> = {
  onnx: `\`model.onnx\`, operator set 17. Input \`images\` (uint8, pixels as decoded), outputs \`logits\` and \`probabilities\`.

    import numpy, onnxruntime
    session = onnxruntime.InferenceSession("model.onnx")
    logits, probabilities = session.run(None, {"images": pixels})  # pixels: uint8, batch x height x width x channels`,
  savedmodel: `This folder is the SavedModel. Signature \`serving_default\`: input \`images\` (uint8, pixels as decoded), outputs
\`logits\` and \`probabilities\`.

    import tensorflow as tf
    model = tf.saved_model.load("FOLDER").signatures["serving_default"]
    answers = model(images=tf.constant(pixels))  # pixels: uint8, batch x height x width x channels`,
  tfjs: `\`model.json\` with \`weights.bin\`, a layers model of TensorFlow.js. Input: float32, pixels 0 to 255; output: logits.

    const model = await tf.loadLayersModel("model.json");
    const logits = model.predict(pixels);  // batch x height x width x channels`,
  safetensors: `\`model.safetensors\`: parameters named and laid out as PyTorch does (\`conv1.weight\`, \`bn1.running_mean\`, …). The
network itself is not in it; its layers are listed in \`network.json\`, each naming its inputs.`,
};

/** The model card: what the model is, what was measured, what it must not be used for. Markdown. */
export function modelCard(model: ExportedModel, format: ModelFormat, result: ExperimentResult): string {
  const { network, meta } = model;
  const { dataset, verdict } = result;
  const figures = result[meta.method];
  const percent = (value: number | null | undefined) =>
    value == null ? 'not measured' : `${(value * 100).toFixed(1)} %`;
  const title = { naive: 'Naive model', abl: 'ABL model', oracle: 'Oracle model' }[meta.method];
  return `# ${title} of "${plain(dataset.name)}"

${WHAT[meta.method]}

## Use

${USE[format]}

Images are ${network.width} x ${network.height} pixels with ${network.channels} channel${network.channels === 1 ? '' : 's'};
\`preprocessing.json\` says how they must be prepared, \`labels.txt\` names the classes in the order of the answers.

## What it is

| | |
| --- | --- |
| network | ${network.name}, ${parameterCount(network).toLocaleString('en-US')} trained parameters |
| classes | ${network.classes} |
| trained on | ${plain(dataset.name)}: ${dataset.train.toLocaleString('en-US')} images |
| data set, SHA-256 | \`${dataset.hash}\` |
| experiment | \`${result.experiment}\`, seed ${result.seed} |
| engine | ${result.engine ? `${result.engine.kind} ${result.engine.version} on ${result.engine.device}` : 'not known'} |

## What was measured

${dataset.test > 0 ? `On ${dataset.test.toLocaleString('en-US')} test images${dataset.triggered > 0 ? ` and ${dataset.triggered.toLocaleString('en-US')} with the trigger` : ''}.` : 'There was no test set.'}
Batch-norm statistics are ${figures?.caReestimated == null ? 'as trained' : 're-estimated, as in this file'}.

| | |
| --- | --- |
| right on clean images (CA) | ${percent(figures?.caReestimated ?? figures?.ca)} |
| fooled by the trigger (ASR; low is good) | ${percent(figures?.asrReestimated ?? figures?.asr)} |
| right in spite of the trigger (RA) | ${percent(figures?.raReestimated ?? figures?.ra)} |

Verdict on the data set: **${verdict ? verdict.kind : 'none'}**${verdict && verdict.class !== null ? `, class "${plain(dataset.classes[verdict.class] ?? '')}"` : ''}.
${(verdict?.reasons ?? []).map((reason) => `\n- ${plain(reason)}`).join('')}

## Limits

- The figures hold for images like those it was tested on, and for the one trigger that was tested, if any.
- A trigger of another kind may have gone unnoticed, and would then still work.
- It answers with one of its ${network.classes} classes whatever it is shown.
`;
}

const WHAT: Record<ExportedModel['meta']['method'], string> = {
  naive:
    'An image classifier that was trained on all of the data as if they could be trusted. **If the data are poisoned, this model has the backdoor.**',
  abl: 'An image classifier that was trained by Anti-Backdoor Learning: examples that looked poisoned were isolated and unlearnt, or left out.',
  oracle: 'An image classifier that was trained on the examples known to be clean, for comparison.',
};

/** Names come from elsewhere: on one line, and no markup. */
function plain(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[\\`*_[\]<>|#]/g, '\\$&');
}
