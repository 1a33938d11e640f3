import { Notification, powerSaveBlocker, type BrowserWindow } from 'electron';
import type { ExperimentDetail } from '../../shared/contract/api.ts';
import { IPC } from '../../shared/contract/channels.ts';
import { endNotice } from '../../shared/words/end-notice.ts';
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

/** Says when a run has ended and with what verdict, if nobody is looking and the user wants to be told. */
export function tellOfEnds(api: HostApi, window: BrowserWindow): void {
  api.subscribe((told) => {
    if (told.event !== 'experiment' || endNotice(told.value.state, null) === null) return;
    if (!api.notify || !Notification.isSupported() || window.isDestroyed() || window.isFocused()) return;
    const { id } = told.value;
    void api.call('experiments.show', [id]).then((reply) => {
      if (!reply.ok || window.isDestroyed()) return;
      const { state, verdict } = reply.value as ExperimentDetail;
      const words = endNotice(state, verdict);
      if (words) show(words, window, id);
    });
  });
}

function show(words: { title: string; body: string }, window: BrowserWindow, id: string): void {
  const notification = new Notification(words);
  shown.add(notification);
  notification.once('close', () => shown.delete(notification));
  notification.once('click', () => {
    shown.delete(notification);
    if (window.isDestroyed()) return;
    if (window.isMinimized()) window.restore();
    window.focus();
    window.webContents.send(IPC.event, { event: 'open-experiment', value: { id } });
  });
  notification.show();
}
