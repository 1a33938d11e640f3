import { expect, test } from 'vitest';
import { endNotice, sweepNotice } from './end-notice.ts';

test('a run that is done is told with its verdict, in one short line', () => {
  const bodies = (['poisoned', 'no-evidence', 'uncertain', null] as const).map(
    (verdict) => endNotice('done', verdict)!.body,
  );
  expect(bodies[0]).toBe('A run is done. The data are poisoned.');
  expect(new Set(bodies).size).toBe(4);
  for (const body of bodies) expect(body.length).toBeLessThan(60);
});

test('failures and interruptions are told; what somebody stopped is not', () => {
  expect(endNotice('failed', null)!.body).toContain('failed');
  expect(endNotice('interrupted', null)!.body).toContain('continued');
  for (const state of ['cancelled', 'queued', 'running'] as const) expect(endNotice(state, null)).toBeNull();
});

test('a sweep is told by its name; one that somebody stopped is not', () => {
  const sweep = { name: 'Rates', done: 3, failed: 1, planned: 4 };
  expect(sweepNotice(sweep, false)).toEqual({
    title: 'A sweep is done',
    body: '“Rates”: 3 of 4 runs are done, 1 failed.',
  });
  expect(sweepNotice({ ...sweep, failed: 0 }, true)!.title).toContain('before its time');
  expect(sweepNotice({ ...sweep, failed: 0 }, false)).toBeNull();
});
