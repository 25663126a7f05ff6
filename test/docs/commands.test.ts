// Every block of commands of every document runs as it is printed, or says why it cannot; what needs a program that is no
// part of the project is in test/peers/docs.test.ts.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blocksOfKind, commandBlocks, forms } from './annotations.ts';
import { explain } from './explain.ts';
import { type Surroundings, startSurroundings } from './surroundings.ts';

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

  it.each(runnable)('$place', async (block) => {
    const outcome = await surroundings.run(block);
    expect(outcome.ending, explain(block, outcome)).toBe(block.annotation.ending);
  });
});
