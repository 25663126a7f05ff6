// Adds TLS between the connections of an HTTP server and its parser, each with the current settings.
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { createServer, type TLSSocket, type Server as TlsServer } from 'node:tls';
import type { Log } from '../model/log.ts';
import type { TlsSettings } from '../web-config/web-config.ts';
import { refusalOf } from './client-certificate.ts';
import { tlsOptions } from './tls-options.ts';

/** TLS in front of a server. */
export interface TlsGate {
  /** Closes the connections that have not sent a byte yet: no response is in progress on them. */
  cutSilent: () => void;
  /** Closes all connections, including those in a handshake. */
  cutAll: () => void;
}

/** Timeout for the first byte, and again for the handshake. */
const handshakeMs = 10_000;

/**
 * Takes over the server's connections: the parser gets them after the handshake, if the client is accepted.
 * @param latest the current settings; never rejects
 */
export function addTls(server: Server, latest: () => Promise<TlsSettings>, log: Log): TlsGate {
  const parse = server.listeners('connection') as ((this: Server, socket: TLSSocket) => void)[];
  server.removeAllListeners('connection');
  const silent = new Set<Socket>();
  const all = new Set<Socket>();
  let current: { settings: TlsSettings; terminator: TlsServer } | undefined;

  function terminatorFor(settings: TlsSettings): TlsServer {
    if (current?.settings === settings) return current.terminator;
    const terminator = createTerminator(settings, log, (socket) => {
      for (const listener of parse) listener.call(server, socket);
    });
    current = { settings, terminator };
    return terminator;
  }

  server.on('connection', (socket: Socket) => {
    silent.add(socket);
    all.add(socket);
    socket.once('close', () => all.delete(socket));
    socket.on('error', (error: NodeJS.ErrnoException) => log.debug('connection failed', { error: error.code }));
    const greeting = firstBytes(socket).finally(() => silent.delete(socket));
    Promise.all([greeting, latest()])
      .then(([bytes, settings]) => {
        if (bytes === undefined || socket.destroyed) return;
        if (isHttp(bytes)) return respondHttps(socket);
        socket.unshift(bytes);
        // As in node:https: a client that half-closes during the handshake is disconnected.
        socket.allowHalfOpen = false;
        terminatorFor(settings).emit('connection', socket);
      })
      .catch((error: NodeJS.ErrnoException) => {
        log.error('TLS setup failed', { error: error.code ?? 'unknown' });
        socket.destroy();
      });
  });
  return {
    cutSilent: () => silent.forEach((socket) => socket.destroy()),
    cutAll: () => all.forEach((socket) => socket.destroy()),
  };
}

/** A server that does not listen: it receives connections and passes on those of accepted clients. */
function createTerminator(settings: TlsSettings, log: Log, accepted: (socket: TLSSocket) => void): TlsServer {
  const terminator = createServer({
    ...tlsOptions(settings),
    // No HTTP/2: see docs/adr/0007-web-surface.md.
    ALPNProtocols: ['http/1.1'],
    handshakeTimeout: handshakeMs,
    requestCert: settings.clientAuth !== 'NoClientCert',
    // In the other modes refusalOf decides.
    rejectUnauthorized: settings.clientAuth === 'RequireAndVerifyClientCert',
  });
  terminator.on('secureConnection', (socket) => {
    const { authorized } = socket;
    const reason = refusalOf({ certificate: socket.getPeerX509Certificate(), authorized }, settings);
    if (reason === undefined) return accepted(socket);
    log.debug('TLS client refused', { client: socket.remoteAddress, error: reason });
    socket.destroy();
  });
  terminator.on('tlsClientError', (error: NodeJS.ErrnoException, socket) => {
    const { authorizationError } = socket;
    const refusal = authorizationError === null ? undefined : String(authorizationError);
    log.debug('TLS handshake failed', { client: socket.remoteAddress, error: refusal ?? error.code ?? 'unknown' });
    socket.destroy();
  });
  return terminator;
}

/** @returns undefined when the client disconnects, or sends nothing before the timeout */
function firstBytes(socket: Socket): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const silent = setTimeout(() => socket.destroy(), handshakeMs);
    const done = () => {
      clearTimeout(silent);
      socket.off('readable', done).off('close', done);
      const bytes = socket.read() as Buffer | null;
      if (bytes === null) socket.destroy();
      resolve(bytes ?? undefined);
    };
    socket.on('readable', done).on('close', done);
  });
}

/** A request line begins with a capital letter; a TLS record begins with a number below 32. */
function isHttp([byte = 0]: Buffer): boolean {
  return byte >= 0x41 && byte <= 0x5a;
}

const httpsText = 'Client sent an HTTP request to an HTTPS server.\n';

function respondHttps(socket: Socket): void {
  socket.end(
    [
      'HTTP/1.1 400 Bad Request',
      'Content-Type: text/plain; charset=utf-8',
      'X-Content-Type-Options: nosniff',
      `Content-Length: ${httpsText.length}`,
      'Connection: close',
      '',
      httpsText,
    ].join('\r\n'),
  );
  // Discards the rest of the request: closing with unread data would reset the connection and lose the response.
  const timer = setTimeout(() => socket.destroy(), 1000);
  socket.resume().once('close', () => clearTimeout(timer));
}
