import { defineAttack } from './define.ts';

/**
 * The official code's signalTrigger. Its mask file holds uint8(trunc(20 sin(0.8 column))) with negative values
 * wrapped around to 236..255: a square wave, much stronger than the sinusoid of the paper.
 */
export const sigOfficial = defineAttack({
  name: 'sig-official',
  title: 'SIG (official code)',
  summary: 'A hard stripe pattern over images of the target class only; no label is changed.',
  source:
    'signalTrigger of the official ABL code (data_loader.py): 0.8 x + 0.2 mask. Its inject_portion counts within the ' +
    'target class: 0.1 there is a rate of 0.01 of ten equal classes here',
  cleanLabel: true,
  parameters: [
    { name: 'alpha', help: 'Share of the mask in the mixture', unit: 'share', default: 0.2, min: 0, max: 1 },
  ],
  prepare({ width, channels }, parameters) {
    const alpha = parameters['alpha'] as number;
    const mask = Uint8Array.from({ length: width }, (_, j) => Math.trunc(20 * Math.sin(0.8 * j)));
    return (image) => {
      for (let i = 0; i < image.length; i++) {
        const column = Math.floor(i / channels) % width;
        image[i] = Math.trunc((1 - alpha) * image[i]! + alpha * mask[column]!);
      }
    };
  },
});
