import type { MenuItemConstructorOptions } from 'electron';
import { EXTERNAL_PAGES } from './security.ts';

export interface MenuActions {
  openDataFolder(): void;
  openExternal(url: string): void;
  about(): void;
}

/** The application's menu: what the system expects, and little more; the screens have all the rest. */
export function menuTemplate(
  platform: NodeJS.Platform,
  devTools: boolean,
  actions: MenuActions,
): MenuItemConstructorOptions[] {
  const mac = platform === 'darwin';
  const about: MenuItemConstructorOptions = { label: 'About Theriac', click: () => actions.about() };
  const folder: MenuItemConstructorOptions = {
    label: 'Open the data folder',
    click: () => actions.openDataFolder(),
  };
  return [
    ...(mac
      ? [
          {
            label: 'Theriac',
            submenu: [
              about,
              { type: 'separator' as const },
              { role: 'hide' as const },
              { role: 'hideOthers' as const },
              { role: 'unhide' as const },
              { type: 'separator' as const },
              { role: 'quit' as const },
            ],
          },
        ]
      : []),
    { label: 'File', submenu: [folder, { type: 'separator' }, mac ? { role: 'close' } : { role: 'quit' }] },
    { role: 'editMenu' },
    {
      label: 'View',
      submenu: [
        { role: 'resetZoom' },
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        { type: 'separator' },
        { role: 'togglefullscreen' },
        ...(devTools ? [{ role: 'reload' as const }, { role: 'toggleDevTools' as const }] : []),
      ],
    },
    { role: 'windowMenu' },
    {
      role: 'help',
      submenu: [
        { label: 'The paper: Anti-Backdoor Learning', click: () => actions.openExternal(EXTERNAL_PAGES[0]!) },
        ...(mac ? [] : [{ type: 'separator' as const }, about]),
      ],
    },
  ];
}
