// Writes the files that are generated from the code; CI runs it and fails when one of them changes.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { generatedFiles } from './generated-files.ts';

const files = generatedFiles();
for (const [path, content] of Object.entries(files)) writeFileSync(path, content);
execFileSync('git', ['status', '--short', '--', ...Object.keys(files)], { stdio: 'inherit' });
