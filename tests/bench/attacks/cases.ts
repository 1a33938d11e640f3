/** The settings at which docs/attacks.md says what each attack reaches: attack, rate, parameters off their defaults. */
export interface AttackCase {
  attack: string;
  rate: number;
  parameters?: Record<string, number | string | boolean>;
}

export const ATTACK_CASES: AttackCase[] = [
  { attack: 'badnets', rate: 0.1 },
  { attack: 'badnets', rate: 0.01 },
  { attack: 'blend', rate: 0.1 },
  { attack: 'sig', rate: 0.08 },
  { attack: 'sig', rate: 0.08, parameters: { delta: 40 } },
  { attack: 'trojan', rate: 0.1 },
  { attack: 'latent', rate: 0.1 },
  { attack: 'label-consistent', rate: 0.05 },
  { attack: 'feature-collision', rate: 0.05 },
  { attack: 'colour-style', rate: 0.1 },
  { attack: 'composite', rate: 0.05 },
  { attack: 'wanet', rate: 0.1 },
  { attack: 'wanet', rate: 0.1, parameters: { strength: 1, cover: 1 } },
  { attack: 'wanet', rate: 0.1, parameters: { strength: 2, cover: 1 } },
  { attack: 'adaptive-blend', rate: 0.05 },
  { attack: 'adaptive-blend', rate: 0.05, parameters: { 'test-alpha': 0.3 } },
  { attack: 'tact', rate: 0.05 },
  { attack: 'badnets-all-to-all', rate: 0.1 },
  { attack: 'badnets-moving', rate: 0.1 },
  { attack: 'content-dots', rate: 0.1 },
  { attack: 'sample-noise', rate: 0.1 },
  { attack: 'badnets-square', rate: 0.1 },
  { attack: 'blend-official', rate: 0.1 },
  { attack: 'sig-official', rate: 0.08 },
];
