/**
 * What a group must show to count as poison; see decision.ts. These were chosen on the design half of the cases in
 * docs/method.md.
 */
export const THRESHOLDS = {
  /** Flip gain in stage 1's model, at least; share of other classes' images flagged, at most. */
  flipGain: 0.4,
  /** A trigger learnt in part, where all else speaks for it too; and the least that a pattern does, if it alone does it. */
  partialGain: 0.2,
  slightGain: 0.1,
  /** The least that it does when it is amplified; of less than `partialGain` the check leaves no more than a residual, else half. */
  amplifiedGain: 0.025,
  /** From this share on a pattern is one change of light and contrast. */
  uniform: 0.9,
  /** Labels that stage 1's model contradicts so much more often than those of the rest: look closer. */
  contradiction: 0.3,
  /** The easiest images' neighbours have their label so many times as often as other classes' images' do, at most. */
  support: 1.5,
  /** Or so many times as often as those of the class in the middle, and of the next, and no more than this share of them has it. */
  supportOfUsual: 0.2,
  supportOfNext: 0.5,
  supportShare: 0.5,
  /** Contradicting answers are spread over the classes at least so much, where nothing but pixels speaks for a trigger. */
  spread: 0.4,
  /** Mistakes that have so much in common with those in other images of the class are no more than these. */
  mistakes: 0.6,
  /** Less than this speaks for a kind of images even where the check bears out more of their labels. */
  gathered: 0.2,
  /** A part of a class that lies apart as one heap, which is worth the check ... */
  heap: { apart: 5.5, stretch: 1.6 },
  /** ... and one that lies apart like images with one fixed pattern, see isMoved: far out, quite evenly, hardly moved, or very far out and evenly. */
  moved: [
    { apart: 6, stretch: 1.35, perShift: 350 },
    { apart: 5.5, stretch: 1.1, perShift: 450 },
    { apart: 6, stretch: 1.6, perShift: 1000 },
    { apart: 10, stretch: 1.2, perShift: 100 },
  ],
  /** ... however far out, where bytes say already that there is a pattern. */
  even: { stretch: 1.35, perShift: 250 },
  /** Share of the values of a mark that clipping does not explain, at least: the edge of a blown sky is not much of it. */
  unclipped: 0.1,
  /** One heap beside a rest that scatters: its standard deviation in those of the rest, and its distance by that. */
  tight: { stretch: 0.35, apart: 8 },
  /**
   * Images of other classes with one pattern: evenly far from those classes for what they are moved by; or not so far, but as
   * diverse as these, or less diverse, but very even.
   */
  foreign: [
    { apart: 6, stretch: 1.35, perShift: 1500, diverse: 0.5 },
    { apart: 6, stretch: 1.35, perShift: 400, diverse: 0.85 },
    { apart: 6, stretch: 1, perShift: 700, diverse: 0.8 },
  ],
  /** Such a part is as diverse as the rest, from this to its inverse. */
  diverse: 0.5,
  /** A trigger that a larger share of a class shows is its look, if there are doubts. */
  mostOfClass: 0.75,
  /** How a class looks comes in degrees: so many of its images at least leave a doubt. */
  lookDoubtful: 0.05,
  /** One that a still larger share shows may be a mark that the class has anyway. */
  nearlyAll: 0.9,
  /** Share of other classes' images flagged, at most. */
  outside: 0.05,
  /** A trigger that no other class shows: the same share, at most. */
  absent: 0.001,
  /** Flip gain of the faint trigger as a share of the full one's, at least ... */
  faint: 0.75,
  /** ... and as good as all of it; and the part that is enough where the check has nothing to say to it. */
  fully: 0.9,
  partly: 0.5,
  /** Images of the class that the detector doubts, and of other classes that it flags at 0.5, at most: clear ... */
  clear: { doubtful: 0.3, falseAlarms: 0.05 },
  /** Clear enough to ask the check: a faint overlay raises false alarms at first. */
  clearEnough: { doubtful: 0.3, falseAlarms: 0.1 },
  clearContent: { doubtful: 0.4, falseAlarms: 0.1 },
  /** ... fairly sure ... */
  fewDoubts: 0.15,
  /** ... and beyond doubt. */
  doubtful: 0.1,
  sharpFalseAlarms: 0.01,
  /** Images in a gap between scores, as a share of those above it, at most: in the class, and in others. */
  gap: 0.1,
  sharedGap: 0.25,
  /** Agreement of the check on the scale of agreementRatio: surely wrong labels, perhaps, surely not. */
  disagrees: 0.33,
  undecided: 0.5,
  agrees: 0.75,
  /** Flip gain left in the check as a share of that in stage 1, at most. */
  residual: 0.35,
  halved: 0.5,
  weakened: 0.6,
  /** The same where the detector has no doubts. */
  hardlyWeakened: 0.75,
  nothing: 0.2,
  /** Trusted images are flagged as seldom as by this chance, if the class looked like that: it does not. */
  chance: 0.02,
  /** The check knows the class if control and base differ by this. */
  control: 0.2,
} as const;
