// The instances of a simulated cloud, indexed so that a request costs the same in a fleet of 10 or 10,000.

/** What identifies an instance. The region is absent in a cloud without regions. */
export interface Identity {
  id: string;
  region?: string;
}

/** The fleet at one moment. */
export interface SimulatedFleet<I extends Identity> {
  find: (region: string, id: string) => I | undefined;
  /** In the order of the list that the fleet was created from. */
  inRegion: (region: string) => readonly I[];
}

/** A list, or a function that is called for each request: a test changes the fleet when it returns another list. */
export type FleetOption<I extends Identity> = readonly I[] | (() => readonly I[]);

/** Returns a function for the present fleet, which is indexed once per list object. */
export function fleetOf<I extends Identity>(option: FleetOption<I>): () => SimulatedFleet<I> {
  let last: { list: readonly I[]; fleet: SimulatedFleet<I> } | undefined;
  return () => {
    const list = typeof option === 'function' ? option() : option;
    if (last?.list !== list) last = { list, fleet: indexed(list) };
    return last.fleet;
  };
}

function indexed<I extends Identity>(list: readonly I[]): SimulatedFleet<I> {
  const regions = new Map<string, Map<string, I>>();
  for (const instance of list) {
    const { id, region = '' } = instance;
    const known = regions.get(region);
    if (known === undefined) regions.set(region, new Map([[id, instance]]));
    else known.set(id, instance);
  }
  const inOrder = new Map([...regions].map(([region, instances]) => [region, [...instances.values()]]));
  return {
    find: (region, id) => regions.get(region)?.get(id),
    inRegion: (region) => inOrder.get(region) ?? [],
  };
}
