import type { Shell } from '../../../shared/contract/api.ts';
import { SOCKET_PATH, type DesktopBridge } from '../../../shared/contract/wire.ts';
import { BridgeTransport } from './bridge.ts';
import { SocketTransport } from './socket.ts';
import { takeToken } from './token.ts';
import type { Transport } from './transport.ts';

/** A browser page may not see paths of this computer: the screens then offer a text field. */
const browserShell: Shell = {
  pickFolder: () => Promise.resolve(null),
  pickFile: () => Promise.resolve(null),
  saveFile: () => Promise.resolve(null),
  droppedPath: () => null,
};

/** The desktop's bridge where there is one, else a WebSocket to the page's own origin. */
export function chooseTransport(): Transport {
  const bridge = (window as { theriac?: DesktopBridge }).theriac;
  if (bridge) return new BridgeTransport(bridge);
  const token = takeToken({ location, history, storage: sessionStorage });
  const url = `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}${SOCKET_PATH}`;
  // A subprotocol must not be empty; no host has this key.
  return new SocketTransport({ url, token: token || 'none', shell: browserShell });
}
