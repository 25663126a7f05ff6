// The commands of documents that install packages, in a clean clone: the registry of npm is the network that they need.
import { execFileSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blocksRunBy } from '../docs/annotations.ts';
import { explain } from '../docs/explain.ts';
import { otherAddresses, runBlock } from '../docs/run-block.ts';
import { createFolder } from '../support/exporter-process.ts';
import { freePort } from './peer.ts';

const project = resolve(import.meta.dirname, '../..');
const installsWithinMs = 180_000;

describe('a clean clone', () => {
  let folder: Awaited<ReturnType<typeof createFolder>>;
  beforeAll(async () => {
    folder = await createFolder();
  });
  afterAll(() => folder.remove());

  it.each(blocksRunBy(import.meta.filename))(
    'runs the commands of $place',
    async (block) => {
      const cwd = join(folder.path, block.place.replaceAll('/', '-'));
      execFileSync('git', ['clone', '--quiet', project, cwd]);
      const { ending } = block.annotation;
      const env = { ...process.env, ...otherAddresses(await freePort()) };
      const outcome = await runBlock(block.text, { cwd, env, ending, withinMs: installsWithinMs - 10_000 });
      expect(outcome.ending, explain(block, outcome)).toBe(ending);
    },
    installsWithinMs,
  );
});
