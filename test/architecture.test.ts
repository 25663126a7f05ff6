import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { providers } from '../src/providers/index.ts';

const src = resolve(import.meta.dirname, '../src');

/** Which rooms a room may import from, itself apart. */
const mayImport: Record<string, readonly string[]> = {
  'main.ts': ['commands'],
  commands: ['core', 'config', 'providers', 'http', 'collector', 'metrics', 'web', 'web-config', 'demo'],
  core: [],
  config: ['core', 'http'],
  'providers/index.ts': ['core', 'providers'],
  providers: ['core', 'http'],
  http: ['core'],
  collector: ['core'],
  metrics: ['core'],
  web: ['core', 'metrics', 'web-config'],
  'web-config': ['core', 'config'],
  demo: [],
};

/** Packages that belong to one side of the program only. */
const packageRooms: Record<string, readonly string[]> = {
  'prom-client': ['metrics'],
  express: ['web'],
  bcryptjs: ['web'],
  axios: ['http'],
  yaml: ['config', 'web-config'],
  ini: ['providers'],
  commander: ['commands'],
  pino: ['commands'],
};

function files(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? files(path) : path.endsWith('.ts') ? [path] : [];
  });
}

/** `providers/oceanbase` for files of a cloud, the first folder for others, the file itself in src. */
function roomOf(path: string): string {
  const parts = relative(src, path).split('/');
  return parts[0] === 'providers' && parts.length > 2 ? `providers/${parts[1]}` : (parts[0] ?? '');
}

/** Value and type imports alike. */
function importsOf(path: string): string[] {
  return [...readFileSync(path, 'utf8').matchAll(/(?:from|import)\s+'([^']+)'/g)].map((match) => match[1] ?? '');
}

describe('the rooms', () => {
  it.each(files(src).map((path) => relative(src, path)))('%s imports only what its room may', (name) => {
    const path = join(src, name);
    const room = roomOf(path);
    const allowed = mayImport[name] ?? mayImport[room.split('/')[0] ?? ''] ?? [];
    for (const target of importsOf(path)) {
      if (!target.startsWith('.')) {
        const rooms = packageRooms[target];
        if (rooms !== undefined) expect(rooms, `${target} in ${name}`).toContain(room.split('/')[0]);
        continue;
      }
      const other = roomOf(resolve(dirname(path), target));
      if (other === room) continue;
      expect(allowed, `${name} imports ${target}`).toContain(other.split('/')[0]);
      if (room.startsWith('providers/')) expect(other, `${name} imports ${target}`).not.toMatch(/^providers/);
    }
  });

  it('hold a folder for each provider in the list, and no other', () => {
    const folders = readdirSync(join(src, 'providers')).filter((name) => !name.endsWith('.ts'));
    expect(folders.toSorted()).toEqual(providers.map(({ id }) => id.replaceAll('_', '-')).toSorted());
  });

  it('begin each file with a sentence on its duty', () => {
    const silent = files(src).filter((path) => !/^(?:#!.*\n)?\/\/ \S/.test(readFileSync(path, 'utf8')));
    expect(silent).toEqual([]);
  });
});
