// Serves a reference: each request runs a round of it, and is answered with the CPU time of the round.
import { createServer } from 'node:http';

/**
 * Prints `address HOST:PORT` once it listens.
 * @param round what is measured
 * @param parts the answer is the CPU of a round divided by this, in milliseconds
 */
export function serveRounds(round: () => Promise<void>, parts = 1): void {
  async function measure(): Promise<string> {
    const before = process.cpuUsage();
    await round();
    const { user, system } = process.cpuUsage(before);
    return String((user + system) / 1000 / parts);
  }

  const server = createServer((_request, response) => {
    measure().then(
      (text) => response.end(text),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  server.listen(0, '127.0.0.1', () => {
    console.log(`address 127.0.0.1:${(server.address() as { port: number }).port}`);
  });
}
