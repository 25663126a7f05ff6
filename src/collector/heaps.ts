// Priority queues that share their items: each item is in one of them at most, and can be moved to another.
import TinyQueue from 'tinyqueue';

/** Where an item is. The lowest key comes first; equal keys in the order of `order`. */
export interface Position<Name extends string> {
  heap: Name;
  key: number;
  order: number;
}

/** An item in a heap. */
export interface Entry<Name extends string, Item> extends Position<Name> {
  item: Item;
}

/** Something that can be in a heap. */
export interface Movable<Name extends string, Item> {
  /** Where it is. Heaps can hold earlier entries of it, which count no more. Set by `move` only. */
  entry: Entry<Name, Item> | undefined;
}

/** Heaps by name. Every operation costs O(log n), amortized. */
export interface Heaps<Name extends string, Item> {
  /** Moves an item to a position; undefined: out of all heaps. */
  move: (item: Item, to: Position<Name> | undefined) => void;
  first: (heap: Name) => Entry<Name, Item> | undefined;
}

/** Creates empty heaps. */
export function createHeaps<Name extends string, Item extends Movable<Name, Item>>(): Heaps<Name, Item> {
  type Heap = TinyQueue<Entry<Name, Item>>;
  const heaps = new Map<Name, Heap>();
  let size = 0;

  function heapOf(name: Name): Heap {
    let heap = heaps.get(name);
    if (heap === undefined) heaps.set(name, (heap = new TinyQueue<Entry<Name, Item>>([], byKey)));
    return heap;
  }

  function push(entry: Entry<Name, Item>): void {
    const heap = heapOf(entry.heap);
    heap.push(entry);
    // Otherwise outdated entries would gather below the top: thousands of them, to be dropped in one go.
    if (heap.length > 2 * size + 16)
      heaps.set(entry.heap, new TinyQueue<Entry<Name, Item>>(heap.data.filter(isCurrent), byKey));
  }

  return {
    move(item, to) {
      const { entry: from } = item;
      if (from === undefined && to === undefined) return;
      if (from?.heap === to?.heap && from?.key === to?.key && from?.order === to?.order) return;
      size += Number(to !== undefined) - Number(from !== undefined);
      item.entry = to && { ...to, item };
      if (item.entry !== undefined) push(item.entry);
    },
    first(name) {
      const heap = heapOf(name);
      for (let top = heap.peek(); top !== undefined; top = heap.peek()) {
        if (isCurrent(top)) return top;
        heap.pop();
      }
      return undefined;
    },
  };
}

function isCurrent<Name extends string, Item extends Movable<Name, Item>>(entry: Entry<Name, Item>): boolean {
  return entry.item.entry === entry;
}

function byKey(a: Position<string>, b: Position<string>): number {
  return a.key - b.key || a.order - b.order;
}
