import type { MappingKey } from '../../../../shared/contract/api.ts';
import { NONE } from '../mapping.ts';
import { packedCollection } from '../packed.ts';
import { type Source, type SourceContext, refusing, UnusableFile } from '../source.ts';
import { ArrayImages, byteScale } from './array-images.ts';
import { AXES, guessAxes } from './axes.ts';
import { classLabels, classNames, flagsOf, isArray, labelCount, type NamedValue, shapeOf } from './labels.ts';
import { shapeText } from './stored-array.ts';

/** Names that arrays go by, most telling first; compared in small letters without separators. */
const PATTERNS = {
  image: [/^(x|images?|imgs|data)?train(x|images?|imgs|data)?$/, /^(x|images?|imgs|data|features|arr0)$/],
  label: [
    /^(y|labels?|targets?)train$|^train(y|labels?|targets?)$/,
    /^(y|labels?|targets?|finelabels?|arr1)$/,
  ],
  testImage: [
    /^(x|images?|imgs|data)test$|^test(x|images?|imgs|data)?$/,
    /^(x|images?|imgs|data)val$|^val(x|images?|imgs|data)?$/,
  ],
  testLabel: [
    /^(y|labels?|targets?)test$|^test(y|labels?|targets?)$/,
    /^(y|labels?|targets?)val$|^val(y|labels?|targets?)$/,
  ],
  poisoned: [/^(is)?(backdoor|poison(ed)?)(train)?(mask|flags?|indices|index|idx|ids)?$/],
  trueLabel: [/^(true|clean|original|gt)(labels?|targets?)$|^(y|labels?)(true|clean)$/],
  names: [/^(class|label|finelabel|target)?(names|classes)$/],
} satisfies Partial<Record<MappingKey, RegExp[]>>;

const TITLES = {
  image: 'Images',
  label: 'Labels',
  testImage: 'Test images',
  testLabel: 'Test labels',
  poisoned: 'Which are poisoned',
  trueLabel: 'True labels',
  names: 'Class names',
};

type Role = keyof typeof PATTERNS;

/**
 * Makes a source of arrays of numbers: which are images and labels is guessed by name and shape, and can be said.
 * @param file name in front of '#' and the position. @param where path for messages
 * @throws ExpectedError 'bad-input' naming the array and the reason
 */
export async function arraySource(
  kind: string,
  where: string,
  file: string,
  values: NamedValue[],
  context: SourceContext,
): Promise<Source> {
  return refusing(`${where} cannot be imported`, async () => {
    return await makeSource(kind, file, new Roles(values, context), context);
  });
}

async function makeSource(kind: string, file: string, roles: Roles, context: SourceContext): Promise<Source> {
  const train = roles.ask('image', imageLike);
  if (!train) throw new UnusableFile(`no array in it holds images (${roles.listed()})`);
  const label = roles.ask(
    'label',
    (v) => labelCount(v) !== null && v !== train.value,
    (v) => fits(labelCount(v), train),
  );
  if (!label) throw new UnusableFile(`no array in it holds labels (${roles.listed()})`);
  const test = roles.ask('testImage', (v) => imageLike(v) && v !== train.value, undefined, true);
  const testLabel =
    test && roles.ask('testLabel', (v) => labelCount(v) !== null && v !== label.value, undefined, true);
  const namesOf = roles.ask('names', (v) => shapeOf(v).length === 1, undefined, true);
  const names = namesOf ? await classNames(namesOf.value) : null;
  const poison = roles.ask('poisoned', (v) => shapeOf(v).length === 1 && v !== label.value, undefined, true);
  const trueLabel = roles.ask(
    'trueLabel',
    (v) => labelCount(v) !== null && v !== label.value,
    undefined,
    true,
  );

  const axes = askAxes(train, labelCount(label.value), context);
  const open = async ({ name, value }: NamedValue) => {
    if (!isArray(value)) throw new UnusableFile(`"${name}" holds no images`);
    return ArrayImages.open(value, axes, context.scratch).catch(inArray(name));
  };
  const images = [await open(train), ...(test && testLabel ? [await open(test)] : [])];
  await scaleTogether(images, context);
  const block = async (part: ArrayImages, from: NamedValue, labelled: NamedValue) => {
    const labels = await classLabels(labelled.value, names).catch(inArray(labelled.name));
    if (labels.length !== part.layout.count) {
      throw new UnusableFile(
        `"${labelled.name}" has ${labels.length} labels for the ${part.layout.count} images of "${from.name}"`,
      );
    }
    const { height, width, channels } = part.layout;
    const id = from.name === '' ? file : `${file}/${from.name}`;
    return packedCollection([{ height, width, channels, labels, file: id, read: (i) => part.read(i) }]);
  };
  const collection = await block(images[0]!, train, label);
  const known = await knownTruth(collection.examples.length, poison, trueLabel, names);
  return {
    kind,
    train: collection,
    test: images[1] && test && testLabel ? await block(images[1], test, testLabel) : null,
    triggered: null,
    classes: names,
    truth: null,
    known,
  };
}

