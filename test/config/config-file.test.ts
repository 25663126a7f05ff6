// The configuration follows its file, and an invalid file never replaces a valid one.
import { execFileSync } from 'node:child_process';
import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ConfigSource, openConfigFile } from '../../src/config/config-file.ts';
import type { Validate } from '../../src/config/validate.ts';
import { formatProblem, type Problem } from '../../src/files/yaml-document.ts';
import { createFolder } from '../support/exporter-process.ts';
import { validateFile } from './validation.ts';

let folder: Awaited<ReturnType<typeof createFolder>>;
let file: string;
/** Calls of the listener, in order. */
let events: string[];
let nowMs: number;

beforeEach(async () => {
  folder = await createFolder();
  file = join(folder.path, 'config.yaml');
  events = [];
  nowMs = 1000;
});
afterEach(() => folder.remove());

/** A configuration with these instances, and a secret in the file `key` beside it. */
function configOf(...ids: string[]): string {
  return `
accounts:
  ob: { provider: oceanbase, access_key_id: id, access_key_secret_file: key }
instances: [${ids.map((id) => `{ id: ${id} }`).join(', ')}]
`;
}

const bad = 'accounts: { ob: { provider: aws } }\n';
const alsoBad = 'accounts: { ob: { provider: gcp, endpoint: x } }\ninstance: []\n';

async function open(validate: Validate = validateFile): Promise<ConfigSource> {
  const listener = {
    reloaded: () => void events.push('reloaded'),
    failed: (problems: readonly Problem[]) => void events.push(...problems.map(({ path }) => `failed: ${path}`)),
  };
  const { source, problems = [] } = await openConfigFile(file, validate, listener, () => nowMs);
  if (source === undefined) throw new Error(problems.map(formatProblem).join('\n'));
  return source;
}

async function openWith(text: string): Promise<ConfigSource> {
  await folder.write('key', 'secret');
  await writeFile(file, text);
  return await open();
}

const idsOf = (source: ConfigSource) => source.current().instances.map(({ id }) => id);

describe('opening', () => {
  it('returns the content of the file, and the time when it was read', async () => {
    const source = await openWith(configOf('ob1'));

    expect(idsOf(source)).toEqual(['ob1']);
    expect(source.state()).toEqual({ successful: true, lastSuccessMs: 1000 });
    expect(events).toEqual([]);
  });

  it('an invalid file returns its problems', async () => {
    await writeFile(file, alsoBad);

    await expect(open()).rejects.toThrow(/provider[^]*instance/);
  });

  it('a missing file is reported, with the flag that names another', async () => {
    const { problems = [] } = await openConfigFile(file, validateFile, { reloaded() {}, failed() {} }, () => nowMs);

    expect(problems.map(({ message }) => message)).toEqual([expect.stringMatching(/no such file.*--config\.file/)]);
  });

  it('a folder cannot be read', async () => {
    const { problems = [] } = await openConfigFile(
      folder.path,
      validateFile,
      { reloaded() {}, failed() {} },
      () => nowMs,
    );

    expect(problems.map(({ message }) => message)).toEqual([expect.stringMatching(/cannot be read: it is a folder/)]);
  });
});

describe('a file that could block the program', () => {
  const problemsOf = async () => {
    const { problems = [] } = await openConfigFile(file, validateFile, { reloaded() {}, failed() {} }, () => nowMs);
    return problems.map(({ message }) => message);
  };

  it('is read once when it is a pipe: later reads keep its configuration', async () => {
    execFileSync('mkfifo', [file]);
    const writer = writeFile(file, 'accounts: { main: { provider: oceanbase } }');
    const reloads: string[] = [];
    const listener = { reloaded: () => void reloads.push('reloaded'), failed: () => void reloads.push('failed') };
    const { source } = await openConfigFile(file, validateFile, listener, () => nowMs);
    await writer;
    expect([...(source?.current().accounts.keys() ?? [])]).toEqual(['main']);
    expect(await source?.refresh(true)).toEqual([]);
    expect(reloads).toEqual([]);
  });

  it('is refused: more than 16 MiB', async () => {
    await writeFile(file, '#'.repeat(16 * 1024 * 1024 + 1));
    expect(await problemsOf()).toEqual([expect.stringContaining('cannot be read: it is larger than 16384 KiB')]);
  });
});

describe('a file that has not changed', () => {
  it('is not reported, and does not count as a new success', async () => {
    const source = await openWith(configOf('ob1'));
    nowMs = 2000;

    expect(await source.refresh()).toEqual([]);
    expect(events).toEqual([]);
    expect(source.state()).toEqual({ successful: true, lastSuccessMs: 1000 });
  });

  it('is valid without its secrets, which fail the checks of their account', async () => {
    const source = await openWith(configOf('ob1'));
    await rm(join(folder.path, 'key'));

    expect([await source.refresh(), await source.refresh(true)]).toEqual([[], []]);
    expect(source.state().successful).toBe(true);
  });

  it('is reloaded by a forced reload', async () => {
    const source = await openWith(configOf('ob1'));
    nowMs = 2000;

    expect(await source.refresh(true)).toEqual([]);
    expect(source.state()).toEqual({ successful: true, lastSuccessMs: 2000 });
    expect(events).toEqual(['reloaded']);
  });
});

describe('a changed file that is valid', () => {
  it('is reloaded, reported once', async () => {
    const source = await openWith(configOf('ob1'));
    await writeFile(file, configOf('ob2', 'ob3'));
    nowMs = 2000;
    await source.refresh();
    nowMs = 3000;
    await source.refresh();

    expect(idsOf(source)).toEqual(['ob2', 'ob3']);
    expect(source.state()).toEqual({ successful: true, lastSuccessMs: 2000 });
    expect(events).toEqual(['reloaded']);
  });
});

