import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ExperimentResult } from '../../history/result.ts';
import { writeWhole } from '../whole.ts';
import { modelCard, preprocessing, type ModelFormat } from './card.ts';
import type { ExportedModel } from './model.ts';
import { onnxModel } from './onnx.ts';
import { ONNX_FILE, SAVED_MODEL_FILE, SAVED_MODEL_META } from './read.ts';
import { writeSafetensors } from './safetensors.ts';
import { savedModel } from './saved-model.ts';
import { TFJS_WEIGHTS, tfjsModel } from './tfjs.ts';

/**
 * Writes a model into a new folder that appears only when it is complete: the model, `labels.txt`,
 * `preprocessing.json` and `MODEL_CARD.md`.
 * @throws ExpectedError as writeWhole does
 */
export async function writeModel(
  model: ExportedModel,
  about: { result: ExperimentResult; appVersion: string },
  target: { to: string; dataFolder: string; format: ModelFormat },
): Promise<void> {
  const { format } = target;
  await writeWhole({ ...target, what: 'the model' }, async (draft) => {
    await mkdir(draft);
    const write = async (name: string, content: string | Uint8Array) => {
      await mkdir(dirname(join(draft, name)), { recursive: true });
      await writeFile(join(draft, name), content, { flag: 'wx' });
    };
    switch (format) {
      case 'onnx':
        await write(ONNX_FILE, onnxModel(model, about.appVersion));
        break;
      case 'savedmodel':
        await write(SAVED_MODEL_FILE, savedModel(model));
        await write(SAVED_MODEL_META, json(model.meta));
        break;
      case 'tfjs': {
        const { topology, weights } = tfjsModel(model);
        await write('model.json', json(topology));
        await write(TFJS_WEIGHTS, weights);
        break;
      }
      case 'safetensors':
        await writeSafetensors(model, join(draft, 'model.safetensors'));
        await write('network.json', json(model.network));
        break;
    }
    await write('labels.txt', model.meta.classes.map((name) => `${name.replace(/\s+/g, ' ')}\n`).join(''));
    await write('preprocessing.json', json(preprocessing(model, format)));
    await write('MODEL_CARD.md', modelCard(model, format, about.result));
  });
}

function json(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
