// The directions of import between the folders of src; see CONTRIBUTING.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const src = resolve(import.meta.dirname, '../src');

const guide = readFileSync(resolve(src, '../CONTRIBUTING.md'), 'utf8');

/** The rows of the table in CONTRIBUTING: a folder or file, and the other folders that it may import from. */
const rows = [...guide.matchAll(/^\| `(?:src\/)?(\S+?)\/?` \|.*\| (.+) \|$/gm)].map(([, room = '', allowed = '']) => ({
  room,
  allowed: allowed.split(', ').filter((name) => name !== 'nothing'),
}));
const maxLines = Number(/at most (\d+) lines, a function/.exec(guide)?.[1]);
const below = (row: number) => rows.slice(row + 1).flatMap(({ room }) => (room.includes('/') ? [] : [room]));
const mayImport = new Map(
  rows.map(({ room, allowed }, row) => [room, allowed[0] === 'everything below' ? below(row) : allowed]),
);

/** Packages that belong to one side of the program only. */
const packageRooms: Record<string, readonly string[]> = {
  'prom-client': ['metrics'],
  tinyqueue: ['collector'],
  express: ['web'],
  bcryptjs: ['web'],
  axios: ['http'],
  yaml: ['files'],
  ini: ['providers'],
  yauzl: ['ca-bundle'],
  'string-width': ['report'],
  'wrap-ansi': ['report'],
  commander: ['commands'],
  pino: ['commands'],
};

function files(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? files(path) : path.endsWith('.ts') ? [path] : [];
  });
}

/** Value and type imports alike. */
function importsOf(path: string): string[] {
  return [...readFileSync(path, 'utf8').matchAll(/(?:from|import)\s+'([^']+)'/g)].map((match) => match[1] ?? '');
}

/** The first folder of a path in src; the file itself at the top. */
const roomOf = (path: string) => relative(src, path).split('/')[0] ?? '';

/** `vendor` and `vendor/product` of a file of a provider. */
function providerOf(path: string): { vendor: string; product: string } {
  const [, vendor = '', ...rest] = relative(src, path).split('/');
  return { vendor, product: rest.length > 1 ? `${vendor}/${rest[0]}` : vendor };
}

/** Why a file may not import a target; undefined: it may. */
function breach(path: string, target: string): string | undefined {
  const name = relative(src, path);
  const room = roomOf(path);
  if (!target.startsWith('.')) {
    const rooms = packageRooms[target];
    return rooms === undefined || rooms.includes(room) ? undefined : `${name} imports the package ${target}`;
  }
  const file = resolve(dirname(path), target);
  const other = roomOf(file);
  const allowed = mayImport.get(name) ?? mayImport.get(room) ?? [];
  if (other !== room) return allowed.includes(other) ? undefined : `${name} imports ${target}`;
  if (room !== 'providers' || name === 'providers/index.ts') return undefined;
  // A product may import its own vendor's folder, but no other product; a vendor's folder imports no product.
  const from = providerOf(path);
  const to = providerOf(file);
  const own = to.product === from.product || to.product === from.vendor;
  return own ? undefined : `${name} imports ${target} of another provider`;
}

describe('the rooms', () => {
  it('import only what design and CONTRIBUTING allow', () => {
    const breaches = files(src).flatMap((path) => importsOf(path).flatMap((target) => breach(path, target) ?? []));
    expect(breaches).toEqual([]);
  });

  it('are all in the table of CONTRIBUTING, which has no other', () => {
    const rooms = new Set(files(src).map(roomOf));
    const named = rows.map(({ room }) => room).filter((room) => !room.includes('/'));

    expect(named.toSorted()).toEqual([...rooms].toSorted());
    expect([...mayImport.values()].flat().filter((name) => !mayImport.has(name))).toEqual([]);
  });

  it.each(['grafana/src', 'prometheus/src'])('are imported by %s as the table says', (folder) => {
    const imported = files(resolve(src, '..', folder)).flatMap(importsOf);
    const rooms = imported.flatMap((target) => /^\.\.\/\.\.\/src\/([\w-]+)/.exec(target)?.[1] ?? []);

    expect([...new Set(rooms)].toSorted()).toEqual(mayImport.get(folder)?.toSorted());
  });

  it('import what the table says', () => {
    const used = new Set(
      files(src).flatMap((path) => {
        const name = relative(src, path);
        const from = mayImport.has(name) ? name : roomOf(path);
        const targets = importsOf(path).filter((target) => target.startsWith('.'));
        return targets.map((target) => `${from} -> ${roomOf(resolve(dirname(path), target))}`);
      }),
    );
    const promised = rows.flatMap(({ room, allowed }) =>
      room === 'commands' || room.endsWith('/src') ? [] : allowed.map((name) => `${room} -> ${name}`),
    );

    expect(promised.filter((direction) => !used.has(direction))).toEqual([]);
  });

  it('begin each file with a sentence on its duty', () => {
    const silent = files(src).filter((path) => !/^(?:#!.*\n)?\/\/ \S/.test(readFileSync(path, 'utf8')));
    expect(silent).toEqual([]);
  });

  it('have no file that is longer than CONTRIBUTING says', () => {
    const long = files(src).filter((path) => readFileSync(path, 'utf8').split('\n').length > maxLines + 1);
    expect(long.map((path) => relative(src, path))).toEqual([]);
  });
});
