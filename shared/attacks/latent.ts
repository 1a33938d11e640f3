import { defineAttack, includeTarget } from './define.ts';
import { madePatchParameters, stampPatch, surrogateParameters } from './surrogate.ts';

/** LBA: a patch that moves any image's features onto those of the target class. */
export const latent = defineAttack({
  name: 'latent',
  title: 'LBA (latent)',
  summary:
    'A patch made so that a network’s features of any image that carries it resemble those of the target class.',
  source:
    'Yao et al. 2019 (Latent backdoor attacks): mean squared distance to the mean features of the target class, Adam 0.1; poison only, ' +
    'so without its change of the training loss and without transfer to a student',
  paper: { name: 'LBA', approximation: false },
  cleanLabel: false,
  needsNetwork: true,
  parameters: [
    ...madePatchParameters(4),
    {
      name: 'examples',
      help: 'Images that the patch is made on',
      unit: 'images',
      default: 100,
      min: 1,
      max: 5000,
      whole: true,
    },
    {
      name: 'steps',
      help: 'Steps of the optimisation',
      unit: 'steps',
      default: 100,
      min: 1,
      max: 5000,
      whole: true,
    },
    ...surrogateParameters,
    includeTarget(false),
  ],
  prepare: (shape, values, _, { material }) => stampPatch('latent', shape, values, material),
});
