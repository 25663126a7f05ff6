// Writes the generated files; CI runs it and fails if one of them changes.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { generatedFiles } from './generated-files.ts';

const files = generatedFiles();
for (const [path, content] of Object.entries(files)) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}
execFileSync('git', ['status', '--short', '--', ...Object.keys(files)], { stdio: 'inherit' });
