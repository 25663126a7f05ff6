// Whether the last read of a configuration file succeeded.

/** What the reload gauges and the status page show. */
export interface ReloadState {
  successful: boolean;
  /** Unix milliseconds of the last successful read. */
  lastSuccessMs: number;
}
