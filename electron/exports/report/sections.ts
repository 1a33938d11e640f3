import type { Mark } from '../../../shared/contract/marks.ts';
import type { MethodName } from '../../../shared/contract/results.ts';
import { backdoorOutcome, comparisonSentence } from '../../../shared/words/comparison.ts';
import { sureness, verdictSentence } from '../../../shared/words/verdict.ts';
import { epochChart, histogramChart, legend } from './charts.ts';
import type { Picture, ReportData } from './data.ts';
import { figureTable, percent } from './figures.ts';
import { dataUrl, html, type Markup } from './html.ts';

export const METHOD_TITLE: Record<MethodName, string> = {
  naive: 'Naive model',
  abl: 'ABL model',
  oracle: 'Oracle model',
};

const count = (number: number) => number.toLocaleString('en-US');

export function head({ experiment, dataset }: ReportData): Markup {
  const when = (experiment.finished ?? experiment.created).slice(0, 16).replace('T', ' ');
  return html`<header>
    <p class="kind">Theriac report</p>
    <h1>${dataset.name}</h1>
    <p class="sub">
      Experiment “${experiment.name}” (${experiment.id}), ${when} UTC. ${count(dataset.counts.train)} training
      images, ${dataset.classes.length} classes, ${dataset.width} × ${dataset.height} pixels.
    </p>
    ${dataset.attack ? html`<p><strong>This is a simulation.</strong> Theriac poisoned the data set itself (attack “${dataset.attack.attack}”, ${percent(dataset.attack.rate)} of the training images, target class “${dataset.classes[dataset.attack.target] ?? ''}”) to try its defence.</p>` : null}
  </header>`;
}

export function verdict(data: ReportData): Markup {
  const { result, dataset } = data;
  const { verdict: given } = result;
  const inFigures = comparisonSentence(result.naive, result.abl);
  if (!given)
    return html`<section class="verdict uncertain">
      <p class="say">There is no verdict.</p>
      <p>The run did not come to its end.</p>
    </section>`;
  return html`<section class="verdict ${given.kind}" aria-label="Verdict">
      <p class="say">${verdictSentence(given, dataset.classes)}</p>
      <p>
        <strong>${sureness(given)}.</strong
        >${given.estimatedAsr === null ? null : html` A model trained on these data answers the trigger with the target class in ${percent(given.estimatedAsr)} of cases.`}
      </p>
      <ul>
        ${given.reasons.map((reason) => html`<li>${reason}</li>`)}
      </ul>
    </section>
    <p class="mean">
      <strong>What this means:</strong>
      ${meaning(data)}${inFigures ? html` <br /><strong>In figures:</strong> ${inFigures}` : null}
    </p>`;
}

/** What to do, in a sentence or two. */
function meaning({ result, evaluations, dataset }: ReportData): string {
  const { verdict: given, naive, abl } = result;
  if (given?.kind === 'poisoned') {
    if (!abl) return 'Do not use a model that was trained on these data as they are.';
    const start = 'Do not use the naive model, nor any other that was trained on these data as they are.';
    const rest = {
      unknown: 'Whether the ABL model still has the backdoor was not measured.',
      broken:
        'The ABL model is without this backdoor, as far as was measured. Find out where the suspect images came from.',
      standing: 'The backdoor still works in the ABL model too: use neither.',
      useless: 'The ABL model answers most images with the target class, whatever they show: use neither.',
    };
    return `${start} ${rest[backdoorOutcome({ abl, evaluations, target: dataset.target })]}`;
  }
  if (given?.kind === 'no-evidence') {
    return `Nothing was found that speaks for poison. That is no proof of clean data.${naive ? ' The naive model is the better one to use.' : ''}`;
  }
  return 'What was measured neither shows nor rules out poison. Treat the data as not trustworthy until a more careful run, or a look at the suspects, has settled it.';
}

