// The loopback HTTP server under all simulated clouds: records arrivals, counts connections, supports fault injection.
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
  /** Every HTTP request, in order of arrival; beyond 100 000 the oldest are dropped. */
  arrivals: Arrival[];
  /** TCP connections: open now, the maximum at one time, and the total accepted. */
  connections: { open: number; peak: number; total: number };
  /** Stops listening and destroys the sockets that are still open. */
  close(): Promise<void>;
}

/** One HTTP request, recorded when its headers have arrived; the other fields are filled in while it is served. */
export interface Arrival {
  /** `performance.now()` at the arrival. */
  atMs: number;
  action: string;
  /** Empty until the body has been read, and for a request without an instance. */
  instanceId: string;
  /** HTTP status of the response; 0 until one is sent. */
  status: number;
  authorization: string | undefined;
}

/**
 * Hook for fault injection, called for each request after its body was read and before anything is verified. Returns
 * true when the hook sends the response itself, or none.
 */
export type Intercept = (exchange: {
  action: string;
  instanceId: string;
  request: IncomingMessage;
  response: ServerResponse;
  body: string;
}) => boolean;

/** Options that all simulations share. */
export interface SimulationOptions {
  /** Delay before each response. */
  latencyMs?: number;
  intercept?: Intercept;
  /** Default 0: a free port. */
  port?: number;
}

/** A response: `body` is sent as JSON. */
export interface SimulatedResponse {
  status: number;
  headers?: OutgoingHttpHeaders;
  body: unknown;
}

/** The part of a simulation that differs between clouds. */
export interface Behaviour {
  /** Unix milliseconds, for the Date header. */
  serverTimeMs: () => number;
  actionOf: (request: IncomingMessage) => string;
  instanceIdOf: (request: IncomingMessage, body: string) => string;
  /**
   * Called when the headers have arrived, which is the moment that rate limits count. The function that it returns is
   * called with the body, or with undefined when the body exceeds the limit; it returns undefined for no response.
   */
  receive: (request: IncomingMessage, arrival: Arrival) => (body: string | undefined) => SimulatedResponse | undefined;
}

const maxBodyBytes = 64 * 1024;
const keepAliveTimeoutMs = 60_000;
const maxArrivals = 100_000;

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
    // Both events: a response that an intercept cuts off is closed without 'finish'.
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

/** Sends responses after the latency, unless an intercept does. */
function createResponder(behaviour: Behaviour, options: SimulationOptions) {
  const stampDate = (response: ServerResponse) => {
    response.setHeader('Date', new Date(behaviour.serverTimeMs()).toUTCString());
  };

  const send = (response: ServerResponse, arrival: Arrival, content: SimulatedResponse) => {
    const body = Buffer.from(JSON.stringify(content.body));
    stampDate(response);
    response.writeHead(content.status, {
      'Content-Type': 'application/json; charset=utf-8',
      'Content-Length': body.length,
      ...content.headers,
    });
    // Set before sending: the client may read `arrivals` as soon as it has the response.
    arrival.status = content.status;
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
    const content = respond(body);
    if (content === undefined) return;
    if (options.latencyMs) await delay(options.latencyMs, undefined, { ref: false });
    if (!response.destroyed) send(response, arrival, content);
  };

  return (request: IncomingMessage, response: ServerResponse, arrival: Arrival) =>
    serve(request, response, arrival).catch((error: unknown) => {
      // The client disconnected, or the hook of a test threw, which the test must see in the response.
      if (response.headersSent) response.destroy();
      else send(response, arrival, { status: 500, body: { simulationFault: String(error) } });
    });
}

/** Appends, and drops the oldest in batches: a demo runs for days. */
function record(arrivals: Arrival[], arrival: Arrival): void {
  arrivals.push(arrival);
  if (arrivals.length > maxArrivals * 1.1) arrivals.splice(0, arrivals.length - maxArrivals);
}

/** The body as UTF-8, or undefined above the limit; the rest is read and dropped, so that a response can be sent. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= maxBodyBytes) chunks.push(chunk);
  }
  return bytes <= maxBodyBytes ? Buffer.concat(chunks).toString('utf8') : undefined;
}
