// Loaded into a program under test: keeps a copy of the files it reads, of the bytes it sends to clouds and receives
// from them, and of the bytes it writes to its own HTTP clients. `?file=` of the URL names the file of records.
import diagnostics from 'node:diagnostics_channel';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';

const records = fs.openSync(new URL(import.meta.url).searchParams.get('file') ?? '', 'a');
const keptOfAnswers = 256 * 1024;
/** What was last seen in each file. */
const recorded = new Map();

/** Written at once: the program may crash or exit at any moment. */
function record(kind, from, bytes) {
  fs.writeSync(records, `${JSON.stringify({ kind, from, text: Buffer.from(bytes).toString('latin1') })}\n`);
}

/** Settings and secrets; not what the program itself is made of. */
const isForeign = (path) => !/[\\/](?:dist|node_modules|test[\\/]leaks)[\\/]|package\.json$|^\/proc\//.test(path);
let recording = false;

function recordFile(path) {
  // One function of node:fs calls another.
  if (recording) return;
  recording = true;
  try {
    const file = path instanceof URL ? fileURLToPath(path) : path;
    if (typeof file !== 'string' || !isForeign(file) || !fs.statSync(file).isFile()) return;
    const text = fs.readFileSync(file, 'latin1');
    if (recorded.get(file) === text) return;
    recorded.set(file, text);
    record('file', file, Buffer.from(text, 'latin1'));
  } catch {
    // What cannot be read is nothing that the program could tell.
  } finally {
    recording = false;
  }
}

for (const [owner, name] of [
  [fs.promises, 'readFile'],
  [fs.promises, 'open'],
  [fs, 'readFile'],
  [fs, 'readFileSync'],
  [fs, 'open'],
  [fs, 'openSync'],
  [fs, 'createReadStream'],
]) {
  const original = owner[name];
  owner[name] = (path, ...rest) => {
    recordFile(path);
    return original.call(owner, path, ...rest);
  };
}
syncBuiltinESMExports();

const names = new WeakMap();
const received = new WeakMap();
let sockets = 0;
/** Ports from which the program calls others: the demo has both ends of some connections. */
const ownPorts = new Set();

/** A name for the connection of a socket. */
function nameOf(socket) {
  if (!names.has(socket)) {
    names.set(socket, `connection ${++sockets}`);
    if (!isAccepted(socket)) whenConnected(socket);
  }
  return names.get(socket);
}

function whenConnected(socket) {
  const note = () => {
    const port = socket.localPort;
    ownPorts.add(port);
    socket.once('close', () => ownPorts.delete(port));
  };
  if (socket.connecting) socket.once('connect', note);
  else note();
}

const isAccepted = (socket) => socket.server !== undefined && socket.server !== null;
const isNetwork = (socket) => isAccepted(socket) || socket.connecting || socket.remotePort !== undefined;

for (const name of ['write', 'end']) {
  const original = Socket.prototype[name];
  Socket.prototype[name] = function (chunk, encoding, ...rest) {
    const isData = typeof chunk === 'string' || chunk instanceof Uint8Array;
    // Writable.end hands its chunk on to its own write, not to this one.
    if (isData && isNetwork(this)) {
      const connection = nameOf(this);
      const bytes =
        typeof chunk === 'string' ? Buffer.from(chunk, typeof encoding === 'string' ? encoding : 'utf8') : chunk;
      if (!isAccepted(this)) record('sent', connection, bytes);
      else if (!ownPorts.has(this.remotePort)) record('shown', connection, bytes);
    }
    return original.call(this, chunk, encoding, ...rest);
  };
}

const push = Socket.prototype.push;
Socket.prototype.push = function (chunk, ...rest) {
  if (chunk instanceof Uint8Array && isNetwork(this) && !isAccepted(this)) {
    const before = received.get(this) ?? 0;
    received.set(this, before + chunk.length);
    if (before < keptOfAnswers) record('received', nameOf(this), chunk);
  }
  return push.call(this, chunk, ...rest);
};

diagnostics.subscribe('http.server.request.start', ({ request, socket }) => {
  const { authorization } = request.headers;
  if (authorization !== undefined && !ownPorts.has(socket.remotePort)) record('asked', 'Authorization', authorization);
});
