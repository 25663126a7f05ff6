// Loaded into the programs that a document starts: CLOUDDB_TEST_ADDRESSES has the ports of 127.0.0.1 that stand for the
// addresses of the documents, such as {"listen":{"10043":4711},"connect":{"10.0.0.4:5432":4712}}.
import { Server, Socket } from 'node:net';

const ports = JSON.parse(process.env.CLOUDDB_TEST_ADDRESSES);
const { listen } = Server.prototype;
const { connect } = Socket.prototype;

Server.prototype.listen = function (first, ...rest) {
  if (typeof first !== 'object') return listen.call(this, ports.listen[first] ?? first, ...rest);
  return listen.call(this, { ...first, port: ports.listen[first.port] ?? first.port }, ...rest);
};

Socket.prototype.connect = function (...args) {
  // net.connect passes on its arguments as one list.
  const [options] = Array.isArray(args[0]) ? args[0] : args;
  const port = ports.connect[`${options?.host}:${options?.port}`];
  if (port !== undefined) Object.assign(options, { host: '127.0.0.1', port });
  return connect.apply(this, args);
};
