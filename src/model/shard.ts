// One exporter's part of a fleet that several exporters watch together.

/** Which part. */
export interface Shard {
  /** From 0. */
  shard: number;
  totalShards: number;
}

/** All of the fleet. */
export const wholeFleet: Shard = { shard: 0, totalShards: 1 };
