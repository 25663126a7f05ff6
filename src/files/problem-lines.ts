// Writes problems for people: all of a small file, and some of each kind where there are thousands.
import { formatProblem, type Problem } from './yaml-document.ts';

/** Up to this number of problems, all are written. */
const allShown = 100;

/** Of more problems, this number of each kind is written, and this number in all. */
const shownOfKind = 20;
const maxShown = 1000;

/** One line for each problem, with its excerpt below it; of more than 100, those of the same kind are summarised. */
export function problemLines(problems: readonly Problem[]): string[] {
  if (problems.length <= allShown) return problems.flatMap(linesOf);
  const lines: string[] = [];
  const shown = new Map<string, number>();
  const hidden = new Map<string, { first: Problem; count: number }>();
  let others = 0;
  for (const problem of problems) {
    const kind = kindOf(problem);
    const count = shown.get(kind) ?? 0;
    if (count < shownOfKind && lines.length < maxShown) {
      shown.set(kind, count + 1);
      lines.push(...linesOf(problem));
    } else if (count === 0) others++;
    else hidden.set(kind, { first: problem, count: (hidden.get(kind)?.count ?? 0) + 1 });
  }
  for (const { first, count } of hidden.values()) {
    const like = formatProblem({ ...first, file: '', line: 0, path: first.path.replace(/\d+/g, '…') });
    lines.push(`${first.file}: and ${count.toLocaleString('en')} more like this${like}`);
  }
  if (others > 0) lines.push(`${problems[0]?.file}: and ${others.toLocaleString('en')} more of other kinds`);
  return lines;
}

function linesOf(problem: Problem): string[] {
  return [formatProblem(problem), ...(problem.excerpt?.split('\n').map((line) => `    ${line}`) ?? [])];
}

/** The same for problems that differ in numbers only, such as positions in a list. */
function kindOf({ path, message, severity }: Problem): string {
  return `${severity} ${path} ${message}`.replace(/\d+/g, '');
}