export function models(data: ReportData): Markup {
  const { methods, rows } = figureTable(data);
  if (methods.length === 0)
    return html`<section>
      <h2>The models</h2>
      <p>No model was trained to its end.</p>
    </section>`;
  const cells = rows.map(
    ({ title, lead, values }) =>
      html`<tr${lead ? html` class="lead"` : null}><th scope="row">${title}</th>${values.map((value) =>
        value === null
          ? html`<td class="n">–</td>`
          : html`<td class="n">
              ${percent(value.value)}<span class="range"
                >${percent(value.range.low)} to ${percent(value.range.high)}, n = ${count(value.images)}</span
              >
            </td>`,
      )}</tr>`,
  );
  return html`<section>
    <h2>The models side by side</h2>
    <p class="before">
      The naive model was trained on all of the data, as if they could be trusted. The ABL model was trained
      by Anti-Backdoor
      Learning.${methods.includes('oracle') ? ' The oracle model was trained on the examples known to be clean: the best one could hope for.' : ''}
      Under each figure stands its 95 % interval: what chance in the choice of test images leaves open.
    </p>
    <table class="whole">
      <thead>
        <tr>
          <th scope="col">Figure</th>
          ${methods.map((method) => html`<th scope="col" class="n">${METHOD_TITLE[method]}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${cells}
      </tbody>
    </table>
    ${rows.length === 0 ? html`<p>There is no test set, so nothing could be measured.</p>` : html`<p class="small">Read attack success after re-estimation first: unlearning can hide a backdoor behind a network’s running averages without removing it, and this figure looks behind them.</p>`}
    ${perClass(data, methods)}
  </section>`;
}

const MOST_CLASSES = 43;

/** Share of right answers per class, by the last evaluation of each model. */
function perClass({ evaluations, dataset }: ReportData, methods: readonly MethodName[]): Markup | null {
  const of = (method: MethodName) =>
    (['reestimated', 'final'] as const)
      .map(
        (moment) =>
          evaluations.find((one) => one.method === method && one.moment === moment)?.evaluation.confusion,
      )
      .find((confusion) => confusion != null) ?? null;
  const found = methods.map(of);
  if (dataset.classes.length > MOST_CLASSES || found.every((confusion) => confusion === null)) return null;
  const right = (row: readonly number[] | undefined, index: number) => {
    const all = row?.reduce((sum, value) => sum + value, 0) ?? 0;
    return all === 0 ? '–' : percent(row![index]! / all);
  };
  return html`<h3>Right on clean images, by class</h3>
    <table>
      <thead>
        <tr>
          <th scope="col">Class</th>
          ${methods.map((method) => html`<th scope="col" class="n">${METHOD_TITLE[method]}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${dataset.classes.map(
          (name, index) =>
            html`<tr>
              <th scope="row">${name}${index === dataset.target ? ' (target class)' : ''}</th>
              ${found.map((confusion) => html`<td class="n">${right(confusion?.[index], index)}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>`;
}

export function evidence(data: ReportData): Markup {
  const { isolation, sheet, averages, histogram, dataset, examination } = data;
  if (!isolation)
    return html`<section>
      <h2>The evidence</h2>
      <p>The run has isolated nothing: it did not get so far, or did not run ABL.</p>
    </section>`;
  const name = dataset.classes[isolation.class] ?? '';
  const truth =
    isolation.precision === null
      ? 'Nobody knows which of them are poisoned; look at them.'
      : `By ground truth ${percent(isolation.precision)} of them are poisoned${isolation.recall === null ? '' : `, which is ${percent(isolation.recall)} of all poison`}.`;
  return html`<section>
    <h2>The evidence</h2>
    ${
      isolation.count === 0
        ? html`<p>Nothing was set apart: the run found no examples that it judged to be poison.</p>`
        : html`<p>
            ${count(isolation.count)} of ${count(dataset.counts.train)} training images were set apart as
            suspects${examination ? ', because they seem to carry a trigger' : ': those with the lowest loss, which a network learns fastest'}.
            ${percent(isolation.concentration)} of them are labelled “${name}”. ${truth}
          </p>`
    }
    ${triggers(data)}
    ${
      sheet && sheet.shown > 0
        ? html`<h3>The first ${sheet.shown} suspects</h3>
            ${figure(sheet.picture, `The lowest loss first. A mark or pattern that repeats in images of different things is a trigger.`)}`
        : null
    }
    ${
      data.pairs.length > 0
        ? html`<h3>What sets the suspects apart</h3>
            ${data.pairs.map(({ class: index, picture }) =>
              figure(
                picture,
                `Above: suspects of “${dataset.classes[index] ?? ''}”. In the middle: for each the kept image that looks most alike. Below: the difference, strengthened; grey means none. A trigger shows in the same place in all of them.`,
              ),
            )}`
        : null
    }
    ${
      averages
        ? html`<h3>What the suspects have in common</h3>
            <div class="three">
              ${figure(averages.suspects, `Mean of ${count(averages.counts.suspects)} suspects labelled “${name}”`)}${figure(averages.others, `Mean of ${count(averages.counts.others)} other images labelled “${name}”`)}${figure(averages.difference, 'Where the two differ. A fixed mark shows as a sharp, bright spot')}
            </div>`
        : null
    }
    ${
      histogram
        ? html`<h3>Losses of all training images after isolation</h3>
            <figure>
              ${histogramChart(histogram)}
              <figcaption>
                <span class="swatch all"></span> all training images,
                <span class="swatch isolated"></span> suspects. Poisoned images gather at the left, because
                they are learned fastest; how far they stand apart is what the isolation rests on.
              </figcaption>
            </figure>`
        : null
    }
    ${judgement(data)} ${examination ? decisions(data) : null}
  </section>`;
}

/** What the careful method believes the triggers to be. */
function triggers({ triggers: found, dataset }: ReportData): Markup | null {
  if (found.length === 0) return null;
  const one = found.length === 1;
  return html`<div class="whole">
    <h3>${one ? 'The reconstructed trigger' : 'The reconstructed triggers'}</h3>
    <p>
      ${one ? 'This is what the run believes' : 'These are what the run believes'} to be planted in the
      images, put on a grey image. Grey means unchanged. The change is strengthened until the largest one is
      full black or white, since triggers that work may be too faint to see.
    </p>
    <div class="three">
      ${found.map(({ class: index, images, picture }) =>
        figure(
          picture,
          `Answered with “${dataset.classes[index] ?? ''}”; ${count(images)} training ${images === 1 ? 'image carries' : 'images carry'} it`,
        ),
      )}
    </div>
  </div>`;
}

/** What an analyst said of single images, before the run and after it. */
function judgement({ judgement: { made, given, sheets } }: ReportData): Markup | null {
  const said = ({ poison, clean, unsure }: Record<Mark, number>) =>
    `${count(poison)} as poison and ${count(clean)} as clean${unsure > 0 ? `, and could not tell of ${count(unsure)}` : ''}`;
  const any = ({ poison, clean, unsure }: Record<Mark, number>) => poison + clean + unsure > 0;
  if (!any(made) && !any(given)) return null;
  const title = { poison: 'Marked as poison', clean: 'Marked as clean' };
  return html`<h3>What an analyst said</h3>
    ${any(given) ? html`<p>The run was started with an analyst’s marks: ${count(given.poison)} training images were left out because they had been marked as poison, and ${count(given.clean)} kept because they had been marked as clean.</p>` : null}
    ${any(made) ? html`<p>After the run an analyst looked at suspects and marked ${said(made)}. The figures of this report are from before that; a run with the marks would give others.</p>` : null}
    ${sheets.map(({ mark, picture, shown }) =>
      figure(
        picture,
        `${title[mark]}${shown < made[mark] ? `: the first ${shown} of ${count(made[mark])}` : ''}`,
      ),
    )}`;
}

/** The careful method's decisions, class by class. */
function decisions({ examination, dataset }: ReportData): Markup | null {
  if (!examination || examination.evidence.length === 0) return null;
  const lines = examination.evidence.map(({ class: index, sentence, passed }) => {
    const name = dataset.classes[index] ?? String(index);
    const text = sentence.replace('this class', `“${name}”`).replaceAll('this class', 'it');
    return html`<tr>
      <td>${name}</td>
      <td>${text}</td>
      <td>${passed ? 'yes' : 'no'}</td>
    </tr>`;
  });
  return html`<h3>Each decision of the careful method</h3>
    <table class="decisions">
      <thead>
        <tr>
          <th scope="col">Class</th>
          <th scope="col">What was found</th>
          <th scope="col">Speaks for poison</th>
        </tr>
      </thead>
      <tbody>
        ${lines}
      </tbody>
    </table>`;
}

function figure({ png, alternative, width, height }: Picture, caption: string): Markup {
  return html`<figure>
    <img src="${dataUrl(png)}" width="${width}" height="${height}" alt="${alternative}" />
    <figcaption>${caption}</figcaption>
  </figure>`;
}

export function curves({ epochs }: ReportData): Markup | null {
  const charts = [
    { title: 'Training loss', chart: epochChart('Training loss', epochs, ({ loss }) => loss, 'nats') },
    {
      title: 'Training accuracy',
      chart: epochChart('Training accuracy', epochs, ({ accuracy }) => accuracy, 'share'),
    },
    {
      title: 'Clean accuracy on the test set',
      chart: epochChart('Clean accuracy', epochs, ({ ca }) => ca, 'share'),
    },
    {
      title: 'Attack success on the test set',
      chart: epochChart('Attack success', epochs, ({ asr }) => asr, 'share'),
    },
  ].filter(({ chart }) => chart !== null);
  if (charts.length === 0) return null;
  const methods = [...new Set(epochs.map(({ method }) => method))];
  return html`<section>
    <h2>How training went</h2>
    ${legend(methods, METHOD_TITLE)}${charts.map(
      ({ title, chart }) =>
        html`<figure>
          <h3>${title}</h3>
          ${chart}
        </figure>`,
    )}
  </section>`;
}
