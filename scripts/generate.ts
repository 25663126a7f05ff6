// Writes the files that are generated from the code; CI runs it and fails when one of them changes.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { configJsonSchema } from '../src/config/schema.ts';
import { providers } from '../src/providers/index.ts';

writeFileSync('config.schema.json', `${JSON.stringify(configJsonSchema(providers), null, 2)}\n`);
execFileSync('git', ['status', '--short', 'config.schema.json'], { stdio: 'inherit' });
