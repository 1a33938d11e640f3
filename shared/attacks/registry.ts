import { ExpectedError } from '../contract/errors.ts';
import { adaptiveBlend } from './adaptive-blend.ts';
import { badnetsAllToAll } from './badnets-all-to-all.ts';
import { badnetsMoving } from './badnets-moving.ts';
import { badnetsSquare } from './badnets-square.ts';
import { badnets } from './badnets.ts';
import { blendOfficial } from './blend-official.ts';
import { blend } from './blend.ts';
import { colourStyle } from './colour-style.ts';
import { composite } from './composite.ts';
import { contentDots } from './content-dots.ts';
import { custom } from './custom.ts';
import { featureCollision } from './feature-collision.ts';
import { labelConsistent } from './label-consistent.ts';
import { latent } from './latent.ts';
import { sampleNoise } from './sample-noise.ts';
import { sigOfficial } from './sig-official.ts';
import { sig } from './sig.ts';
import { tact } from './tact.ts';
import { trojan } from './trojan.ts';
import type { Attack } from './types.ts';
import { wanet } from './wanet.ts';

/** All attacks that can be simulated, in the order in which they are shown. */
export const attacks: readonly Attack[] = [
  badnets,
  trojan,
  blend,
  sig,
  labelConsistent,
  featureCollision,
  colourStyle,
  latent,
  composite,
  wanet,
  adaptiveBlend,
  tact,
  badnetsAllToAll,
  badnetsMoving,
  contentDots,
  sampleNoise,
  custom,
  badnetsSquare,
  blendOfficial,
  sigOfficial,
];

/** @throws ExpectedError 'usage' listing the known names */
export function attackByName(name: string): Attack {
  const found = attacks.find((attack) => attack.name === name);
  if (found) return found;
  const known = attacks.map((attack) => attack.name).join(', ');
  throw new ExpectedError('usage', `There is no attack called "${name}".`, `Known attacks: ${known}.`);
}
