import type { ExampleMark, Mark } from '../../shared/contract/marks.ts';

/** An example that an analyst marked, by name. */
export interface MarkedExample {
  /** Position in the training set. */
  index: number;
  /** Path in the source. */
  path: string;
  /** Name of the class it is labelled with. */
  label: string;
  mark: Mark;
}

/** Marks with what they are of. @param ids @param labels of the training set */
export function marked(
  marks: readonly ExampleMark[],
  { ids, labels, classes }: { ids: readonly string[]; labels: Int32Array; classes: readonly string[] },
): MarkedExample[] {
  return marks.map(({ example, mark }) => ({
    index: example,
    path: ids[example]!,
    label: classes[labels[example]!]!,
    mark,
  }));
}
