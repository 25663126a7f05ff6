// Calls the HTTP API of a running Prometheus.

/** One series of an answer. */
export interface Series {
  metric: Record<string, string>;
  value: [unixSeconds: number, value: string];
}

/** @param api URL up to `/api/v1` @returns the data of the answer @throws what Prometheus reports as the error */
export async function callPrometheus<T>(api: string, path: string): Promise<T> {
  const { status, data, error } = (await (await fetch(`${api}/${path}`)).json()) as Record<string, unknown>;
  if (status !== 'success') throw new Error(String(error));
  return data as T;
}

/** An instant query. */
export async function queryPrometheus(api: string, expression: string): Promise<Series[]> {
  return (await callPrometheus<{ result: Series[] }>(api, `query?query=${encodeURIComponent(expression)}`)).result;
}
