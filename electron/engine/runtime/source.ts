/**
 * Which wheels a runtime is made from: the user's own files, or what pip downloads.
 */
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ExpectedError } from '../../../shared/contract/errors.ts';
import { requirementName, requirementsOfExtra } from './cuda.ts';
import { downloadWheels, findPip } from './pip.ts';
import type { OnProgress } from './progress.ts';
import { OLDEST_GLIBC_MINOR, type Machine } from './variant.ts';
import { DISTRIBUTIONS, LIBRARIES, SIZES, type Variant } from './versions.ts';
import { openWheel, type Wheel } from './wheel.ts';

export type WheelVariant = Exclude<Variant, 'stock'>;

/** The TensorFlow wheel and, for CUDA, NVIDIA's. All are open; close them with closeWheels. */
export interface Source {
  variant: WheelVariant;
  tensorflow: Wheel;
  nvidia: Wheel[];
}

export function closeWheels(wheels: Wheel[]): void {
  for (const { zip } of wheels) zip.close();
}

/** The file to fetch elsewhere, and what to do with it, for a machine without pip or network. */
export function offlineRemedy(variant: Variant, version: string): string {
  if (variant === 'cuda') {
    return (
      `On a computer with internet: pip download --only-binary=:all: --python-version 3.11 --platform manylinux_2_27_x86_64 ` +
      `--platform manylinux2014_x86_64 -d FOLDER "tensorflow[and-cuda]==${version}". Bring the folder here, then: theriac engine install --from FOLDER`
    );
  }
  return (
    `On a computer with internet, fetch the file tensorflow_cpu-${version}-cp311-cp311-manylinux_2_27_x86_64.whl ` +
    `from https://pypi.org/project/tensorflow-cpu/${version}/#files, bring it here, then: theriac engine install --from FILE`
  );
}

/** Checks that a wheel is the TensorFlow that is wanted. @throws ExpectedError bad-input */
export function checkTensorflow(wheel: Wheel, variant: WheelVariant, version: string): void {
  const refuse = (reason: string): never => {
    throw new ExpectedError(
      'bad-input',
      `${wheel.path} cannot be used: ${reason}`,
      offlineRemedy(variant, version),
    );
  };
  if (wheel.name !== DISTRIBUTIONS[variant]) {
    refuse(`it holds ${wheel.name || 'something without a name'}, and ${DISTRIBUTIONS[variant]} is needed`);
  }
  if (wheel.version !== version) refuse(`it holds version ${wheel.version}, and ${version} is needed`);
  if (!/-manylinux[^-]*_x86_64\.whl$/.test(wheel.file)) {
    refuse(
      'by its name it is not for Linux on x86-64 (…-manylinux…_x86_64.whl); keep the name it was downloaded with',
    );
  }
  for (const member of [
    ...LIBRARIES.map((name) => `tensorflow/${name}`),
    'tensorflow/include/tensorflow/c/c_api.h',
  ]) {
    if (!wheel.entries.has(member)) refuse(`it has no ${member}`);
  }
}

/**
 * Opens the user's own files: a wheel, or a folder of wheels (needed for CUDA).
 * @throws ExpectedError bad-input, naming the file and the reason
 */
