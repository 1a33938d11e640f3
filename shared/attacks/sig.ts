import { defineAttack } from './define.ts';

/** SIG: a horizontal sine wave added to images of the target class, whose labels are right already. */
export const sig = defineAttack({
  name: 'sig',
  title: 'SIG (sinusoid)',
  summary: 'A faint sine wave over images of the target class only; no label is changed.',
  source: 'Barni et al. 2019, arXiv 1902.11237: x + delta * sin(2 pi f column / width), clipped',
  paper: { name: 'SIG', approximation: false },
  cleanLabel: true,
  parameters: [
    { name: 'delta', help: 'Amplitude of the wave', unit: 'grey levels', default: 20, min: 0, max: 255 },
    {
      name: 'frequency',
      help: 'Periods over the width of the image',
      unit: 'periods',
      default: 6,
      min: 0,
      max: 128,
    },
  ],
  prepare({ width, channels }, parameters) {
    const delta = parameters['delta'] as number;
    const frequency = parameters['frequency'] as number;
    const wave = Float64Array.from(
      { length: width },
      (_, j) => delta * Math.sin((2 * Math.PI * j * frequency) / width),
    );
    return (image) => {
      for (let i = 0; i < image.length; i++) {
        const column = Math.floor(i / channels) % width;
        image[i] = Math.max(0, Math.min(255, Math.round(image[i]! + wave[column]!)));
      }
    };
  },
});
