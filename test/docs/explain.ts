// The message for a block of commands that does not end as its annotation says.
import type { Annotation, CommandBlock } from './annotations.ts';
import type { Outcome } from './run-block.ts';

type Run = CommandBlock<Exclude<Annotation, { kind: 'not run' }>>;

/** What a reader of the document would see, and what to change. */
export function explain({ place, text, annotation }: Run, { ending, output }: Outcome): string {
  const expected = annotation.ending === 'listening' ? 'serve until it is stopped' : `exit with ${annotation.ending}`;
  const happened = {
    late: 'had not ended in time; write <!-- run: until listening --> if it serves',
    listening: 'served',
  };
  const was = typeof ending === 'number' ? `exited with ${ending}` : happened[ending];
  return `${place}: this block should ${expected}, and it ${was}. Correct the block or its annotation.
--- the block
${text}--- what it printed
${output.slice(-4000)}`;
}
