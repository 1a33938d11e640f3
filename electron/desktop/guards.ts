import { app, shell, type Session } from 'electron';
import { mayHavePermission, mayNavigate, mayOpenExternally, mayRequest, onWindowOpen } from './security.ts';

/** Puts the rules in force for every page that could ever come to be. Before the first window is opened. */
export function guardContents(): void {
  app.on('web-contents-created', (_, contents) => {
    const stay = (event: { preventDefault(): void }, url: string) => {
      if (!mayNavigate(url)) event.preventDefault();
    };
    contents.on('will-navigate', (event) => stay(event, event.url));
    contents.on('will-frame-navigate', (event) => stay(event, event.url));
    contents.on('will-redirect', (event) => stay(event, event.url));
    contents.on('will-attach-webview', (event) => event.preventDefault());
    contents.setWindowOpenHandler(({ url }) => {
      const { decision, external } = onWindowOpen(url);
      if (external) void shell.openExternal(external);
      return decision;
    });
  });
}

/** The same for what pages may ask of the system and of the network. */
export function guardSession(session: Session, devTools: boolean): void {
  session.setPermissionRequestHandler((_contents, _permission, answer) => answer(mayHavePermission()));
  session.setPermissionCheckHandler(() => mayHavePermission());
  session.setDevicePermissionHandler(() => mayHavePermission());
  session.webRequest.onBeforeRequest(({ url }, answer) => answer({ cancel: !mayRequest(url, devTools) }));
  session.on('will-download', (event) => event.preventDefault());
}

/** Opens a listed page in the user's browser. */
export function openExternal(url: string): void {
  if (mayOpenExternally(url)) void shell.openExternal(url);
}
