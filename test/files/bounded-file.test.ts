import { describe, expect, it } from 'vitest';
import { readBoundedFile } from '../../src/files/bounded-file.ts';

describe('a bounded file', () => {
  it('of which less is read than its size is refused: a part of it can be valid', async () => {
    // The kernel reports a page as the size of this file, which has a few bytes.
    expect(await readBoundedFile('/sys/devices/system/cpu/online', 65_536)).toEqual({
      fault: 'it changed while it was read',
      missing: false,
    });
  });

  it('that has bytes and a size of 0 is refused', async () => {
    expect(await readBoundedFile('/proc/self/status', 65_536)).toMatchObject({ fault: 'it changed while it was read' });
  });
});
