/** The settings at which docs/attacks.md says what each attack reaches: attack, rate, parameters off their defaults. */
export interface AttackCase {
  attack: string;
  rate: number;
  parameters?: Record<string, number | string | boolean>;
}

export const ATTACK_CASES: AttackCase[] = [
  { attack: 'badnets', rate: 0.1 },
  { attack: 'badnets', rate: 0.03 },
  { attack: 'badnets', rate: 0.01 },
  { attack: 'blend', rate: 0.1 },
  { attack: 'sig', rate: 0.08 },
  { attack: 'sig', rate: 0.08, parameters: { delta: 40 } },
  { attack: 'trojan', rate: 0.1 },
  { attack: 'latent', rate: 0.1 },
  { attack: 'label-consistent', rate: 0.05 },
  { attack: 'feature-collision', rate: 0.05 },
  { attack: 'feature-collision', rate: 0.08, parameters: { watermark: 0.5 } },
  { attack: 'feature-collision', rate: 0.09, parameters: { watermark: 0.7, instances: 5 } },
  { attack: 'colour-style', rate: 0.1 },
  { attack: 'composite', rate: 0.1, parameters: { cover: 0.5 } },
  { attack: 'wanet', rate: 0.1 },
  { attack: 'wanet', rate: 0.1, parameters: { strength: 4, grid: 8, cover: 0.5 } },
  { attack: 'adaptive-blend', rate: 0.05 },
  { attack: 'adaptive-blend', rate: 0.05, parameters: { alpha: 0.25, 'test-alpha': 0.35, cover: 0.5 } },
  { attack: 'tact', rate: 0.05 },
  { attack: 'badnets-all-to-all', rate: 0.1 },
  { attack: 'badnets-all-to-all', rate: 0.5, parameters: { size: 8, margin: 2 } },
  { attack: 'badnets-moving', rate: 0.1 },
  { attack: 'content-dots', rate: 0.1 },
  { attack: 'sample-noise', rate: 0.1 },
  { attack: 'badnets-square', rate: 0.1 },
  { attack: 'blend-official', rate: 0.1 },
  { attack: 'sig-official', rate: 0.08 },
];
