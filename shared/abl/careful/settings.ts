/**
 * Numbers of the careful method: sizes, limits and how long it tries. They are the first that were tried or follow from
 * sizes; what a group must show to count as poison is in thresholds.ts.
 */
export const CAREFUL = {
  /** Network of stage 1 and of the check. A trigger is simple, so a small network sees it, whatever is trained later. */
  network: 'small-cnn',
  batchSize: 64,
  learningRate: 0.1,
  weightDecay: 1e-4,
  /** Passes of stage 1, plain cross-entropy on images as they are. */
  stageOneEpochs: 8,
  /** Looks at the losses: after these passes, and after further ones. A single look is a matter of luck. */
  looks: 2,
  epochsBetweenLooks: 3,
  /** A look that shows a trigger with this flip gain is the last, if its detector has no doubts either; see expandSurely. */
  surelyLearnt: 0.9,
  /** Small sets get more passes, for stage 1 and the check: at least so many steps, at most so many passes. */
  leastSteps: 600,
  checkLeastSteps: 400,
  mostEpochs: 20,
  /** Training images for the batch-norm statistics with which stage 1's losses are measured. */
  statisticsImages: 2000,

  /** Classes with fewer distinct images are not examined: they can hold no more poison than that. */
  smallestClass: 20,
  /** Seed set: share of the class, and its limits. */
  seedShare: 0.05,
  seedLeast: 20,
  seedMost: 100,
  /** Never more than this share of a class, so that a reference remains. */
  seedCeiling: 1 / 3,
  /** Pixel statistics: values of an averaged image, and images of all classes together for a covariance, at most. */
  coarseValues: 800,
  coarseImages: 3000,
  /** The same for windows; and how many windows of a class are looked into. */
  windowValues: 200,
  windowImages: 1500,
  windowsOfClass: 2,
  /** Images of one class whose pixels are looked at, at most; larger classes are sampled. */
  pixelsOfClass: 60_000,
  /** Pixel statistics of all classes are held up to so many bytes together, else those of one class at a time. */
  heldTableBytes: 192_000_000,
  /** What is added to each value's variance, as a share of the mean variance. */
  pooledRidge: 0.01,
  ownRidge: 0.3,
  /** Times that each half of a class gives the direction for the other. */
  coarseTurns: 4,
  /** Images of other classes from which a trigger is told apart. */
  referenceImages: 500,

  /** Largest change by a pasted trigger, as a share of the distance between two random images (both rms). */
  rankingBudget: 0.25,
  expansionBudget: 0.35,
  /** Detectors learn a trigger under this limit, which keeps the class's own look out of it. */
  faintBudget: 0.2,
  /** Images that triggers are pasted on to measure flips. */
  probeImages: 300,
  /** Of these, so many when all classes are ranked. */
  rankingProbes: 100,
  /** A class whose trigger promises less flip gain than this is not measured further. */
  rankingLeast: 0.05,
  /** And so many when one of several seed sets of a class is chosen, with so many reference images. */
  choosingProbes: 30,
  choosingReference: 300,
  /** Candidates for a trigger are tried on a few probes, and so many of the best on all. */
  shortlistProbes: 30,
  shortlist: 3,
  /** What a change of one natural distance costs in the choice between candidates. */
  changePenalty: 0.1,
  /** A pixel whose spread among the suspects is below this share of what the reference shows is overwritten. */
  fixedPixel: 0.35,

  /** Classes that go on to the detector: at most so many, with at least this flip gain. */
  expandedClasses: 3,
  expandFrom: 0.12,
  /** Beyond these, classes with this gain are examined too, up to the limit. */
  expandSurely: 0.4,
  expandedMost: 4,
  /** Once a trigger is known beyond doubt, only classes with this one; classes that look alike by nature have less. */
  expandFurther: 0.75,
  /** Seeds whose labels stage 1's network contradicts this much more often than the rest's lead to a look along a line. */
  contradictedFrom: 0.1,
  /** Triggers sought in one class. */
  triggersPerClass: 3,

  /** The detector trains until it is right on this share of its last steps' images, after a least number. */
  detectorRight: 0.97,
  detectorWindow: 20,
  detectorLeast: 40,
  /** It gives up after so many steps; sooner where the class's flip gain in the ranking was below this. */
  detectorPatience: 200,
  patientFrom: 0.3,
  detectorPatienceIfWeak: 60,
  /** Times that a linear detector is made, the first from suspects, each further from what the one before flags. */
  linearTurns: 4,
  /** It tells apart well where it is in doubt about no more than this share of the class ... */
  linearDoubtful: 0.05,
  /** ... and flags no more of other classes than this, if its images are to be a group of their own. */
  linearOutside: 0.01,
  /** Or where it is in doubt about hardly any, and flags more of other classes, but far less than of the class itself. */
  linearHardly: { doubtful: 0.02, outside: 0.02, outsideOfInside: 0.05 },
  /** Or where other classes hold covers: few for what it flags of the class, whose images are as diverse as its others. */
  linearCovers: { doubtful: 0.03, outside: 0.05, outsideOfInside: 0.1, diverse: 0.8 },
  /** What it flags has to be what the detectors flag, by this overlap. */
  linearOverlap: 0.85,
  /** It is not asked where the detectors leave no more doubts than this. */
  hardlyDoubtful: 0.01,
  /** Images of all classes together for the variation that lines are measured against, at most. */
  linearImages: 5000,
  /** Neighbours in the data set that stay in one half where halves confirm each other, at most. */
  longestStretch: 32,
  /** Images of a class that are looked through for parts that lie apart, at most. */
  partImages: 4000,
  /** With no more classes than these, parts of one are looked for against the variation within the others alone. */
  fewClasses: 4,
  /** Directions in which a class is looked through for parts that lie apart, and turns to find them. */
  components: 20,
  componentTurns: 3,
  /** Turns of the search for extreme kurtosis, at most, and how little it then moves. */
  kurtosisTurns: 60,
  kurtosisSettled: 1e-4,
  /** In these directions a part lies apart by at least so many standard deviations. */
  partsApart: 3,
  /** In all values a part is followed up that lies apart by so many, and scatters no more than this multiple of the rest ... */
  partsFollowed: { apart: 4.5, stretch: 1.8 },
  /** ... first with so many images of other classes. */
  partOutsiders: 300,
  /**
   * Images of other classes with a pattern: turns to find them, at most, and the overlap of two that is enough; images of other
   * classes from which lines are found; looks of the class that are tried, so many and this share of it at least, unless they
   * are the same by this overlap; and what is worth more than a rough look.
   */
  foreignTurns: 8,
  foreignSettled: 0.99,
  foreignTraining: 1500,
  foreignTries: 4,
  foreignOwn: 0.05,
  foreignSame: 0.7,
  foreignFollowed: { apart: 4, perShift: 600, diversity: 0.5 },
  /** Rounds of detector, flagged images, new trigger, at most. */
  detectorRounds: 4,
  /** Flip gains that differ by no more are the same. */
  sameGain: 0.05,
  /** Doubts about more than this that have fallen to a share are gone, for which a share of the gain may be lost. */
  someDoubts: 0.05,
  hardlyDoubts: 0.5,
  lostGain: 0.25,
  /** Two rounds that flag nearly the same, by their overlap, are enough. */
  settled: 0.9,
  /**
   * Fixed pixels: how much further a value may lie, what it may differ by anyway and at most, in bytes; that, as a share of
   * the distance of other images, and of those of the class; values at least, the same as a share of an image, and at most.
   */
  fixedSlack: 1.5,
  fixedLeast: 2,
  fixedWidest: 12,
  fixedNarrow: 0.25,
  fixedOwn: 0.5,
  fixedPlaces: 3,
  fixedShare: 0.001,
  fixedMost: 0.2,
  /** More than this, as a share of an image, fill half of the rectangle around them. */
  fixedScattered: 0.1,
  /** One colour has no more than this share of the values of what may be an overlay. */
  fixedUniform: 0.75,
  /**
   * Stamps: a value that is so many times as frequent as by nature; values so far away say how frequent that is; so many
   * such values of a class looked into, and sets of images tried, in all and by class; the share of such values around a
   * place that they have; the share of them that has what they have in common, or the smaller one at first; the share of
   * all that have a part of it, where some lack the rest, and values at least then; images that are looked at for that, few at
   * first, and images of all classes to compare with.
   */
  stampOften: 2.5,
  stampBeside: 8,
  stampLooks: 1000,
  stampTries: { inAll: 200, least: 6, most: 20 },
  stampAround: 0.6,
  stampShares: [0.9, 0.7],
  stampBare: 0.97,
  stampBarePlaces: 6,
  stampFewImages: 100,
  stampImages: 300,
  stampReference: 500,
  /**
   * Who has a stamp has this share of its values, who has a part of it at least that. The latter are few compared to the
   * former; other classes have it at most so many times as often, no more often than that, and a part of it no
   * more often than that.
   */
  stampWhole: 0.8,
  stampPart: 0.4,
  stampGap: 0.05,
  stampElsewhere: 0.05,
  stampElsewhereMost: 0.03,
  stampPartlyElsewhere: 0.05,
  /** And this, where it shows in so many places that it may be an overlay. */
  stampOverlayElsewhere: 0.001,
  /** A line that flags this share of them may add to them. */
  stampAlong: 0.99,
  /** Those who have it differ from each other by at least this share of what the class does. */
  stampDiversity: 0.6,
  /** Where at most so many of other classes have a part of it, it is worth the check whatever stage 1's model says. */
  stampTraces: 0.01,
  /** Another round needs a faint trigger with this share of the strong one's gain, or a detector without doubts. */
  promising: 0.5,
  /**
   * Where a detector is in doubt about more than the first share of the class, another round needs doubts to have fallen
   * to the second of what they were; to begin with they count as the third.
   */
  fewDoubts: 0.15,
  fewerDoubts: 0.9,
  firstDoubts: 0.5,
  /**
   * A group that is worth the check is looked for once more by so many detectors together, if one is in doubt about a share
   * of the class within these limits. What they flag replaces the group if it overlaps by this.
   */
  detectorsTogether: 3,
  refinedFrom: 0.02,
  refinedTo: 0.25,
  refinedOverlap: 0.7,
  /** Images with and without in a batch: of the first detector of a class, which is vague anyway, and of others. */
  detectorFirstPairs: 32,
  detectorPairs: 64,
  detectorLearningRate: 0.05,
  detectorWeakest: 0.5,
  /** Batches from which its batch-norm statistics are made once it is trained. */
  detectorStatistics: 10,
  /** Images of other classes that the detector trains on. */
  detectorImages: 3000,
  /** Images of other classes scored to see how often the detector is wrong. */
  outsideImages: 2000,
  /** The cut flags at most this share of other classes' images, and lies within these limits. */
  outsideShare: 0.01,
  lowestCut: 0.5,
  highestCut: 0.99,
  /** Scores that set carriers apart leave a gap of this width; images that many classes carry count above this score. */
  gapWidth: 0.2,
  surelyShared: 0.9,
  /** What a larger share of other classes' images shows is no trigger. */
  sharedMost: 0.75,
  /**
   * Content: images to find neighbours among; images whose neighbours are looked up, of a class and of all for
   * comparison; neighbours of each.
   */
  neighbourImages: 4000,
  neighbourQueries: 60,
  neighbourStrangers: 400,
  neighbours: 5,
  /** Classes whose easiest images are contrasted with the others, and rounds of it. */
  contrastedClasses: 3,
  /** Classes that one is compared with others by, at least. */
  supportClasses: 5,
  contrastRounds: 3,
  contrastSettled: 0.97,
  /** Poison that content led to is what a trigger led to, by this overlap, if that leaves no more than so many times its doubts. */
  contentOverlap: 0.65,
  contentDoubts: 1.5,
  /** A group beside foreign images may be the class itself, if so much of it is beside them. */
  ownShare: 0.7,
  contrastLowestCut: 0.1,
  /** Where content is asked, other classes may hold covers. */
  contrastOutsideShare: 0.04,

  /** Fewer flagged images are no group. */
  smallestGroup: 8,
  /** Nor a stamp; a few frames of a film share as much. */
  smallestStamp: 20,

  checkEpochs: 6,
  /** Networks that are trained for the check, at most: the second only where the first leaves a doubt. */
  checks: 2,
  /** How much louder a pattern is made, images that it is then tried on, and answers that it has to turn. */
  amplifiedBy: 2,
  amplifiedProbes: 2000,
  amplifiedFlips: 20,
  /** A trigger of poison is unlearnt if the check has at least this flip gain. */
  residualUnlearnt: 0.03,
  /** Images that the detector is surest of, by which a group is judged, at least; with fewer it is judged by all. */
  smallestCore: 20,
  /** Kept images of a suspect class that the check does not train on, and compares with: share and limit. */
  controlShare: 1 / 3,
  controlMost: 100,
  controlLeast: 10,
  /** The rest of a suspect class is repeated up to the usual size of a class, but not more than so many times. */
  repeatMost: 8,

  /** A larger share of examples in classes that are too small, and "nothing found" means nothing. */
  unexaminedMost: 0.2,
  /** Stage 1 has to be right on so much more of its training images than guessing would be. */
  learntLeast: 0.1,
  /** With fewer examples a trigger may be learnt no faster than the content, so finding nothing says less. */
  fewImages: 1000,
  /** Neither here nor there; and the most that "no evidence" may claim, since attacks exist that nobody has measured. */
  confidenceWhenUnsure: 0.5,
  mostWhenNothing: 0.8,
} as const;
