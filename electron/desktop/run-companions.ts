import { Notification, powerSaveBlocker, type BrowserWindow } from 'electron';
import type { ExperimentDetail, SweepDetail } from '../../shared/contract/api.ts';
import { IPC } from '../../shared/contract/channels.ts';
import { endNotice, sweepNotice } from '../../shared/words/end-notice.ts';
import type { HostApi } from '../services/api.ts';

/** Keeps the computer from falling asleep while an experiment is being trained. @returns ends it */
export function keepAwake(api: HostApi): () => void {
  let blocker: number | null = null;
  const look = () => {
    if (api.training !== null && blocker === null) {
      blocker = powerSaveBlocker.start('prevent-app-suspension');
    } else if (api.training === null && blocker !== null) {
      powerSaveBlocker.stop(blocker);
      blocker = null;
    }
  };
  const end = api.subscribe(({ event }) => {
    if (event === 'experiment' || event === 'progress') look();
  });
  return () => {
    end();
    if (blocker !== null) powerSaveBlocker.stop(blocker);
  };
}

/** Notifications that are on screen: one that nobody holds could be collected with its click. */
const shown = new Set<Notification>();

/** Says when a run or a sweep has ended and how, if nobody is looking and the user wants to be told. */
export function tellOfEnds(api: HostApi, window: BrowserWindow): void {
  const wanted = () =>
    api.notify && Notification.isSupported() && !window.isDestroyed() && !window.isFocused();
  api.subscribe((told) => {
    if (told.event === 'sweep' && told.value.activity === null && wanted()) {
      void api.call('sweeps.show', [told.value.id]).then((reply) => {
        const words = reply.ok ? sweepNotice(reply.value as SweepDetail, told.value.error !== null) : null;
        if (words && !window.isDestroyed()) show(words, window, { event: 'open-sweep', id: told.value.id });
      });
      return;
    }
    if (told.event !== 'experiment' || endNotice(told.value.state, null) === null) return;
    if (!wanted()) return;
    const { id } = told.value;
    void api.call('experiments.show', [id]).then((reply) => {
      if (!reply.ok || window.isDestroyed()) return;
      const { state, verdict, tags } = reply.value as ExperimentDetail;
      // A sweep has many runs, which are told of together.
      if (tags.some((tag) => tag.startsWith('sweep:'))) return;
      const words = endNotice(state, verdict);
      if (words) show(words, window, { event: 'open-experiment', id });
    });
  });
}

/** @param opens what a click opens */
function show(
  words: { title: string; body: string },
  window: BrowserWindow,
  opens: { event: 'open-experiment' | 'open-sweep'; id: string },
): void {
  const notification = new Notification(words);
  shown.add(notification);
  notification.once('close', () => shown.delete(notification));
  notification.once('click', () => {
    shown.delete(notification);
    if (window.isDestroyed()) return;
    if (window.isMinimized()) window.restore();
    window.focus();
    window.webContents.send(IPC.event, { event: opens.event, value: { id: opens.id } });
  });
  notification.show();
}
