// The workflows of GitHub, by actionlint.
import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { goTool } from './go-tool.ts';

const root = resolve(import.meta.dirname, '../..');
const actionlint = await goTool('github.com/rhysd/actionlint/cmd/actionlint@v1.7.12');

describe.skipIf(actionlint === undefined)('the workflows', () => {
  it('are accepted by actionlint', async () => {
    const { stdout } = await promisify(execFile)(actionlint ?? '', ['-no-color'], { cwd: root });
    expect(stdout).toBe('');
  });
});
