import type { KeyValue } from './keys.ts';

/** The variable of a request that is its resource; every other variable is a context key in lower case. */
export const RESOURCE = Symbol('resource');

export type VariableKey = string | typeof RESOURCE;

/** One value that a variable may take. */
export interface Choice {
  /** A resource, or the value of a context key; undefined: the key is missing. */
  readonly value: KeyValue;
  /** 0 for what the baseline has, 1 for a change of context. */
  readonly cost: 0 | 1;
  readonly implies?: Readonly<Record<string, string>>;
}

/** A free part of a request. */
export interface Variable {
  readonly key: VariableKey;
  /** As a policy or the baseline writes it. */
  readonly name: string;
  /** The preferred first. */
  readonly choices: readonly Choice[];
}

/** The values that are tried for one variable. */
export interface Choices {
  readonly choices: readonly Choice[];
  /** False where a value may be missing that gets other answers than all of these. */
  readonly complete: boolean;
}

/** The values that some variables have. */
export type Chosen = ReadonlyMap<VariableKey, Choice>;
