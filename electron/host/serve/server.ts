import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { ExpectedError } from '../../../shared/contract/errors.ts';
import { CLOSE_UNAUTHORISED, SOCKET_PATH, SOCKET_PROTOCOL } from '../../../shared/contract/wire.ts';
import type { HostApi } from '../../services/api.ts';
import { isLoopbackHost, isOwnOrigin, newToken, sameToken, Tickets } from './access.ts';
import { listPages, servePage } from './pages.ts';
import { connectPage, MAX_FRAME_BYTES } from './socket.ts';

export interface ServeOptions {
  api: HostApi;
  /** Folder of the built screens. */
  screens: string;
  /** 0 = any free one. */
  port: number;
}

export interface Served {
  port: number;
  /** The page with the token: whoever knows it can do all that the screens can do. */
  address: string;
  /** An address that works once, for command lines that others can read. */
  ticketAddress(): string;
  /** Ends all connections. */
  close(): Promise<void>;
}

/**
 * Serves the screens and the application's calls to browsers on this computer, and to nobody else.
 * @throws ExpectedError 'busy' when the port is taken
 */
export async function serve({ api, screens, port }: ServeOptions): Promise<Served> {
  const token = newToken();
  const tickets = new Tickets();
  const pages = listPages(screens);
  const server = createServer({ headersTimeout: 10_000, requestTimeout: 30_000 }, (request, response) => {
    servePage(request, response, { pages, tickets, token }).catch(() => response.destroy());
  });
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_FRAME_BYTES,
    perMessageDeflate: false,
    // The token is never repeated: what is chosen goes back in the clear.
    handleProtocols: (offered) => (offered.has(SOCKET_PROTOCOL) ? SOCKET_PROTOCOL : false),
  });
  server.on('upgrade', (request, socket, head) => {
    if (!mayConnect(request)) return refuseUpgrade(socket);
    sockets.handleUpgrade(request, socket, head, (page) => {
      if (knowsToken(request, token)) connectPage(page, api);
      else page.close(CLOSE_UNAUTHORISED, 'wrong token');
    });
  });
  await listen(server, port);
  const actual = (server.address() as AddressInfo).port;
  const base = `http://127.0.0.1:${actual}`;
  return {
    port: actual,
    address: `${base}/#token=${token}`,
    ticketAddress: () => `${base}/open/${tickets.issue()}`,
    close: async () => {
      for (const page of sockets.clients) page.close(1001, 'Theriac was closed');
      await new Promise<void>((done) => {
        server.close(() => done());
        server.closeAllConnections();
        // A page that does not answer the closing must not keep the program from ending.
        setTimeout(() => sockets.clients.forEach((page) => page.terminate()), 500).unref();
      });
    },
  };
}

function mayConnect(request: IncomingMessage): boolean {
  const { host, origin } = request.headers;
  const path = (request.url ?? '').split('?')[0];
  return path === SOCKET_PATH && isLoopbackHost(host) && isOwnOrigin(origin, host);
}

function refuseUpgrade(socket: Duplex): void {
  socket.on('error', () => undefined);
  socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
}

/** The token is the other subprotocol that the page offers. */
function knowsToken(request: IncomingMessage, token: string): boolean {
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((one) => one.trim());
  return offered.some((one) => one !== SOCKET_PROTOCOL && sameToken(one, token));
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((done, fail) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      fail(
        error.code === 'EADDRINUSE' || error.code === 'EACCES'
          ? new ExpectedError(
              'busy',
              `The port ${port} is not free.`,
              'Choose another one, or leave out --port.',
            )
          : error,
      );
    });
    server.listen(port, '127.0.0.1', () => done());
  });
}
