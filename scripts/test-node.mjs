// Runs the tests of the current build on another version of Node: `npm run test:node -- 22`, followed by arguments for
// Vitest. The npm registry has the binaries of Node as packages.
import { spawnSync } from 'node:child_process';

const [version, ...args] = process.argv.slice(2);
if (version === undefined || !/^\d+(\.\d+){0,2}$/.test(version)) {
  console.error('Usage: npm run test:node -- VERSION, for example 22');
  process.exit(1);
}
const platform = process.platform === 'win32' ? 'win' : process.platform;
const node = `node-${platform}-${process.arch}@${version}`;
const vitest = ['node_modules/vitest/vitest.mjs', 'run', ...args];
const { status } = spawnSync('npm', ['exec', '--yes', `--package=${node}`, '--', 'node', ...vitest], {
  stdio: 'inherit',
});
process.exit(status ?? 1);
