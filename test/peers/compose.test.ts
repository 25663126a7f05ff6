// The compose file, as the library of Docker Compose reads it: schema, and that what its parts name exists.
import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { goTool } from './go-tool.ts';

const folder = resolve(import.meta.dirname, '../../deploy');
const compose = await goTool('github.com/compose-spec/compose-go/v2/cmd@v2.16.2');

describe.skipIf(compose === undefined)('deploy/compose.yaml', () => {
  it('is accepted by the library of Docker Compose', async () => {
    const { stdout } = await promisify(execFile)(compose ?? '', ['-format', 'json', 'compose.yaml'], { cwd: folder });
    const { services } = JSON.parse(stdout) as { services: { exporter: { build: { context: string } } } };

    expect(services.exporter.build.context).toBe(resolve(folder, '..'));
  });
});
