import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { planSchema } from '../../shared/sweep/plan.ts';
import { listSweeps, showSweep } from './api-sweeps.ts';
import { openSweep } from './sweeps.ts';
import { openWorkspace } from './workspace.ts';

const folder = mkdtempSync(join(tmpdir(), 'theriac-sweeps-'));
const ws = await openWorkspace(folder);
afterAll(() => {
  ws.close();
  rmSync(folder, { recursive: true, force: true });
});

const plan = planSchema.parse({ name: 'Begun', datasets: ['Signs'], attacks: ['badnets'], seeds: [1, 2] });

describe('the sweeps of a data folder', () => {
  it('are none before one is begun', () => {
    expect(listSweeps(ws)).toEqual([]);
  });

  it('are listed and shown, with what is open; other folders are left alone', () => {
    const { id } = openSweep(ws, plan);
    mkdirSync(join(folder, 'sweeps', 'deadbeef'));
    writeFileSync(join(folder, 'sweeps', 'deadbeef', 'plan.json'), '{"name": "of another version"}');
    mkdirSync(join(folder, 'sweeps', 'something'));
    expect(listSweeps(ws)).toMatchObject([{ id, name: 'Begun', planned: 4, done: 0, failed: 0 }]);
    const detail = showSweep(ws, id);
    expect(detail.table.methods).toEqual(['naive', 'careful']);
    expect(detail.table.rows[0]!.cells[0]).toEqual({ asr: null, ca: null, ra: null, done: 0, planned: 2 });
    expect(detail.runs[3]).toEqual({
      text: 'badnets 10 %, Signs, careful, seed 2',
      experiment: null,
      state: 'planned',
      problem: null,
    });
  });

  it.each(['deadbeef', '00000000', '../sweeps'])('there is no sweep %s', (id) => {
    expect(() => showSweep(ws, id)).toThrow(/There is no sweep/);
  });

  it('a changed plan is another sweep, the same plan the same', () => {
    const again = openSweep(ws, planSchema.parse(JSON.parse(JSON.stringify(plan))));
    expect(again.id).toBe(openSweep(ws, plan).id);
    expect(openSweep(ws, { ...plan, seeds: [3] }).id).not.toBe(again.id);
  });
});
