/** Every rule of a decision, with its reason in one sentence for readers who know nothing of its figures. */
export const WHY = {
  // not-asked.ts
  'shown-elsewhere':
    'Too many images of other classes show what these share, so it is no trigger of this class.',
  'hard-to-tell-apart': 'It is not clear which images share it, as with a likeness that comes in degrees.',
  'not-asked': 'No other model was asked about these images.',

  // by-labels.ts
  'labels-not-surely-wrong': 'No model that never saw these images is sure that their labels are wrong.',
  'same-mistakes':
    'A model that never saw these images makes the same mistakes with other images of this class, so it is uncertain.',
  'pattern-with-two-classes':
    'With only two classes it is uncertain whether one pattern is a trigger or comes from one source.',
  'source-with-two-classes':
    'With only two classes wrong answers do not tell poison from images of one source.',
  'shared-trigger-with-wrong-labels':
    'Several classes carry one trigger, and a model that never saw these images says their labels are wrong.',
  'pixels-of-all-sorts':
    'These images are changed alike, and a model that never saw them takes them for all sorts of other classes.',
  'pixels-of-one-kind':
    'A model that never saw these images takes them for a few classes only, as it does with a sort of image that is new to it.',

  // whole-class.ts
  'look-of-the-class':
    'Most of the class shows what these images share, more or less, so it is how the class looks.',
  'nothing-to-compare-with':
    'A trigger works, but no other images of this class are left to compare with, so it is uncertain.',
  'mark-of-the-class':
    'Nearly all of the class has this mark, so that a model without these images cannot tell: it is uncertain.',
  'nearly-the-class': 'Nearly all of the class shows what these images share, and no trigger stands out.',

  // lost-effect.ts
  'means-little':
    'The trigger works, even when it is faint, but means little to a model that never saw these images.',
  'pattern-means-nothing':
    'Ordinary images carry one pattern, which works as a trigger, but not on a model that never saw them.',
  'foreign-and-means-nothing':
    'The trigger means nothing to a model that never saw these images, and it takes them for all sorts of classes.',
  halved:
    'The trigger works as well when it is faint, but less than half as well on a model that never saw these images.',
  'overlay-means-nothing':
    'The trigger means nothing to a model that never saw these images, and few images leave a doubt.',
  'overlay-with-wrong-labels':
    'The trigger means nothing to a model that never saw these images, and their labels seem to be wrong.',

  // unknown-class.ts
  'few-in-a-tiny-class':
    'So few other images of the class are left that any of its images may look like other classes.',
  'alike-in-a-small-class':
    'Few other images of the class are left, and the suspects are taken for the few classes that they resemble.',
  'too-few-to-compare-with':
    'Too few other images of this class are left to compare with, so it is uncertain.',
  'works-in-an-unknown-class':
    'A trigger works, but a model that never saw its images does not know this class well enough to judge labels: it is uncertain.',
  'unknown-class':
    'No trigger stands out, and a model that never saw these images does not know this class well enough to judge labels.',

  // kinds.ts
  'kind-by-content':
    'A model that never saw these images takes them for a few classes only: a sort of image that is new to it, not poison.',
  'kind-with-doubts':
    'It is doubtful which images share it, and a model that never saw them takes them for few classes, as a new sort of image.',
  'kind-without-trigger':
    'No trigger stands out, and a model that never saw these images takes them for a few classes only, as images of a new sort.',
  'kind-with-gathered-answers':
    'It is doubtful which images share it, and nearly all wrong answers to them are one and the same class.',
  'vague-with-two-classes':
    'With only two classes it is uncertain whether the labels are wrong or the images of a new sort.',

  // wrong-labels.ts
  'mark-with-wrong-labels':
    'These images carry the very same mark, and their labels are wrong more often than chance explains.',
  'labels-surely-wrong': 'A model that never saw these images says their labels are wrong.',
  'partly-learnt-with-wrong-labels':
    'A trigger works in part, but hardly without these images, and their labels seem to be wrong.',
  'means-little-with-wrong-labels':
    'The trigger means little to a model that never saw these images, and their labels seem to be wrong.',
  'learnt-with-wrong-labels': 'A trigger works, and the labels of its images seem to be wrong.',

  // in-doubt.ts
  'unseen-elsewhere-and-weakened':
    'Labels may be right, but no other class shows this trigger, and it works less without these images: it is uncertain.',
  'sharp-and-halved':
    'Labels may be right, but this trigger works less than half as well without these images: it is uncertain.',
  'sharp-and-traceless':
    'Labels may be right, but what the images share does nothing on a model that never saw them: it is uncertain.',
  'remarkable-with-wrong-labels':
    'No trigger stands out, but the labels of these images may be wrong, so it is uncertain.',
  'no-trigger-stands-out': 'No trigger stands out, and the labels are not surely wrong.',
  'labels-half-right':
    'A trigger works, and labels are neither surely right nor surely wrong: it is uncertain.',
  'means-little-with-doubtful-labels':
    'The trigger means little to a model that never saw these images, but labels may be right: it is uncertain.',
  'labels-right':
    'A model that never saw these images bears out more than half of their labels, by the measure of others of the class.',

  // patterns.ts
  'light-or-trigger':
    'The pattern may be one change of light, as another camera or exposure makes, so it is uncertain.',
  'pattern-works-by-them':
    'These images carry one pattern, and a model learns it from them alone. A harmless mark that only this class has would look the same.',
  'louder-pattern-works-by-them':
    'These images carry one faint pattern, and a model learns it from them alone. A harmless mark that only this class has would look the same.',
  'pattern-hardly-works': 'These images carry one pattern, but it changes few answers, so it is uncertain.',
  'pattern-works-less':
    'These images carry one pattern, and it works less on a model that never saw them: it is uncertain.',

  // known.ts
  'marked-clean': 'Most of the images that were marked are marked clean.',
  'marked-poison': 'Most of the images that were marked are marked poison, which settles the doubt.',
  'trusted-flagged': 'Trusted images of this class show the same, so it is how the class looks.',
  'trusted-spared':
    'Trusted images of this class do not show it, so it is not how the class looks, which settles the doubt.',
} as const;

export type RuleId = keyof typeof WHY;