async function knownTruth(
  count: number,
  poison: NamedValue | null,
  trueLabel: NamedValue | null,
  names: string[] | null,
): Promise<Source['known']> {
  if (!poison) return undefined;
  const poisoned = await flagsOf(poison.value, count).catch(inArray(poison.name));
  if (!trueLabel) return { poisoned, trueLabels: null };
  const trueLabels = await classLabels(trueLabel.value, names).catch(inArray(trueLabel.name));
  if (trueLabels.length !== count) {
    throw new UnusableFile(`"${trueLabel.name}" has ${trueLabels.length} labels for ${count} images`);
  }
  return { poisoned, trueLabels };
}

/** Train and test images are brought to bytes in the same way. */
async function scaleTogether(images: ArrayImages[], context: SourceContext): Promise<void> {
  if (images.every(({ bytes }) => bytes)) return;
  let low = Infinity;
  let high = -Infinity;
  for (const part of images) {
    const span = part.bytes ? { low: 0, high: 255 } : await part.span(context.scratch);
    low = Math.min(low, span.low);
    high = Math.max(high, span.high);
  }
  const scale = byteScale(
    images.map(({ type }) => type),
    { low, high },
  );
  for (const part of images) part.scale(scale);
}

function askAxes({ name, value }: NamedValue, count: number | null, { mapping }: SourceContext): string {
  const shape = shapeOf(value);
  const guess = guessAxes(shape, count) ?? guessAxes(shape, null);
  if (!guess) throw new UnusableFile(`"${name}" of shape ${shapeText(shape)} does not hold images`);
  const choices = AXES[shape.length]!.map((axes) => ({ value: axes, text: `${axes} (${shapeText(shape)})` }));
  return mapping.ask('axes', 'Order of axes', choices, guess.axes, guess.sure);
}

/** Finds out which array is what. */
class Roles {
  readonly #values: NamedValue[];
  readonly #context: SourceContext;

  constructor(values: NamedValue[], context: SourceContext) {
    this.#values = values;
    this.#context = context;
  }

  /**
   * @param possible which arrays may be chosen at all
   * @param likely which one is taken where names do not tell. @param optional nothing may be chosen
   */
  ask(
    role: Role,
    possible: (value: NamedValue['value']) => boolean,
    likely: (value: NamedValue['value']) => boolean = possible,
    optional = false,
  ): NamedValue | null {
    const candidates = this.#values.filter(({ value }) => possible(value));
    const named = PATTERNS[role]
      .map((pattern) => candidates.filter(({ name, value }) => pattern.test(plain(name)) && likely(value)))
      .find((found) => found.length > 0);
    const fitting = candidates.filter(({ value }) => likely(value));
    const guess = named?.[0] ?? (optional ? undefined : (fitting[0] ?? candidates[0]));
    if (candidates.length === 0 || (!guess && !optional)) return null;
    const choices = candidates.map(({ name, value }) => ({
      value: name,
      text: `${name || 'the only array'} (${shapeText(shapeOf(value))})`,
    }));
    if (optional) choices.unshift({ value: NONE, text: 'none' });
    const sure = optional ? true : named?.length === 1 || fitting.length === 1;
    const answer = this.#context.mapping.ask(role, TITLES[role], choices, guess?.name ?? NONE, sure);
    return candidates.find(({ name }) => name === answer) ?? null;
  }

  listed(): string {
    const all = this.#values.map(({ name, value }) => `"${name}": ${shapeText(shapeOf(value))}`);
    return all.length > 0 ? all.slice(0, 12).join(', ') : 'it is empty';
  }
}

function imageLike(value: NamedValue['value']): boolean {
  return isArray(value) && value.type.kind !== 'text' && guessAxes(value.shape, null) !== null;
}

function fits(count: number | null, { value }: NamedValue): boolean {
  return count !== null && guessAxes(shapeOf(value), count) !== null;
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[\s_.\-/]+/g, '');
}

/** Names the array in what is wrong with it. */
function inArray(name: string): (error: unknown) => never {
  return (error) => {
    if (error instanceof UnusableFile && name !== '') throw new UnusableFile(`"${name}": ${error.reason}`);
    throw error;
  };
}
