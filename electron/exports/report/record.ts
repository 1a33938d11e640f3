import type { Settings } from '../../../shared/abl/settings.ts';
import { GLOSSARY, type GlossaryKey } from '../../../shared/words/glossary.ts';
import { SETTING_GROUPS, settingTitle } from '../../../shared/words/settings.ts';
import { parameterCount } from '../../../shared/networks/shapes.ts';
import { networkByName } from '../../../shared/networks/zoo.ts';
import type { ReportData } from './data.ts';
import { html, type Markup } from './html.ts';
import { METHOD_TITLE } from './sections.ts';

const count = (number: number) => number.toLocaleString('en-US');

/** Settings, seed, versions and hashes: what is needed to do it again and to know that it is the same. */
export function record(data: ReportData): Markup {
  const { experiment, dataset, result, warnings, notes, weights } = data;
  const { counts } = dataset;
  const parameters = parameterCount(
    networkByName(experiment.network, { ...dataset, classes: dataset.classes.length }),
  );
  const facts: [string, string | Markup][] = [
    [
      'Data set',
      `${dataset.name}; ${count(counts.train)} training, ${count(counts.test)} test and ${count(counts.triggered)} triggered test images`,
    ],
    ['Where it came from', `${dataset.source} (${dataset.sourceKind})`],
    ['Files left out at import', count(dataset.skippedCount)],
    ['Data set, SHA-256', html`<code>${dataset.hash}</code>`],
    ['Network', `${experiment.network}, ${count(parameters)} trained parameters`],
    ['Preset and seed', `${experiment.preset}, seed ${experiment.seed}`],
    [
      'Engine',
      result.engine
        ? `${result.engine.kind} ${result.engine.version} on ${result.engine.device}`
        : 'not known',
    ],
    ['Time', result.seconds ? `${count(Math.round(result.seconds.total))} seconds of training` : 'not known'],
    ['Theriac', `version ${experiment.appVersion}`],
    ...weights.map(({ method, sha256 }): [string, Markup] => [
      `${METHOD_TITLE[method]}, SHA-256`,
      html`<code>${sha256}</code>`,
    ]),
  ];
  return html`<section>
    <h2>How to do it again</h2>
    <p>The same data set, settings and seed on the same engine give the same result.</p>
    <dl>
      ${facts.map(
        ([term, meaning]) =>
          html`<dt>${term}</dt>
            <dd>${meaning}</dd>`,
      )}
    </dl>
    <h3>Settings</h3>
    ${settingsByGroup(experiment.settings)}
    ${
      warnings.length > 0
        ? html`<h3>Warnings of the run</h3>
            <ul>
              ${warnings.map((text) => html`<li>${text}</li>`)}
            </ul>`
        : null
    }
    ${
      notes.length > 0
        ? html`<h3>Notes</h3>
            ${notes.map((text) => html`<p>${text}</p>`)}`
        : null
    }
  </section>`;
}

/** Every setting in words, with the name by which the command line knows it. */
function settingsByGroup(settings: Settings): Markup[] {
  const grouped = new Set<string>(SETTING_GROUPS.flatMap(({ keys }) => keys));
  const others = Object.keys(settings).filter((key) => !grouped.has(key));
  const groups = [...SETTING_GROUPS, { title: 'Other', keys: others as (keyof Settings)[] }];
  const inUse = groups
    .map(({ title, keys }) => ({ title, keys: keys.filter((key) => settings[key] !== undefined) }))
    .filter(({ keys }) => keys.length > 0);
  return inUse.map(
    ({ title, keys }) =>
      html`<div class="group">
        <h4>${title}</h4>
        <dl class="columns">
          ${keys.map(
            (key) =>
              html`<div>
                <dt>${settingTitle(key)} <code>${key}</code></dt>
                <dd>${inWords(settings[key])}</dd>
              </div>`,
          )}
        </dl>
      </div>`,
  );
}

function inWords(value: string | number | boolean): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return value === '' ? 'none' : String(value);
}

/** What the result does not say, in plain words. */
export function limits({ experiment, dataset }: ReportData): Markup {
  const careful = experiment.settings.isolation === 'careful';
  const limited = experiment.settings.trainLimit > 0 && experiment.settings.trainLimit < dataset.counts.train;
  const lines = [
    'No finding is no proof. Attacks exist that this method does not see: triggers that move, differ from image to image, or bend the image.',
    careful
      ? 'The careful method looks for fixed triggers: marks, overlays and patterns in the same place.'
      : 'Published ABL takes the images that are learned fastest for the suspects. Clean images that are very easy are among them, and most poison may lie outside where more is poisoned than the isolation rate.',
    dataset.counts.triggered > 0
      ? 'Attack success was measured with one trigger on a test set. Other triggers may work.'
      : 'There was no triggered test set: whether a backdoor works could not be measured directly.',
    'Accuracy was measured on test images from the same source. If that source is poisoned, they may be too.',
    'One run with one seed was made. Another seed gives somewhat different figures; the intervals do not cover that.',
    ...(limited
      ? [
          `Only ${count(experiment.settings.trainLimit)} of the ${count(dataset.counts.train)} training images were looked at.`,
        ]
      : []),
  ];
  return html`<section>
    <h2>What this does not tell</h2>
    <ul>
      ${lines.map((text) => html`<li>${text}</li>`)}
    </ul>
  </section>`;
}

const TERMS: GlossaryKey[] = [
  'abl',
  'abl-model',
  'asr',
  'backdoor',
  'ca',
  'isolation',
  'naive-model',
  'oracle-model',
  'poison-rate',
  'precision',
  'ra',
  're-estimation',
  'recall',
  'suspect',
  'target-class',
  'trigger',
  'unlearning',
  'verdict',
];

/** The words that the report uses. */
export function glossary(): Markup {
  const entries = GLOSSARY.filter(({ key }) => (TERMS as string[]).includes(key));
  return html`<section>
    <h2>Words</h2>
    <dl>
      ${entries.map(
        ({ term, meaning }) =>
          html`<dt>${term}</dt>
            <dd>${meaning}</dd>`,
      )}
    </dl>
  </section>`;
}
