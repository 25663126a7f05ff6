// The configuration follows its file, and a broken file never replaces a good one.
import { execFileSync } from 'node:child_process';
import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ConfigSource, openConfigFile } from '../../src/config/config-file.ts';
import { formatProblem, type Problem } from '../../src/files/yaml-document.ts';
import { createFolder } from '../support/exporter-process.ts';
import { contextWith } from './validation.ts';

let folder: Awaited<ReturnType<typeof createFolder>>;
let file: string;
/** What the listener was told, in order. */
let told: string[];
let nowMs: number;

beforeEach(async () => {
  folder = await createFolder();
  file = join(folder.path, 'config.yaml');
  told = [];
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

async function open(env: NodeJS.ProcessEnv = {}): Promise<ConfigSource> {
  const listener = {
    reloaded: () => void told.push('reloaded'),
    failed: (problems: readonly Problem[]) => void told.push(...problems.map(({ path }) => `failed: ${path}`)),
  };
  const { source, problems = [] } = await openConfigFile(file, contextWith(env), listener, () => nowMs);
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
  it('gives what stands in the file, and the time when it was read', async () => {
    const source = await openWith(configOf('ob1'));

    expect(idsOf(source)).toEqual(['ob1']);
    expect(source.state()).toEqual({ successful: true, lastSuccessMs: 1000 });
    expect(told).toEqual([]);
  });

  it('a bad file gives its problems', async () => {
    await writeFile(file, alsoBad);

    await expect(open()).rejects.toThrow(/provider[^]*instance/);
  });

  it('a file that is not there says so, and how to name another', async () => {
    const { problems = [] } = await openConfigFile(file, contextWith(), { reloaded() {}, failed() {} }, () => nowMs);

    expect(problems.map(({ message }) => message)).toEqual([expect.stringMatching(/no such file.*--config\.file/)]);
  });

  it('a folder says that it cannot be read', async () => {
    const { problems = [] } = await openConfigFile(
      folder.path,
      contextWith(),
      { reloaded() {}, failed() {} },
      () => nowMs,
    );

    expect(problems.map(({ message }) => message)).toEqual([expect.stringMatching(/cannot be read: it is a folder/)]);
  });
});

describe('a file that could block the program', () => {
  const problemsOf = async () => {
    const { problems = [] } = await openConfigFile(file, contextWith(), { reloaded() {}, failed() {} }, () => nowMs);
    return problems.map(({ message }) => message);
  };

  it('is refused: a pipe', async () => {
    execFileSync('mkfifo', [file]);
    expect(await problemsOf()).toEqual([expect.stringContaining('cannot be read: it is not a regular file')]);
  });

  it('is refused: more than 16 MiB', async () => {
    await writeFile(file, '#'.repeat(16 * 1024 * 1024 + 1));
    expect(await problemsOf()).toEqual([expect.stringContaining('cannot be read: it is larger than 16384 KiB')]);
  });
});

describe('a file that has not changed', () => {
  it('is not told about, and does not count as a new success', async () => {
    const source = await openWith(configOf('ob1'));
    nowMs = 2000;

    expect(await source.refresh()).toEqual([]);
    expect(told).toEqual([]);
    expect(source.state()).toEqual({ successful: true, lastSuccessMs: 1000 });
  });

  it('is not checked again: a secret that has gone since breaks its checks, not the configuration', async () => {
    const source = await openWith(configOf('ob1'));
    await rm(join(folder.path, 'key'));

    expect(await source.refresh()).toEqual([]);
    expect(source.state().successful).toBe(true);
  });

  it('is checked again when that is asked for: a missing secret is seen', async () => {
    const source = await openWith(configOf('ob1'));
    await rm(join(folder.path, 'key'));

    expect((await source.refresh(true)).map(({ path }) => path)).toEqual(['accounts.ob.access_key_secret_file']);
    expect(source.state().successful).toBe(false);
    expect(idsOf(source)).toEqual(['ob1']);
  });

  it('is good again as soon as its secret is back', async () => {
    const source = await openWith(configOf('ob1'));
    await rm(join(folder.path, 'key'));
    await source.refresh(true);
    await folder.write('key', 'secret');

    expect(await source.refresh()).toEqual([]);
    expect(source.state().successful).toBe(true);
  });

  it('is taken over anew when that is asked for', async () => {
    const source = await openWith(configOf('ob1'));
    nowMs = 2000;

    expect(await source.refresh(true)).toEqual([]);
    expect(source.state()).toEqual({ successful: true, lastSuccessMs: 2000 });
    expect(told).toEqual(['reloaded']);
  });
});

describe('a changed file that is good', () => {
  it('is taken over, told once', async () => {
    const source = await openWith(configOf('ob1'));
    await writeFile(file, configOf('ob2', 'ob3'));
    nowMs = 2000;
    await source.refresh();
    nowMs = 3000;
    await source.refresh();

    expect(idsOf(source)).toEqual(['ob2', 'ob3']);
    expect(source.state()).toEqual({ successful: true, lastSuccessMs: 2000 });
    expect(told).toEqual(['reloaded']);
  });
});

describe('a changed file that is bad', () => {
  it('leaves the last good one in force', async () => {
    const source = await openWith(configOf('ob1'));
    await writeFile(file, bad);
    nowMs = 2000;

    expect((await source.refresh()).map(({ path }) => path)).toEqual(['accounts.ob.provider']);
    expect(idsOf(source)).toEqual(['ob1']);
    expect(source.state()).toEqual({ successful: false, lastSuccessMs: 1000 });
  });

  it('is told once, however often it is looked at', async () => {
    const source = await openWith(configOf('ob1'));
    await writeFile(file, bad);
    for (const force of [false, false, true, false]) await source.refresh(force);

    expect(told).toEqual(['failed: accounts.ob.provider']);
  });

  it('is told again when it is broken in another way', async () => {
    const source = await openWith(configOf('ob1'));
    await writeFile(file, bad);
    await source.refresh();
    await writeFile(file, alsoBad);
    await source.refresh();

    expect(told).toEqual(['failed: accounts.ob.provider', 'failed: accounts.ob.provider', 'failed: instance']);
  });

  it('is told again when it was good in between', async () => {
    const source = await openWith(configOf('ob1'));
    for (const text of [bad, configOf('ob1'), bad]) {
      await writeFile(file, text);
      await source.refresh();
    }

    expect(told).toEqual(['failed: accounts.ob.provider', 'reloaded', 'failed: accounts.ob.provider']);
  });

  it('that is put right is taken over', async () => {
    const source = await openWith(configOf('ob1'));
    await writeFile(file, bad);
    await source.refresh();
    await writeFile(file, configOf('ob2'));
    nowMs = 2000;

    expect(await source.refresh()).toEqual([]);
    expect(idsOf(source)).toEqual(['ob2']);
    expect(source.state()).toEqual({ successful: true, lastSuccessMs: 2000 });
  });

  it('that is put back as it was is good again', async () => {
    const source = await openWith(configOf('ob1'));
    await writeFile(file, bad);
    await source.refresh();
    await writeFile(file, configOf('ob1'));
    await source.refresh();

    expect(source.state().successful).toBe(true);
    expect(told).toEqual(['failed: accounts.ob.provider', 'reloaded']);
  });
});

describe('a file that is removed', () => {
  it('leaves the last good configuration in force, told once', async () => {
    const source = await openWith(configOf('ob1'));
    await rm(file);
    for (let look = 0; look < 3; look++) await source.refresh();

    expect(idsOf(source)).toEqual(['ob1']);
    expect(source.state()).toEqual({ successful: false, lastSuccessMs: 1000 });
    expect(told).toEqual(['failed: ']);
  });

  it('that comes back is taken over', async () => {
    const source = await openWith(configOf('ob1'));
    await rm(file);
    await source.refresh();
    await writeFile(file, configOf('ob2'));
    await source.refresh();

    expect(idsOf(source)).toEqual(['ob2']);
    expect(source.state().successful).toBe(true);
  });
});

describe('several looks at a time', () => {
  /** An environment that counts how often the secret is looked at: once for each look at the file. */
  function countingEnvironment() {
    const looks = { count: 0 };
    const env = Object.defineProperty({}, 'KEY', {
      get: () => {
        looks.count++;
        return 'secret';
      },
    });
    return { env, looks };
  }

  const withVariable = (...ids: string[]) =>
    configOf(...ids).replace('access_key_secret_file: key', 'access_key_secret_env: KEY');

  it('are one look, and all of them see its end', async () => {
    await writeFile(file, withVariable('ob1'));
    const { env, looks } = countingEnvironment();
    const source = await open(env);
    await writeFile(file, `${withVariable('ob1')}extra: 1\n`);
    looks.count = 0;
    const found = await Promise.all([source.refresh(), source.refresh(), source.refresh()]);

    expect(found.map((problems) => problems.map(({ path }) => path))).toEqual([['extra'], ['extra'], ['extra']]);
    expect(looks.count).toBe(1);
    expect(told).toEqual(['failed: extra']);
  });

  it('a forced one does not settle for a look that began before it', async () => {
    let value = 'secret';
    let forced: Promise<readonly Problem[]> | undefined;
    const env = Object.defineProperty({}, 'KEY', {
      get: () => {
        const seen = value;
        if (source !== undefined && forced === undefined) {
          // The secret goes away just after the first look has seen it, and then the forced one is asked for.
          value = '';
          forced = source.refresh(true);
        }
        return seen;
      },
    });
    let source: ConfigSource | undefined;
    await writeFile(file, withVariable('ob1'));
    source = await open(env);

    expect(await source.refresh(true)).toEqual([]);
    expect((await forced)?.map(({ path }) => path)).toEqual(['accounts.ob.access_key_secret_env']);
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

  it('that is swapped is seen at the next look', async () => {
    await publish('..v1', configOf('ob1'), 'secret-1');
    for (const name of ['config.yaml', 'key']) await symlink(join('..data', name), join(folder.path, name));
    const source = await open();
    await publish('..v2', configOf('ob2'), 'secret-2');
    await rm(join(folder.path, '..v1'), { recursive: true });
    await source.refresh();

    expect(idsOf(source)).toEqual(['ob2']);
    expect(told).toEqual(['reloaded']);
  });
});
