// The table of findings: what each one means, when it holds, how bad it is, and what to do about it.
import { checkRows } from './check-rows.ts';
import { factRows } from './fact-rows.ts';
import type { Row } from './row.ts';

/** All findings about an instance. */
export const instanceRows: readonly Row[] = [...factRows, ...checkRows];