export async function localSource(
  from: string,
  wanted: Variant | undefined,
  version: string,
): Promise<Source> {
  const isFolder = await stat(from).then(
    (found) => found.isDirectory(),
    () => false,
  );
  const names = isFolder
    ? (await readdir(from)).filter((name) => /^(tensorflow|nvidia)[-_].*\.whl$/.test(name))
    : [];
  const paths = isFolder ? names.sort().map((name) => join(from, name)) : [from];
  const wheels: Wheel[] = [];
  try {
    for (const path of paths) wheels.push(await openWheel(path));
    const variants = (wanted ? [wanted] : ['cpu', 'cuda']).filter((v): v is WheelVariant => v !== 'stock');
    for (const variant of variants) {
      const tensorflow = wheels.find(({ name }) => name === DISTRIBUTIONS[variant]);
      if (!tensorflow) continue;
      checkTensorflow(tensorflow, variant, version);
      const nvidia = variant === 'cuda' ? nvidiaWheels(tensorflow, wheels, version) : [];
      closeWheels(wheels.filter((wheel) => wheel !== tensorflow && !nvidia.includes(wheel)));
      return { variant, tensorflow, nvidia };
    }
    if (wheels[0] && !isFolder) checkTensorflow(wheels[0], variants[0] ?? 'cpu', version);
    const needed = variants.map((variant) => DISTRIBUTIONS[variant]).join(' or ');
    throw new ExpectedError(
      'bad-input',
      `${from} cannot be used: it holds no wheel of ${needed}`,
      offlineRemedy(variants[0] ?? 'cpu', version),
    );
  } catch (error) {
    closeWheels(wheels);
    throw error;
  }
}

function nvidiaWheels(tensorflow: Wheel, wheels: Wheel[], version: string): Wheel[] {
  const needed = requirementsOfExtra(tensorflow.requires, 'and-cuda').map(requirementName);
  const found = needed.map((name) => wheels.find((wheel) => wheel.name === name));
  const missing = needed.filter((_, i) => !found[i]);
  if (missing.length > 0) {
    throw new ExpectedError(
      'bad-input',
      `${tensorflow.path} is the build for graphics cards and needs these wheels in the same folder: ${missing.join(', ')}`,
      offlineRemedy('cuda', version),
    );
  }
  return found.filter((wheel) => wheel !== undefined);
}

export interface DownloadPlace {
  /** Folder where finished wheels are kept until the installation has succeeded. */
  downloads: string;
  /** Folder for what is not complete yet. */
  staging: string;
}

/**
 * Downloads the wheels of a variant through pip; wheels of an earlier, unfinished installation are used again.
 * @throws ExpectedError no-engine with the way around it, cancelled
 */
export async function downloadedSource(
  variant: WheelVariant,
  version: string,
  machine: Machine,
  place: DownloadPlace,
  onProgress: OnProgress,
  signal?: AbortSignal,
): Promise<Source & { pipVersion: string }> {
  const found = await findPip();
  if (!found) {
    throw new ExpectedError(
      'no-engine',
      'The native engine is downloaded through pip, and this computer has no pip (python3 -m pip).',
      offlineRemedy(variant, version),
    );
  }
  await mkdir(place.downloads, { recursive: true });
  const kept = await localSource(place.downloads, variant, version).catch(() => null);
  if (kept) return { ...kept, pipVersion: found.version };
  await rm(place.downloads, { recursive: true, force: true });
  await mkdir(place.downloads, { recursive: true });
  const common = {
    pip: found.pip,
    glibcMinor: Number(machine.glibc?.split('.')[1] ?? OLDEST_GLIBC_MINOR),
    into: place.downloads,
    staging: place.staging,
  };
  const first = variant === 'cuda' ? 650_000_000 : SIZES.cpu.download;
  try {
    const [path = ''] = await downloadWheels(
      { ...common, requirements: [`${DISTRIBUTIONS[variant]}==${version}`], size: first },
      onProgress,
      signal,
    );
    if (variant === 'cuda') {
      const wheel = await openWheel(path);
      closeWheels([wheel]);
      const requirements = requirementsOfExtra(wheel.requires, 'and-cuda');
      const size = SIZES.cuda.download - first;
      await downloadWheels({ ...common, requirements, size }, onProgress, signal);
    }
  } catch (error) {
    if (!(error instanceof ExpectedError) || error.code !== 'no-engine') throw error;
    throw new ExpectedError('no-engine', error.message, offlineRemedy(variant, version), { cause: error });
  }
  return { ...(await localSource(place.downloads, variant, version)), pipVersion: found.version };
}
