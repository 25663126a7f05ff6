// docs/commands.md and docs/report.md have the flags, defaults and exit statuses of the program; other pages name no other
// flags.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command, Option } from 'commander';
import { describe, expect, it } from 'vitest';
import { type Actions, createProgram } from '../../src/commands/program.ts';
import { markdownFiles, root, sectionsOf } from '../support/markdown.ts';

const page = readFileSync(join(root, 'docs/commands.md'), 'utf8');
const report = readFileSync(join(root, 'docs/report.md'), 'utf8');
const sections = sectionsOf(page);

const build = { version: '1.2.3', revision: 'abc', nodeVersion: 'v20' };
const program = createProgram(build, {} as Actions, () => undefined);
const commands = new Map(program.commands.map((command) => [command.name(), command]));

/** The options of a command, in its help. */
const optionsOf = (command: Command | undefined) =>
  command === undefined
    ? []
    : command
        .createHelp()
        .visibleOptions(command)
        .filter(({ long }) => long !== '--help');
const flagsOf = (command: Command | undefined) => optionsOf(command).map(({ long }) => long ?? '');

/** The default of an option as its help has it; without one `off` of a switch, and `none`. */
function defaultOf({ defaultValue, defaultValueDescription, description, required }: Option): string {
  const inText = /\(default: (.*)\)|instead of (stdout)/.exec(description);
  const text = inText?.[1] ?? inText?.[2] ?? defaultValueDescription;
  if (text !== undefined) return text;
  if (!required) return 'off';
  return defaultValue === undefined ? 'none' : String(defaultValue);
}

/** A row of a table of flags; one with several flags is a row for each. */
interface FlagRow {
  flag: string;
  value: string;
  /** The third column. */
  rest: string;
}

