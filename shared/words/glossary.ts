/** The product's words: shown in Help, and as tooltips wherever one of them is used. */
export interface GlossaryEntry {
  key: string;
  term: string;
  /** One or two sentences in plain words. */
  meaning: string;
}

export const GLOSSARY = [
  {
    key: 'abl',
    term: 'Anti-Backdoor Learning (ABL)',
    meaning:
      'A way of training that first finds the examples a network learns suspiciously fast, and then makes it forget them. By Li and others, NeurIPS 2021.',
  },
  {
    key: 'abl-model',
    term: 'ABL model',
    meaning: 'The model trained with Anti-Backdoor Learning: the clean one that you take away.',
  },
  {
    key: 'asr',
    term: 'ASR (attack success rate)',
    meaning:
      'The share of test images with the trigger, from all other classes, that a model answers with the target class. Low is good.',
  },
  {
    key: 'auroc',
    term: 'AUROC',
    meaning:
      'How well “low loss” tells poisoned from clean examples over the whole training set: 1 is perfect, 0.5 is a coin toss.',
  },
  {
    key: 'backdoor',
    term: 'Backdoor',
    meaning:
      'A hidden habit: the model works normally until an image carries the trigger, and then answers with the class that the attacker chose.',
  },
  {
    key: 'ca',
    term: 'CA (clean accuracy)',
    meaning:
      'The share of untouched test images that a model answers correctly. On the full test set, unless “without target class” is said. High is good.',
  },
  {
    key: 'checkpoint',
    term: 'Checkpoint',
    meaning:
      'A copy of a run’s whole state on the disk, from which it can be resumed after a stop or a crash.',
  },
  {
    key: 'class',
    term: 'Class',
    meaning: 'One of the answers that a classifier can give, such as “airplane”.',
  },
  {
    key: 'concentration',
    term: 'Concentration',
    meaning:
      'The share of the isolated examples that carry the same label. Poison usually aims at one class, so it is high on poisoned data; but easy classes make it high on clean data too.',
  },
  {
    key: 'data-set',
    term: 'Data set',
    meaning: 'Labelled images, copied into Theriac’s own folder at import. The source is never changed.',
  },
  { key: 'device', term: 'Device', meaning: 'The processor or graphics card that computes.' },
  {
    key: 'engine',
    term: 'Engine',
    meaning:
      'The part that trains networks. The native engine (TensorFlow) is fast; the built-in one works everywhere but is slower.',
  },
  { key: 'epoch', term: 'Epoch', meaning: 'One pass over the training examples.' },
  { key: 'example', term: 'Example', meaning: 'One image with its label.' },
  {
    key: 'experiment',
    term: 'Experiment',
    meaning: 'One run on one data set with its settings, seed, figures and models, kept in the history.',
  },
  {
    key: 'fine-tuning',
    term: 'Fine-tuning',
    meaning: 'Training on the kept examples alone, after the isolated ones have been set aside.',
  },
  {
    key: 'flooding',
    term: 'Flooding',
    meaning: 'Training that turns round whenever the mean loss falls below gamma, so that it hovers there.',
  },
  {
    key: 'gamma',
    term: 'Gamma',
    meaning:
      'The loss threshold of stage 1. Examples that fall below it although training holds the loss up there are suspicious.',
  },
  {
    key: 'gga',
    term: 'GGA (global gradient ascent)',
    meaning:
      'Stage 2 of ABL: the network is trained backwards on the isolated examples, which breaks the tie between trigger and target class.',
  },
  {
    key: 'isolation',
    term: 'Isolation',
    meaning:
      'Stage 1 of ABL: the examples with the lowest loss are set aside, because a network learns poisoned examples much faster than clean ones.',
  },
  {
    key: 'isolation-rate',
    term: 'Isolation rate',
    meaning:
      'The share of the training set that is isolated. It should not be much larger than the share that may be poisoned.',
  },
  {
    key: 'lga',
    term: 'LGA (local gradient ascent)',
    meaning:
      'The objective of stage 1: an example whose loss falls below gamma is pushed back up. Poisoned examples fall through all the same.',
  },
  {
    key: 'loss',
    term: 'Loss',
    meaning:
      'How surprised a network is by an example’s label, in nats. Near 0: it knows the example by heart.',
  },
  {
    key: 'naive-model',
    term: 'Naive model',
    meaning: 'The model that trains on all the data as if it could be trusted, for comparison.',
  },
  {
    key: 'oracle-model',
    term: 'Oracle model',
    meaning:
      'The model trained on the clean examples alone. Only possible where poison is known, such as in a simulation.',
  },
  {
    key: 'poison-rate',
    term: 'Poison rate',
    meaning: 'The share of the whole training set that carries the trigger.',
  },
  {
    key: 'precision',
    term: 'Isolation precision',
    meaning: 'The share of the isolated examples that are really poisoned. Needs ground truth.',
  },
  {
    key: 'preset',
    term: 'Preset',
    meaning: 'A complete choice of settings with a name, such as Quick check or Careful.',
  },
  {
    key: 'ra',
    term: 'RA (robust accuracy)',
    meaning: 'The share of triggered test images that are still given their true class. High is good.',
  },
  {
    key: 'recall',
    term: 'Isolation recall',
    meaning:
      'The share of all the poisoned examples that were isolated. Needs ground truth. A few are enough for unlearning.',
  },
  {
    key: 're-estimation',
    term: 'Re-estimation',
    meaning:
      'Unlearning moves a network’s running averages, which can hide a backdoor without removing it. So the averages are measured afresh on kept training images, and ASR is read again. That figure is the honest one.',
  },
  {
    key: 'seed',
    term: 'Seed',
    meaning:
      'The number from which all randomness of a run grows. The same seed and settings give the same run.',
  },
  {
    key: 'suspect',
    term: 'Suspect',
    meaning: 'An isolated example when nobody knows whether it is poisoned.',
  },
  {
    key: 'target-class',
    term: 'Target class',
    meaning: 'The class that the attacker wants every triggered image to be taken for.',
  },
  {
    key: 'trigger',
    term: 'Trigger',
    meaning: 'The pattern that the attacker adds to images: a small patch, a faint overlay, a wave.',
  },
  {
    key: 'triggered-set',
    term: 'Triggered test set',
    meaning:
      'Test images with the trigger, filed under their true class. With it the attack success rate can be measured.',
  },
  {
    key: 'truth',
    term: 'Ground truth',
    meaning:
      'A list that says which examples are poisoned. It is used for evaluation only, never for training the naive or ABL model.',
  },
  {
    key: 'turning-epoch',
    term: 'Turning epoch',
    meaning: 'The epoch after which stage 1 ends and stage 2 begins.',
  },
  {
    key: 'unlearning',
    term: 'Unlearning',
    meaning:
      'Making a network forget the isolated examples, by training backwards on them (see GGA). The careful method leaves them out instead; ' +
      'where some seems to have stayed, it trains on clean images with the reconstructed trigger under their own labels, too.',
  },
  {
    key: 'verdict',
    term: 'Verdict',
    meaning:
      'What Theriac concludes about the data, with how sure it is and why. It may abstain: unlearning innocent examples costs accuracy.',
  },
] as const satisfies readonly GlossaryEntry[];

export type GlossaryKey = (typeof GLOSSARY)[number]['key'];

export function glossaryEntry(key: GlossaryKey): GlossaryEntry {
  return GLOSSARY.find((entry) => entry.key === key)!;
}
