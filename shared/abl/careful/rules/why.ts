/** Every rule of a decision, with the reason in one sentence for readers who know nothing of its figures. */
export const WHY = {
  // not-asked.ts
  'shown-elsewhere': 'Too many images of other classes show the same, so it is no trigger of this class.',
  'hard-to-tell-apart':
    'It is not clear enough which images show it: natural likeness comes in degrees, a trigger is there or not.',
  'not-asked': 'No other model was asked about these images.',

  // by-labels.ts
  'labels-not-surely-wrong':
    'They share something, but a model that never saw these images does not say that their labels are wrong.',
  'same-mistakes':
    'The model gets most other images of this class wrong in the same way, so it is uncertain whether the labels are.',
  'pattern-with-two-classes':
    'With only two classes it is uncertain whether one pattern is a trigger or what one camera or source leaves.',
  'source-with-two-classes':
    'With only two classes wrong answers alone do not tell poison from images of one source.',
  'shared-trigger-with-wrong-labels':
    'Images of several classes carry one trigger, and a model that never saw these says that their labels are wrong.',
  'pixels-of-all-sorts':
    'The images are changed alike, and a model that never saw them takes them for all sorts of other classes.',
  'pixels-of-one-kind':
    'A model that never saw these images takes them for a few classes only, as it does with an unknown kind of images.',

  // whole-class.ts
  'look-of-the-class': 'Most of the class shows it, more or less, so it is how the class looks.',
  'nothing-to-compare-with':
    'A trigger works, but no other images of this class are left to compare with, so it is uncertain.',
  'mark-of-the-class':
    'Nearly all of the class has this mark, so a model without these images hardly knows the class: it is uncertain.',
  'nearly-the-class': 'Nearly all of the class shows it, and it does not work as a trigger.',

  // lost-effect.ts
  'means-little':
    'The trigger works, even when it is faint, but means little to a model that never saw these images.',
  'pattern-means-nothing':
    'Ordinary images carry one pattern, which works as a trigger but not on a model that never saw them.',
  'foreign-and-means-nothing':
    'The trigger means nothing to a model that never saw these images, and it takes them for all sorts of other classes.',
  halved: 'The trigger works just as well when it is faint, but less than half as well without these images.',
  'overlay-means-nothing':
    'The trigger means nothing to a model that never saw these images, and few other images of the class are in doubt.',
  'overlay-with-wrong-labels':
    'The trigger means nothing to a model that never saw these images, and it finds their labels rather wrong.',
  'mark-with-wrong-labels':
    'These images carry the very same mark, and their labels are wrong more often than chance explains.',

  // unknown-class.ts
  'few-in-a-tiny-class': 'The class is hardly there, so that any few of its images look like other classes.',
  'alike-in-a-small-class':
    'The class is small, and these images are taken for the few classes that their kind resembles.',
  'too-few-to-compare-with':
    'Too few other images of this class are left to compare with, so it is uncertain.',
  'works-in-an-unknown-class':
    'A trigger works, but the other model does not know this class well enough to judge its labels: it is uncertain.',
  'unknown-class':
    'No trigger works, and the other model does not know this class well enough to judge its labels.',

  // kinds.ts
  'kind-by-content':
    'They are taken for a few other classes only: a kind of images that the model has never seen, not poison.',
  'kind-with-doubts':
    'It is doubtful which images share it, and the model takes them for a few classes only, as it does an unknown kind.',
  'kind-without-trigger':
    'No trigger works, and the model takes the images for a few classes only, as it does an unknown kind.',
  'kind-with-gathered-answers':
    'It is doubtful which images share it, and nearly all answers that differ from their label are the same class.',
  'vague-with-two-classes':
    'With only two classes it is uncertain whether the labels are wrong or the images an unknown kind.',

  // wrong-labels.ts
  'labels-surely-wrong': 'A model that never saw these images says that their labels are wrong.',
  'partly-learnt-with-wrong-labels':
    'A trigger works in part, though not without these images, and their labels seem to be wrong.',
  'means-little-with-wrong-labels':
    'The trigger means little to a model that never saw these images, and their labels seem to be wrong.',
  'learnt-with-wrong-labels': 'A trigger works, and the labels of its images seem to be wrong.',

  // in-doubt.ts
  'unseen-elsewhere-and-weakened':
    'Labels may be right, but no other class shows this trigger, and it works less without these images: it is uncertain.',
  'sharp-and-halved':
    'Labels may be right, but the trigger stands out, and works less than half as well without these images: it is uncertain.',
  'sharp-and-traceless':
    'Labels may be right, but the trigger stands out, and does nothing without these images: it is uncertain.',
  'remarkable-with-wrong-labels':
    'No trigger works, but the images stand out and their labels may be wrong, so it is uncertain.',
  'no-trigger-works': 'No trigger works, and the labels are not surely wrong.',
  'labels-half-right':
    'A trigger works, and the labels are neither surely right nor surely wrong: it is uncertain.',
  'means-little-with-doubtful-labels':
    'The trigger means little without these images, but their labels may be right, so it is uncertain.',
  'labels-right':
    'A model that never saw these images gives them their labels, as it does other images of the class.',

  // patterns.ts
  'light-or-trigger':
    'The pattern is a change of light: a trigger, or only another camera or exposure, so it is uncertain.',
  'pattern-works-by-them':
    'Ordinary images carry one pattern, and models learn to answer to it from these images alone.',
  'louder-pattern-works-by-them':
    'Ordinary images carry one faint pattern, and models learn from these images alone to answer to it when it is louder.',
  'pattern-hardly-works':
    'Ordinary images carry one pattern, but it hardly changes any answers, so it is uncertain.',
  'pattern-works-less':
    'Ordinary images carry one pattern, and it works less without them, though not by half: it is uncertain.',

  // known.ts
  'marked-clean': 'Most of those images that were marked are marked clean.',
  'marked-poison': 'Most of those images that were marked are marked poison.',
  'trusted-flagged': 'Trusted images of this class show the same, so it is how the class looks.',
  'trusted-spared': 'Trusted images of this class do not show it, so it is not how the class looks.',
} as const;

export type RuleId = keyof typeof WHY;
