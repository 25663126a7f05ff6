import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createHeaps, type Entry, type Movable, type Position } from '../../src/collector/heaps.ts';

type Name = 'a' | 'b';
const names: readonly Name[] = ['a', 'b'];

interface Item extends Movable<Name, Item> {
  id: number;
}

/** An item that counts how often its entry is looked up. */
function createItem(id: number): Item & { lookups: () => number } {
  let current: Entry<Name, Item> | undefined;
  let lookups = 0;
  return {
    id,
    get entry() {
      lookups++;
      return current;
    },
    set entry(entry) {
      current = entry;
    },
    lookups: () => lookups,
  };
}

/** Where every item is, as a sorted list. */
function createModel() {
  let positions: (Position<Name> & { id: number })[] = [];
  return {
    move(id: number, to: Position<Name> | undefined): void {
      positions = positions.filter((one) => one.id !== id);
      if (to !== undefined) positions.push({ ...to, id });
      positions.sort((x, y) => (x.key === y.key ? x.order - y.order : x.key < y.key ? -1 : 1));
    },
    first: (heap: Name) => positions.find((one) => one.heap === heap),
  };
}

const itemCount = 5;
const randomStep = fc.record({
  id: fc.nat(itemCount - 1),
  to: fc.option(
    fc.record({
      heap: fc.constantFrom(...names),
      // Few of them, so that many are equal.
      key: fc.oneof(fc.integer({ min: -2, max: 2 }), fc.constantFrom(0.5, Number.POSITIVE_INFINITY)),
      order: fc.nat(3),
    }),
    { nil: undefined },
  ),
  // Looking drops what is outdated at the top. It is rare, so that outdated entries gather.
  look: fc.nat(15).map((number) => number === 0),
});

describe('heaps', () => {
  it('have the item with the lowest key and order first, whatever was moved before', () => {
    fc.assert(
      fc.property(fc.array(randomStep, { maxLength: 200, size: 'max' }), (steps) => {
        const heaps = createHeaps<Name, Item>();
        const items = Array.from({ length: itemCount }, (_, id) => createItem(id));
        const model = createModel();
        const found: unknown[] = [];
        const expected: unknown[] = [];
        for (const step of steps) {
          const { id, to, look } = step;
          // No two items have the same order.
          const position = to && { ...to, order: to.order * itemCount + id };
          heaps.move(items[id]!, position);
          model.move(id, position);
          if (!look && step !== steps.at(-1)) continue;
          found.push(names.map((name) => shown(heaps.first(name))));
          expected.push(names.map((name) => model.first(name)));
        }
        expect(found).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });

  it('keep few outdated entries of an item that is moved below one that stays', () => {
    const heaps = createHeaps<Name, Item>();
    const top = createItem(0);
    const moved = createItem(1);
    heaps.move(top, { heap: 'a', key: 0, order: 0 });
    const moves = 50_000;
    for (let key = 1; key <= moves; key++) heaps.move(moved, { heap: 'a', key, order: 1 });
    expect(moved.lookups()).toBeLessThan(moves * 10);
    expect(shown(heaps.first('a'))).toEqual({ heap: 'a', key: 0, order: 0, id: 0 });
    heaps.move(top, undefined);
    const before = moved.lookups();
    expect(shown(heaps.first('a'))).toEqual({ heap: 'a', key: moves, order: 1, id: 1 });
    // One for each entry that is still in the heap.
    expect(moved.lookups() - before).toBeLessThan(100);
  });
});

function shown(entry: Entry<Name, Item> | undefined): (Position<Name> & { id: number }) | undefined {
  return entry && { heap: entry.heap, key: entry.key, order: entry.order, id: entry.item.id };
}
