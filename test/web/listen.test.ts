// Listeners that go on when the system cannot accept a connection.
import type { IncomingMessage } from 'node:http';
import type { Server } from 'node:net';
import { expect, it } from 'vitest';
import { listen } from '../../src/web/listen.ts';

it('goes on when a connection cannot be accepted, and reports it', async () => {
  const codes: (string | undefined)[] = [];
  let server: Server | undefined;
  const listening = await listen({
    handler(request: IncomingMessage & { socket: { server?: Server } }, response) {
      ({ server } = request.socket);
      response.end('ok');
    },
    addresses: [{ host: '127.0.0.1', port: 0 }],
    onAcceptError: ({ code }) => codes.push(code),
  });
  const ask = async () => (await fetch(`http://${listening.addresses[0]}/`)).text();
  await ask();
  // As Node does when accept(2) fails.
  server?.emit('error', Object.assign(new Error('accept ENFILE'), { code: 'ENFILE', syscall: 'accept' }));
  expect(codes).toEqual(['ENFILE']);
  expect(await ask()).toBe('ok');
  await listening.close(0);
});
