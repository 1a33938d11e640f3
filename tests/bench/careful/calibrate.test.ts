import { expect, it } from 'vitest';
import { OBSERVED } from '../../../shared/abl/careful/observed.ts';
import { countVerdicts, readResults, RESULTS } from './results.ts';

it('confidences rest on the runs that were measured', () => {
  expect(OBSERVED).toEqual(countVerdicts(readResults([RESULTS]), ['report', 'families']));
});
