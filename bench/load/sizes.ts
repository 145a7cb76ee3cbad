import { hasRealInput } from '../synthetic-account.ts';
import { disorder, group, noise, now, policy, storm, sweep } from './scenarios.ts';
import type { Taken } from './stage.ts';

/** `npm test` runs the scenarios at this part of their size. */
export const sampleScale = 0.01;

/**
 * The scenarios by name, for any part of their full size, 1, of which docs/reliability.md tells. Without the real accounts that
 * synthetic ones are made of there is no `sweep`.
 */
export const scenarios: ReadonlyMap<string, (scale: number) => Promise<Taken>> = new Map([
  ['noise', (scale) => noise(part(500, scale))],
  ['storm', (scale) => storm(part(1_000, scale))],
  ['disorder', (scale) => disorder(part(10_000, scale), part(500, scale))],
  ['policy', (scale) => policy(part(5_000, scale))],
  ['group', (scale) => group(part(5_000, scale))],
  ['tell', (scale) => policy(part(10_000, scale))],
  ['now', (scale) => now(part(5_000, scale))],
  ...(hasRealInput() ? [['sweep', (scale: number) => sweep(part(10_000, scale))] as const] : []),
]);

const part = (count: number, scale: number): number => Math.max(1, Math.round(count * scale));
