import { flow } from './flow.ts';
import type { AssumedByInput, GuardInput } from './schema.ts';

/** The name of a guard of the file, or a guard as a rule of its own has it. */
export type WrittenGuard = string | GuardInput;

/** What a guard is called: its name, or what it says. */
export const guardName = (guard: WrittenGuard): string => (typeof guard === 'string' ? guard : flow(guard));

/** What a rule of expectations.yaml says, as it is written. */
export interface WrittenRule {
  /** Names of sets. */
  readonly expect: readonly string[] | 'any' | 'built-in';
  /** Names of more sets, which no guard holds for. */
  readonly unguarded?: readonly string[];
  /** The guards that hold: names, and guards of its own; absent where there are none. */
  readonly guards?: readonly WrittenGuard[];
  readonly assumedBy?: readonly AssumedByInput[];
  /** Another rule decided until its last day, which has passed. */
  readonly ended?: boolean;
  /** It names one principal, and nobody else. */
  readonly own: boolean;
}
