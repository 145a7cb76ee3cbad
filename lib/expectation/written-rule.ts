import type { AssumedByInput } from './schema.ts';

/** What a rule of expectations.yaml says, as it is written. */
export interface WrittenRule {
  /** Names of sets. */
  readonly expect: readonly string[] | 'any' | 'built-in';
  /** Names of more sets, which no guard holds for. */
  readonly unguarded?: readonly string[];
  /** Names of the guards that hold; absent where the file has none. */
  readonly guards?: readonly string[];
  readonly assumedBy?: readonly AssumedByInput[];
  /** Another rule decided until its last day, which has passed. */
  readonly ended?: boolean;
  /** It names one principal, and nobody else. */
  readonly own: boolean;
}
