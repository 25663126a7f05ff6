// The directions of import between the folders of src; see CONTRIBUTING.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const src = resolve(import.meta.dirname, '../src');

/** The other folders that a folder may import from. */
const mayImport: Record<string, readonly string[]> = {
  'main.ts': ['commands'],
  commands: [
    'model',
    'files',
    'config',
    'fleet',
    'providers',
    'http',
    'probe',
    'ca-bundle',
    'collector',
    'posture',
    'report',
    'metrics',
    'web',
    'web-config',
    'demo',
  ],
  model: [],
  files: ['model'],
  config: ['files', 'http', 'model'],
  fleet: ['model'],
  'providers/index.ts': ['providers', 'probe', 'ca-bundle', 'model'],
  providers: ['http', 'ca-bundle', 'model'],
  http: ['model'],
  probe: ['model'],
  'ca-bundle': ['http', 'model'],
  collector: ['fleet', 'model'],
  posture: ['model'],
  report: ['posture', 'model'],
  metrics: ['model'],
  web: ['metrics', 'posture', 'web-config', 'model'],
  'web-config': ['files', 'model'],
  demo: [],
};

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
  const allowed = mayImport[name] ?? mayImport[room] ?? [];
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

  it('are all in the table of CONTRIBUTING', () => {
    const guide = readFileSync(resolve(src, '../CONTRIBUTING.md'), 'utf8');
    const rooms = new Set(files(src).map(roomOf));
    expect([...rooms].filter((room) => !guide.includes(`\`src/${room}`))).toEqual([]);
    expect([...rooms].filter((room) => mayImport[room] === undefined)).toEqual([]);
  });

  it('begin each file with a sentence on its duty', () => {
    const silent = files(src).filter((path) => !/^(?:#!.*\n)?\/\/ \S/.test(readFileSync(path, 'utf8')));
    expect(silent).toEqual([]);
  });

  it('have no file over 250 lines', () => {
    const long = files(src).filter((path) => readFileSync(path, 'utf8').split('\n').length > 251);
    expect(long.map((path) => relative(src, path))).toEqual([]);
  });
});
