// `--format json`: one object, see schema.ts.
import type { Report } from './schema.ts';

/** The report in pieces of one instance. */
export function* renderJson({ instances, ...head }: Report): Generator<string> {
  const text = JSON.stringify({ ...head, instances: [] }, null, 2);
  yield text.slice(0, text.lastIndexOf(']'));
  let separator = '\n    ';
  for (const instance of instances) {
    yield `${separator}${JSON.stringify(instance, null, 2).replaceAll('\n', '\n    ')}`;
    separator = ',\n    ';
  }
  yield '\n  ]\n}\n';
}
