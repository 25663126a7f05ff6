// Bundles src into dist, which it replaces when the bundle is complete. One file loads in a third of the time of the
// hundreds that src and its libraries are; what starting does not need is in separate files.
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

function revision() {
  if (process.env.REVISION) return process.env.REVISION;
  try {
    return execFileSync('git', ['rev-parse', '--short=12', 'HEAD'], { stdio: ['ignore', 'pipe', 'ignore'] })
      .toString()
      .trim();
  } catch {
    return 'unknown';
  }
}

/** The licenses of all libraries in a bundle, which their authors ask to be kept with it. */
function licensesOf(inputs) {
  const folders = Object.keys(inputs).flatMap((path) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? []);
  const texts = [...new Set(folders)].toSorted().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    const text = file === undefined ? '' : `\n${readFileSync(join(folder, file), 'utf8').trim()}\n`;
    return `${name} ${version} (${license})\n${text}`;
  });
  return texts.join('\n----------------------------------------\n\n');
}

const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
const fresh = `dist.${process.pid}.new`;
const old = `dist.${process.pid}.old`;
try {
  const { metafile } = await build({
    entryPoints: ['src/main.ts', 'src/commands/validation-worker.ts', 'src/web/bcrypt-worker.js'],
    entryNames: '[name]',
    outdir: fresh,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    alias: { 'body-parser': './scripts/no-body-parser.cjs' },
    // Names stay: a stack trace in a report must be readable.
    minifySyntax: true,
    minifyWhitespace: true,
    define: { buildRevision: JSON.stringify(revision()), buildVersion: JSON.stringify(version) },
    // Libraries in CommonJS call `require` for modules of Node.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    metafile: true,
    logLevel: 'warning',
  });
  writeFileSync(join(fresh, 'licenses.txt'), licensesOf(metafile.inputs));
} catch (error) {
  // esbuild has printed its own errors.
  if (!error.errors) console.error(error);
  rmSync(fresh, { recursive: true, force: true });
  process.exit(1);
}
chmodSync(`${fresh}/main.js`, 0o755);
if (existsSync('dist')) renameSync('dist', old);
renameSync(fresh, 'dist');
rmSync(old, { recursive: true, force: true });
