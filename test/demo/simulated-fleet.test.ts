// The index of a simulated fleet: made once per list, by region and id, in the order of the list.
import { describe, expect, it } from 'vitest';
import { fleetOf } from '../../src/demo/simulated-fleet.ts';

describe('simulated fleet', () => {
  it('finds instances by region and id', () => {
    const [a, b, c] = [{ id: '1', region: 'x' }, { id: '1', region: 'y' }, { id: '2' }];
    const fleet = fleetOf([a, b, c])();
    expect([fleet.find('x', '1'), fleet.find('y', '1'), fleet.find('', '2'), fleet.find('x', '2')]).toEqual([
      a,
      b,
      c,
      undefined,
    ]);
    expect([fleet.inRegion('x'), fleet.inRegion(''), fleet.inRegion('z')]).toEqual([[a], [c], []]);
  });

  it('is indexed once while the list is the same object', () => {
    let list = [{ id: '1' }];
    let reads = 0;
    const counted = (id: string) => ({
      get id() {
        reads += 1;
        return id;
      },
    });
    list = Array.from({ length: 10_000 }, (_, n) => counted(String(n)));
    const fleet = fleetOf(() => list);
    for (let request = 0; request < 100; request += 1) fleet().find('', '5');
    expect(reads).toBe(10_000);
    list = [{ id: '7' }];
    expect(fleet().find('', '5')).toBeUndefined();
    expect(fleet().inRegion('')).toEqual([{ id: '7' }]);
  });
});
