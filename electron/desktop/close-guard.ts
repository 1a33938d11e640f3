import { dialog, type BrowserWindow } from 'electron';

/** The buttons of the question, by position. */
export const KEEP_TRAINING = 0;
export const PAUSE_AND_QUIT = 1;

/**
 * Asks before a window is closed on a run that is going on.
 * @returns whether to close
 */
export async function confirmClose(window: BrowserWindow): Promise<boolean> {
  const { response } = await dialog.showMessageBox(window, {
    type: 'question',
    title: 'Theriac',
    message: 'An experiment is being trained.',
    detail: 'If you quit, it is paused at a checkpoint, and you can continue it the next time.',
    buttons: ['Keep training', 'Pause and quit'],
    defaultId: KEEP_TRAINING,
    cancelId: KEEP_TRAINING,
    noLink: true,
  });
  return response === PAUSE_AND_QUIT;
}
