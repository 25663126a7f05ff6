// The reference for the CPU of a probe: an exporter as usual in Node, with express and a registry of prom-client per request.
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import express from 'express';
import { renderLike } from './fill-registry.ts';

const [file = ''] = process.argv.slice(2);
const render = renderLike(file);
const compress = promisify(gzip);
const app = express();

app.get('/cpu', (_request, response) => {
  const { user, system } = process.cpuUsage();
  response.type('text/plain').send(String((user + system) / 1000));
});
app.get('/probe', async (_request, response) => {
  const body = await compress(await render());
  response.set({ 'Content-Type': 'text/plain; version=0.0.4', 'Content-Encoding': 'gzip' }).send(body);
});
const server = app.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  console.log(`address 127.0.0.1:${port}`);
});
