// What documents show of other programs: queries and configurations of Prometheus, values of the chart, and the blocks of
// commands that need such a program.
import { spawnSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { blocksOfKind, type PeerProgram } from '../docs/annotations.ts';
import { explain } from '../docs/explain.ts';
import { type Surroundings, startSurroundings } from '../docs/surroundings.ts';
import { allBlocks } from '../support/markdown.ts';
import { findHelm } from './helm.ts';
import { loadKubernetesSchemas } from './kubernetes-schemas.ts';
import { createPeerFolder, findPeer, type PeerFolder } from './peer.ts';
import { template } from './rendered-chart.ts';

const promtool = findPeer('promtool');
const helm = await findHelm();
const validate = await loadKubernetesSchemas();
const placed = (...languages: string[]) =>
  allBlocks(...languages).map((block) => ({ ...block, place: `${block.page}:${block.line}` }));
const yamlWith = (annotation: string) => placed('yaml', 'yml').filter(({ comment }) => comment === annotation);

let folder: PeerFolder;
beforeAll(async () => {
  folder = await createPeerFolder();
});
afterAll(() => folder.remove());

function runPromtool(args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(promtool.path, args, { encoding: 'utf8' });
  return { status, printed: `${stdout}${stderr}` };
}

/** The queries of a block: blank lines are between them. Each with its line in the page. */
function queriesOf(text: string, line: number): { line: number; query: string }[] {
  let at = line + 1;
  return text.split(/\n\s*\n/).flatMap((part) => {
    const start = at;
    at += part.split('\n').length + 1;
    const query = part.replaceAll(/^\s*#.*$/gm, '').trim();
    return query === '' ? [] : [{ line: start, query }];
  });
}

describe.skipIf(promtool.missing)('queries', () => {
  it('can all be parsed by Prometheus', async () => {
    const groups = placed('promql').map(({ page, line, place, text }) => ({
      name: place,
      rules: queriesOf(text, line).map(({ line: at, query }) => ({
        record: 'document:query',
        labels: { at: `${page}:${at}` },
        expr: query,
      })),
    }));
    expect(groups.length).toBeGreaterThan(50);
    for (const { name, rules } of groups) expect(rules, `${name} has no query`).not.toEqual([]);
    const { status, printed } = runPromtool([
      'check',
      'rules',
      await folder.write('queries.yml', stringify({ groups })),
    ]);
    const advice = `correct these queries (a blank line separates the queries of a block); each is named PAGE:LINE:\n${printed}`;
    expect(status, advice).toBe(0);
  });
});

describe.skipIf(promtool.missing)('configurations of Prometheus', () => {
  it.each(yamlWith('prometheus'))('$place is valid', async ({ text, place }) => {
    const files = join(folder.path, place.replaceAll('/', '-'));
    for (const name of filesNamedIn(parse(text))) {
      await mkdir(dirname(join(files, name)), { recursive: true });
      await writeFile(join(files, name), '');
    }
    await mkdir(files, { recursive: true });
    const file = join(files, 'prometheus.yml');
    await writeFile(file, text);
    const { status, printed } = runPromtool(['check', 'config', file]);
    expect(status, `${place}: correct this configuration of Prometheus; promtool says:\n${printed}`).toBe(0);
  });
});

/** The relative paths in keys such as `ca_file`, which have to exist. */
function filesNamedIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) =>
    key.endsWith('_file') && typeof inner === 'string' ? [inner] : filesNamedIn(inner),
  );
}

describe.skipIf(helm === undefined)('values of the chart', () => {
  it.each(yamlWith('values'))('$place are accepted', async ({ text, place }) => {
    const { status, stderr } = template(helm ?? '', await folder.write('values.yaml', text));
    expect(status, `${place}: correct these values; helm says:\n${stderr}`).toBe(0);
  });
});

describe.skipIf(validate === undefined)('objects of Kubernetes', () => {
  it.each(yamlWith('kubernetes'))('$place is valid', ({ text }) => {
    expect(validate?.(parse(text) as { apiVersion: string; kind: string })).toEqual([]);
  });
});

describe('blocks of commands', () => {
  const runnable = blocksOfKind('run').filter(({ annotation }) => annotation.peers.length > 0);
  const pathOfPeer = (name: PeerProgram) => (name === 'helm' ? (helm ?? '') : findPeer(name).path);
  const isThere = (block: (typeof runnable)[number]) => block.annotation.peers.every((name) => pathOfPeer(name) !== '');
  let surroundings: Surroundings;
  beforeAll(async () => {
    surroundings = await startSurroundings(helm?.startsWith('/') ? [helm] : []);
  });
  afterAll(() => surroundings.close());

  it.each(runnable.filter((block) => isThere(block)))('$place', async (block) => {
    const outcome = await surroundings.run(block);
    expect(outcome.ending, explain(block, outcome)).toBe(block.annotation.ending);
  });
});
