// What the comment before a block of commands says: how the tests run it, or why they cannot.
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { allBlocks, type CodeBlock, root } from '../support/markdown.ts';

/** What serves while a block runs; see surroundings.ts. */
const services = ['demo', 'clouds', 'database'] as const;

/** Programs that are no part of the project: blocks that need one run in test/peers. */
const peers = ['promtool', 'amtool', 'openssl', 'yq', 'helm'] as const;

export type Service = (typeof services)[number];
export type PeerProgram = (typeof peers)[number];

/** How a block ends. */
export type Ending = number | 'listening';

/** How a block is run. */
export type Annotation =
  | { kind: 'run'; services: Service[]; peers: PeerProgram[]; ending: Ending }
  | { kind: 'run in'; file: string; ending: Ending }
  | { kind: 'not run'; reason: string };

/** A block of commands. */
export interface CommandBlock<A extends Annotation = Annotation> {
  /** `PAGE:LINE`, as editors open it. */
  place: string;
  page: string;
  text: string;
  annotation: A;
}

/** Shown when an annotation is missing or wrong. */
export const forms = `Write one of these on the line directly before the block:
  <!-- run -->                          it exits with 0, in the root of a copy of the project
  <!-- run: exit 4 -->                  it exits with 4
  <!-- run: until listening -->         it serves until it is stopped
  <!-- run with: clouds, exit 4 -->     it needs one or more of ${[...services, ...peers].join(', ')}
  <!-- run in: test/FILE.test.ts -->    that test runs it (blocksRunBy)
  <!-- not run: needs Docker -->        no test can run it, and why
  <!-- not run: placeholders -->        a reader must replace what is in CAPITALS`;

/** All blocks of commands of all pages; the annotations that are missing or wrong are `problems`. */
export function commandBlocks(): { blocks: CommandBlock[]; problems: string[] } {
  const blocks: CommandBlock[] = [];
  const problems: string[] = [];
  for (const block of allBlocks('sh', 'bash', 'console', 'shell')) {
    const { page, line, text } = block;
    const place = `${page}:${line}`;
    try {
      blocks.push({ place, page, text, annotation: annotationOf(block) });
    } catch (error) {
      problems.push(`${place}: ${(error as Error).message}`);
    }
  }
  return { blocks, problems };
}

/** Those that have this kind of annotation. */
export function blocksOfKind<K extends Annotation['kind']>(kind: K): CommandBlock<Extract<Annotation, { kind: K }>>[] {
  return commandBlocks().blocks.filter(
    (block): block is CommandBlock<Extract<Annotation, { kind: K }>> => block.annotation.kind === kind,
  );
}

/** The blocks that say `run in:` with this test file, which is to run every one. @param file its `import.meta.filename` */
export function blocksRunBy(file: string) {
  return blocksOfKind('run in').filter(({ annotation }) => annotation.file === relative(root, file));
}

/** What is wrong with an annotation that names a test file. */
export function problemOfFile(file: string): string | undefined {
  let source: string;
  try {
    source = readFileSync(join(root, file), 'utf8');
  } catch {
    return `there is no ${file}`;
  }
  if (source.includes('blocksRunBy(import.meta.filename)')) return undefined;
  return `${file} does not run the blocks of documents: call blocksRunBy(import.meta.filename) of test/docs/annotations.ts there`;
}

/** @throws when the annotation is missing or not one of `forms` */
export function annotationOf({ comment, text }: Pick<CodeBlock, 'comment' | 'text'>): Annotation {
  const fail = (what: string): never => {
    throw new Error(what);
  };
  if (/^\$ /m.test(text)) fail('a line starts with the prompt "$ ": leave it out, so that the block can be copied');
  if (comment === undefined) return fail('this block of commands has no annotation');
  if (comment.startsWith('not run:')) return { kind: 'not run', reason: reasonOf(comment, text, fail) };

  const [matched, withNames = '', file, outcome = ''] =
    /^run(?: with: ([a-z]+(?:, (?!exit|until)[a-z]+)*)| in: (test\/[^\s,]+\.test\.ts))?(?:[:,] (exit \d+|until listening))?$/.exec(
      comment,
    ) ?? [];
  if (matched === undefined) return fail(`the annotation "${comment}" is not known`);
  const ending = outcome === 'until listening' ? 'listening' : Number(outcome.split(' ')[1] ?? 0);
  if (file !== undefined) {
    const problem = problemOfFile(file);
    return problem === undefined ? { kind: 'run in', file, ending } : fail(problem);
  }
  const names = withNames === '' ? [] : withNames.split(', ');
  const known: readonly string[] = [...services, ...peers];
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) fail(`"${unknown.join(', ')}" is nothing to run a block with`);
  if (/\bnpm (?:ci|i|install)\b/.test(text)) {
    fail('it installs packages: write <!-- run in: test/peers/release.test.ts -->, which may use the registry');
  }
  return {
    kind: 'run',
    services: services.filter((name) => names.includes(name)),
    peers: peers.filter((name) => names.includes(name)),
    ending,
  };
}

function reasonOf(comment: string, text: string, fail: (what: string) => never): string {
  const reason = comment.slice('not run:'.length).trim();
  if (reason === '') fail('it does not say why it cannot run');
  if (reason === 'placeholders' && !/(?<![$\w{])[A-Z][A-Z_]{2,}(?![\w=])/.test(text)) {
    fail('it says "placeholders", and nothing in it is in CAPITALS');
  }
  return reason;
}
