import { Notification, powerSaveBlocker, type BrowserWindow } from 'electron';
import type { ExperimentDetail } from '../../shared/contract/api.ts';
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

/** Says when a run has ended, if nobody is looking and the user wants to be told. */
export function tellOfEnds(api: HostApi, window: BrowserWindow): void {
  api.subscribe((told) => {
    if (told.event !== 'experiment' || !['done', 'failed', 'interrupted'].includes(told.value.state)) return;
    if (!api.notify || !Notification.isSupported() || window.isDestroyed() || window.isFocused()) return;
    void api.call('experiments.show', [told.value.id]).then((reply) => {
      if (!reply.ok || window.isDestroyed()) return;
      const notification = new Notification(endNotice(reply.value as ExperimentDetail));
      notification.on('click', () => {
        if (window.isMinimized()) window.restore();
        window.focus();
      });
      notification.show();
    });
  });
}

/** The words of the notification. The verdict itself is left to the screen: a notification may be seen by others. */
export function endNotice({ name, state }: Pick<ExperimentDetail, 'name' | 'state'>): {
  title: string;
  body: string;
} {
  const body = {
    done: 'The experiment is done. The comparison is ready.',
    failed: 'The experiment failed. Theriac says why.',
    interrupted: 'The experiment was interrupted. It can be continued.',
  }[state as 'done' | 'failed' | 'interrupted'];
  return { title: name, body };
}
