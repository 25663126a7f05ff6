// The loopback HTTP server under both simulated clouds: it records arrivals, counts connections and lets faults step in.
import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** A running simulation. */
export interface SimulatedApi {
  /** `http://127.0.0.1:PORT`, without a trailing slash. */
  url: string;
  /** Every HTTP request that arrived, in order; beyond 100 000 the oldest are dropped. */
  arrivals: Arrival[];
  /** TCP connections: open now, the most at one time, and ever accepted. */
  connections: { open: number; peak: number; total: number };
  /** Stops listening and destroys the sockets that are still open. */
  close(): Promise<void>;
}

/** One HTTP request, recorded when its headers have arrived and completed while it is served. */
export interface Arrival {
  /** `performance.now()` at the arrival. */
  atMs: number;
  action: string;
  /** Empty until the body has been read, and for a request that names none. */
  instanceId: string;
  /** HTTP status of the answer; 0 while there is none, and for ever if none was given. */
  status: number;
  authorization: string | undefined;
}

/**
 * Called for each request after its body was read and before anything is verified. Returning true means that it has
 * answered (or will never answer) by itself: the hook for faults.
 */
export type Intercept = (exchange: {
  action: string;
  instanceId: string;
  request: IncomingMessage;
  response: ServerResponse;
  body: string;
}) => boolean;

/** What the options of both simulations share. */
export interface SimulationOptions {
  /** Added between the verdict and the answer. */
  latencyMs?: number;
  intercept?: Intercept;
  /** 0, the default, takes a free one. */
  port?: number;
}

/** An answer: `body` is sent as JSON. */
export interface Answer {
  status: number;
  headers?: OutgoingHttpHeaders;
  body: unknown;
}

/** What makes one cloud different from the other. */
export interface Behaviour {
  /** Unix milliseconds, for the Date header. */
  serverTimeMs: () => number;
  actionOf: (request: IncomingMessage) => string;
  instanceIdOf: (request: IncomingMessage, body: string) => string;
  /**
   * Called when the headers have arrived, which is the moment that rate limits count; what it returns is called with
   * the body, or with undefined when that was over the cap.
   */
  receive: (request: IncomingMessage, arrival: Arrival) => (body: string | undefined) => Answer;
}

const bodyCapBytes = 64 * 1024;
const keepAliveTimeoutMs = 60_000;
const arrivalsKept = 100_000;

/** Starts a simulation on 127.0.0.1; rejects when the port is taken. */
export async function startSimulatedApi(behaviour: Behaviour, options: SimulationOptions): Promise<SimulatedApi> {
  const arrivals: Arrival[] = [];
  const respond = createResponder(behaviour, options);
  const server = createServer((request, response) => {
    const arrival: Arrival = {
      atMs: performance.now(),
      action: behaviour.actionOf(request),
      instanceId: '',
      status: 0,
      authorization: request.headers.authorization,
    };
    record(arrivals, arrival);
    const noteStatus = () => {
      if (response.headersSent) arrival.status = response.statusCode;
    };
    // Both, for an intercept's answer: a cut one is closed without ever finishing.
    response.once('finish', noteStatus).once('close', noteStatus);
    void respond(request, response, arrival);
  });
  server.keepAliveTimeout = keepAliveTimeoutMs;
  const { sockets, connections } = countConnections(server);
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not listening on TCP');

  return {
    url: `http://127.0.0.1:${address.port}`,
    arrivals,
    connections,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function countConnections(server: Server) {
  const connections = { open: 0, peak: 0, total: 0 };
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    connections.total += 1;
    connections.open += 1;
    connections.peak = Math.max(connections.peak, connections.open);
    socket.once('close', () => {
      sockets.delete(socket);
      connections.open -= 1;
    });
  });
  return { sockets, connections };
}

/** Answers requests, after the latency and unless an intercept does. */
function createResponder(behaviour: Behaviour, options: SimulationOptions) {
  const stampDate = (response: ServerResponse) => {
    response.setHeader('Date', new Date(behaviour.serverTimeMs()).toUTCString());
  };

  const send = (response: ServerResponse, arrival: Arrival, answer: Answer) => {
    const body = Buffer.from(JSON.stringify(answer.body));
    stampDate(response);
    response.writeHead(answer.status, {
      'Content-Type': 'application/json; charset=utf-8',
      'Content-Length': body.length,
      ...answer.headers,
    });
    // Set before the bytes leave: the client may look at `arrivals` as soon as it has them.
    arrival.status = answer.status;
    response.end(body);
  };

  const serve = async (request: IncomingMessage, response: ServerResponse, arrival: Arrival) => {
    const respond = behaviour.receive(request, arrival);
    const body = await readBody(request);
    const text = body ?? '';
    arrival.instanceId = behaviour.instanceIdOf(request, text);
    stampDate(response);
    const { action, instanceId } = arrival;
    if (options.intercept?.({ action, instanceId, request, response, body: text })) return;
    const answer = respond(body);
    if (options.latencyMs) await delay(options.latencyMs, undefined, { ref: false });
    if (!response.destroyed) send(response, arrival, answer);
  };

  return (request: IncomingMessage, response: ServerResponse, arrival: Arrival) =>
    serve(request, response, arrival).catch((error: unknown) => {
      // A client that went away, or a fault in a test's own hook: the latter must be seen where the answer is read.
      if (response.headersSent) response.destroy();
      else send(response, arrival, { status: 500, body: { simulationFault: String(error) } });
    });
}

/** Appends, and now and then drops the oldest: a demo runs for days. */
function record(arrivals: Arrival[], arrival: Arrival): void {
  arrivals.push(arrival);
  if (arrivals.length > arrivalsKept * 1.1) arrivals.splice(0, arrivals.length - arrivalsKept);
}

/** The body as UTF-8, or undefined when it is over the cap; what is over it is read, not kept, so that the client hears. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= bodyCapBytes) chunks.push(chunk);
  }
  return bytes <= bodyCapBytes ? Buffer.concat(chunks).toString('utf8') : undefined;
}
