// The reference for the CPU of a scrape: prom-client fills and renders the series of an exposition, without compression.
import { renderLike } from './fill-registry.ts';
import { serveRounds } from './serve-rounds.ts';

const [file = ''] = process.argv.slice(2);
const render = renderLike(file);

serveRounds(async () => void (await render()));