/** The rows of the tables of flags in a text. */
function flagRows(text: string): FlagRow[] {
  return [...text.matchAll(/^\| (`--.*?) \| (.*?) \| (.*) \|$/gm)].flatMap(([, flags = '', values = '', rest = '']) => {
    const value = values.replaceAll('`', '').replace(/;.*/, '').split(', ');
    return [...flags.matchAll(/`(--[\w.-]+)`/g)].map(([, flag = ''], index) => ({
      flag,
      value: value[index] ?? value[0] ?? '',
      rest,
    }));
  });
}

const shared = flagRows(sections.get('Flags') ?? '');

/** The commands that have a flag, by the third column of the table of shared flags. */
function commandsIn(rest: string): string[] {
  const names = [...rest.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);
  const other = shared.find(({ flag }) => flag === names[0]);
  if (other !== undefined) return commandsIn(other.rest);
  return rest.startsWith('all but ') ? [...commands.keys()].filter((name) => !names.includes(name)) : names;
}

const sharedBy = (command: string) =>
  shared.filter(({ rest }) => commandsIn(rest).includes(command)).map(({ flag }) => flag);

describe('the flags in docs/commands.md', () => {
  it('has a section for each command', () => {
    expect([...sections.keys()].filter((name) => commands.has(name))).toEqual([...commands.keys()]);
  });

  it.each(['serve', 'probe'])('are those of %s', (name) => {
    const rows = flagRows(sections.get(name) ?? '');
    const listed = [...sharedBy(name), ...rows.map(({ flag }) => flag)];
    expect(listed.toSorted()).toEqual(flagsOf(commands.get(name)).toSorted());
  });

  it.each(['check-config', 'scrape'])('are those of %s, shared or in the text', (name) => {
    const inText = (sections.get(name) ?? '').match(/--[\w.-]+/g) ?? [];
    const flags = flagsOf(commands.get(name));
    const listed = new Set([...sharedBy(name), ...inText]);
    expect(flags.filter((flag) => !listed.has(flag))).toEqual([]);
    expect([...listed].filter((flag) => !flags.includes(flag))).toEqual([]);
  });

  it('are those of report, whose other flags are in docs/report.md', () => {
    const listed = new Set([...sharedBy('report'), ...flagRows(report).map(({ flag }) => flag)]);
    expect([...listed].toSorted()).toEqual(flagsOf(commands.get('report')).toSorted());
  });

  it('are for demo those of serve, without --config.file', () => {
    expect(flagsOf(commands.get('demo'))).toEqual(
      flagsOf(commands.get('serve')).filter((flag) => flag !== '--config.file'),
    );
    expect(sections.get('demo')).toContain('without `--config.file`');
    expect(sharedBy('demo').toSorted()).toEqual(
      sharedBy('serve')
        .filter((flag) => flag !== '--config.file')
        .toSorted(),
    );
    const address = optionsOf(commands.get('demo')).find(({ long }) => long === '--web.listen-address');
    expect(sections.get('demo')).toContain(`listens on ${address && defaultOf(address)}.`);
  });

  it.each([
    ...shared.map((row) => ({ ...row, command: commandsIn(row.rest)[0] ?? '' })),
    ...['serve', 'probe'].flatMap((command) =>
      flagRows(sections.get(command) ?? '').map((row) => ({ ...row, command })),
    ),
    ...flagRows(report).map((row) => ({ ...row, command: 'report' })),
  ])('have the default of $command $flag', ({ command, flag, value }) => {
    const option = optionsOf(commands.get(command)).find(({ long }) => long === flag);
    expect(value).toBe(option && defaultOf(option));
  });

  it('has the choices of a flag', () => {
    const withChoices = [...commands.values()].flatMap(optionsOf).filter(({ argChoices }) => argChoices !== undefined);
    expect(withChoices.length).toBeGreaterThan(3);
    for (const { long, argChoices } of withChoices) {
      const lines = [page, report].join('\n').match(new RegExp(`^\\| \`${long}\` .*$`, 'gm')) ?? [];
      const names = lines.map((line) => new Set(line.match(/(?<=`)[a-z]+(?=`)/g)));
      expect(
        names.some((set) => argChoices?.every((choice) => set.has(choice))),
        `${long}: ${argChoices?.join(', ')}`,
      ).toBe(true);
    }
  });
});

describe('flags with the names of Prometheus', () => {
  const known = new Set([...commands.values()].flatMap(flagsOf));

  it.each(markdownFiles())('in %s are some of the program', (name) => {
    const named = readFileSync(join(root, name), 'utf8').match(/--(?:config|log|scrape|web)[.-][\w.-]*\w/g) ?? [];
    expect(named.filter((flag) => !known.has(flag))).toEqual([]);
  });
});

describe('the exit statuses', () => {
  /** The contract of the program; of `report` and `probe`, the help has it, too. */
  const statuses: Record<string, number[]> = {
    serve: [0, 1, 2],
    'check-config': [0, 1],
    scrape: [0, 1, 3],
    report: [0, 1, 3, 4],
    probe: [0, 1, 3, 4],
  };
  const rows = [...page.matchAll(/^\| \[`([\w-]+).*\|(.*)\|$/gm)].map(([, name = '', text = '']) => ({ name, text }));
  const rowOf = (name: string) => rows.find((row) => row.name === name)?.text ?? '';

  it('are in a row for each command', () => {
    expect(rows.map(({ name }) => name)).toEqual([...commands.keys()]);
    expect(rowOf('demo').trim()).toBe('as `serve`');
  });

  it.each(Object.entries(statuses))('of %s are those of the program', (name, expected) => {
    const numbers = [...rowOf(name).matchAll(/(?:^ |[;,] )(\d)\b/g)].map(([, status]) => Number(status));
    expect(numbers).toEqual(expected);
  });

  it.each(['report', 'probe'])('of %s are those of its help', (name) => {
    let help = '';
    commands
      .get(name)
      ?.configureOutput({ writeOut: (text) => (help += text) })
      .outputHelp();
    const listed = [...help.slice(help.indexOf('Exit status:')).matchAll(/^ {2}(\d) {2}\S/gm)];
    expect(listed.map(([, status]) => Number(status))).toEqual(statuses[name]);
  });

  it('of report are those of docs/report.md', () => {
    const listed = [...report.matchAll(/^\| (\d) \|/gm)].map(([, status]) => Number(status));
    expect(listed).toEqual(statuses['report']);
  });

  it('has the default of --min-days', () => {
    const option = optionsOf(commands.get('report')).find(({ long }) => long === '--min-days');
    expect(rowOf('report')).toContain(`\`--min-days\` (${option?.defaultValue})`);
  });
});