describe('a changed file that is invalid', () => {
  it('keeps the last valid configuration', async () => {
    const source = await openWith(configOf('ob1'));
    await writeFile(file, bad);
    nowMs = 2000;

    expect((await source.refresh()).map(({ path }) => path)).toEqual(['accounts.ob.provider']);
    expect(idsOf(source)).toEqual(['ob1']);
    expect(source.state()).toEqual({ successful: false, lastSuccessMs: 1000 });
  });

  it('is reported once, however often it is read', async () => {
    const source = await openWith(configOf('ob1'));
    await writeFile(file, bad);
    for (const force of [false, false, true, false]) await source.refresh(force);

    expect(events).toEqual(['failed: accounts.ob.provider']);
  });

  it('is reported again when its problems change', async () => {
    const source = await openWith(configOf('ob1'));
    await writeFile(file, bad);
    await source.refresh();
    await writeFile(file, alsoBad);
    await source.refresh();

    expect(events).toEqual(['failed: accounts.ob.provider', 'failed: accounts.ob.provider', 'failed: instance']);
  });

  it('is reported again when it was valid in between', async () => {
    const source = await openWith(configOf('ob1'));
    for (const text of [bad, configOf('ob1'), bad]) {
      await writeFile(file, text);
      await source.refresh();
    }

    expect(events).toEqual(['failed: accounts.ob.provider', 'reloaded', 'failed: accounts.ob.provider']);
  });

  it('that is corrected is reloaded', async () => {
    const source = await openWith(configOf('ob1'));
    await writeFile(file, bad);
    await source.refresh();
    await writeFile(file, configOf('ob2'));
    nowMs = 2000;

    expect(await source.refresh()).toEqual([]);
    expect(idsOf(source)).toEqual(['ob2']);
    expect(source.state()).toEqual({ successful: true, lastSuccessMs: 2000 });
  });

  it('that is reverted is valid again', async () => {
    const source = await openWith(configOf('ob1'));
    await writeFile(file, bad);
    await source.refresh();
    await writeFile(file, configOf('ob1'));
    await source.refresh();

    expect(source.state().successful).toBe(true);
    expect(events).toEqual(['failed: accounts.ob.provider', 'reloaded']);
  });
});

describe('a file that is removed', () => {
  it('keeps the last valid configuration, reported once', async () => {
    const source = await openWith(configOf('ob1'));
    await rm(file);
    for (let n = 0; n < 3; n++) await source.refresh();

    expect(idsOf(source)).toEqual(['ob1']);
    expect(source.state()).toEqual({ successful: false, lastSuccessMs: 1000 });
    expect(events).toEqual(['failed: ']);
  });

  it('that comes back is reloaded', async () => {
    const source = await openWith(configOf('ob1'));
    await rm(file);
    await source.refresh();
    await writeFile(file, configOf('ob2'));
    await source.refresh();

    expect(idsOf(source)).toEqual(['ob2']);
    expect(source.state().successful).toBe(true);
  });
});

describe('simultaneous reads', () => {
  it('are one read with one result', async () => {
    let reads = 0;
    const counting: Validate = (name, text) => {
      reads++;
      return validateFile(name, text);
    };
    await writeFile(file, configOf('ob1'));
    const source = await open(counting);
    await writeFile(file, `${configOf('ob1')}extra: 1\n`);
    reads = 0;
    const found = await Promise.all([source.refresh(), source.refresh(), source.refresh()]);

    expect(found.map((problems) => problems.map(({ path }) => path))).toEqual(
      Array.from({ length: 3 }, () => ['(not a name)']),
    );
    expect(reads).toBe(1);
    expect(events).toEqual(['failed: (not a name)']);
  });

  it('a forced one starts a new read instead of joining one in progress', async () => {
    let forced: Promise<readonly Problem[]> | undefined;
    let source: ConfigSource | undefined;
    const changing: Validate = async (name, text) => {
      if (source !== undefined && forced === undefined) {
        // The file changes after the first read, then a forced reload is requested.
        await writeFile(file, bad);
        forced = source.refresh(true);
      }
      return await validateFile(name, text);
    };
    await writeFile(file, configOf('ob1'));
    source = await open(changing);

    expect(await source.refresh(true)).toEqual([]);
    expect((await forced)?.map(({ path }) => path)).toEqual(['accounts.ob.provider']);
    expect(source.state().successful).toBe(false);
  });
});

describe('a volume of Kubernetes', () => {
  /** Writes a version and points `..data` at it in one step, as the kubelet does. */
  async function publish(version: string, config: string, key: string): Promise<void> {
    const data = join(folder.path, version);
    await mkdir(data);
    await writeFile(join(data, 'config.yaml'), config);
    await writeFile(join(data, 'key'), key);
    await symlink(version, join(folder.path, '..data_tmp'));
    await rename(join(folder.path, '..data_tmp'), join(folder.path, '..data'));
  }

  it('that is swapped is seen by the next read', async () => {
    await publish('..v1', configOf('ob1'), 'secret-1');
    for (const name of ['config.yaml', 'key']) await symlink(join('..data', name), join(folder.path, name));
    const source = await open();
    await publish('..v2', configOf('ob2'), 'secret-2');
    await rm(join(folder.path, '..v1'), { recursive: true });
    await source.refresh();

    expect(idsOf(source)).toEqual(['ob2']);
    expect(events).toEqual(['reloaded']);
  });
});
