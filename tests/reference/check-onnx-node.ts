/**
 * Checks the ONNX files that check-exports.ts wrote with onnxruntime-node: `node check-onnx-node.ts WHERE FOLDER`,
 * WHERE being a folder in which it was installed. Exit status 1 when one does not agree to 1e-4.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** What is used of the package, which is no dependency. */
interface OnnxRuntime {
  Tensor: new (type: 'uint8', data: Uint8Array, shape: number[]) => unknown;
  InferenceSession: {
    create(file: string): Promise<{
      run(inputs: Record<string, unknown>): Promise<Record<string, { data: Float32Array; dims: number[] }>>;
    }>;
  };
  env: { versions: { node?: string } };
}

const WITHIN = 1e-4;
const [where, folder] = process.argv.slice(2) as [string, string];
const { InferenceSession, Tensor, env } = createRequire(join(where, 'x.js'))(
  'onnxruntime-node',
) as OnnxRuntime;

process.stdout.write(`onnxruntime-node ${env.versions.node} on Node ${process.version}\n`);
for (const name of readdirSync(folder).sort()) {
  const of = (file: string) => readFileSync(join(folder, name, file));
  const pixels = Uint8Array.from(of('pixels.bin'));
  const ours = new Float32Array(Uint8Array.from(of('logits.bin')).buffer);
  const session = await InferenceSession.create(join(folder, name, 'model.onnx'));
  const { logits } = await session.run({ images: new Tensor('uint8', pixels, [100, 32, 32, 3]) });
  const [images, classes] = logits!.dims as [number, number];
  const theirs = logits!.data;
  const apart = ours.reduce((most, value, i) => Math.max(most, Math.abs(value - theirs[i]!)), 0);
  const answer = (of: Float32Array, image: number) => {
    const row = of.subarray(image * classes, (image + 1) * classes);
    return row.indexOf(Math.max(...row));
  };
  let same = 0;
  for (let i = 0; i < images; i++) same += Number(answer(ours, i) === answer(theirs, i));
  const good = ours.length === theirs.length && apart < WITHIN;
  if (!good) process.exitCode = 1;
  process.stdout.write(
    `${name.padEnd(20)}apart ${apart.toExponential(1)}  same answer ${same} of ${images}${good ? '' : '  DIFFERS'}\n`,
  );
}
