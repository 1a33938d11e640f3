/** The classes with the highest probabilities, the highest first; of equal ones the first class. */
export function likeliest(
  probabilities: readonly number[],
  shown: number,
): { probability: number; index: number }[] {
  return probabilities
    .map((probability, index) => ({ probability, index }))
    .sort((a, b) => b.probability - a.probability)
    .slice(0, shown);
}
