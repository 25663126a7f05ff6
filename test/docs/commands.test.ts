// Every block of commands of every document runs as it is printed, or says why it cannot; what needs a program that is no
// part of the project is in test/peers/docs.test.ts.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pathOf } from '../peers/peer.ts';
import { blocksOfKind, commandBlocks, forms } from './annotations.ts';
import { explain } from './explain.ts';
import { type Surroundings, startSurroundings } from './surroundings.ts';

/** Usual tools that `npm test` does without where they are missing. */
const tools = ['curl', 'jq', 'htpasswd'];

const runnable = blocksOfKind('run').filter(({ annotation }) => annotation.peers.length === 0);

describe('blocks of commands', () => {
  let surroundings: Surroundings;
  beforeAll(async () => {
    surroundings = await startSurroundings();
  });
  afterAll(() => surroundings.close());

  it('all say how they are run', () => {
    const { problems } = commandBlocks();
    expect(problems, [...problems, forms].join('\n')).toEqual([]);
  });

  it.for(runnable)('$place', async (block, { skip }) => {
    const missing = tools.find((tool) => new RegExp(`\\b${tool}\\b`).test(block.text) && pathOf(tool) === undefined);
    skip(missing !== undefined, `${missing} is not installed`);
    const outcome = await surroundings.run(block);
    expect(outcome.ending, explain(block, outcome)).toBe(block.annotation.ending);
  });
});
