import type { PolicySource } from '@permission-check/iam-policy';
import type { ScopedGuard } from './guards.ts';
import type { Matcher } from './principals.ts';
import type { ActiveSuppression } from './suppressions.ts';
import type { AssumedBy, Baseline, SourceLocation } from './types.ts';
import type { WrittenRule } from './written-rule.ts';

/** What an `expect` demands, its names resolved. */
export type Demand =
  | { readonly kind: 'sets'; readonly label: string; readonly policies: readonly PolicySource[] }
  | { readonly kind: 'any' }
  | { readonly kind: 'built-in' };

export interface Rule {
  readonly matchers: readonly Matcher[];
  readonly demand: Demand;
  readonly guards: readonly ScopedGuard[];
  readonly assumedBy?: readonly AssumedBy[];
  readonly written: WrittenRule;
  readonly location: SourceLocation;
  /** Its last day is past, `2026-12-31`; what it says holds no more. */
  readonly ended?: { readonly until: string; readonly owner?: string | undefined };
}

export interface RuleBook {
  readonly source: string;
  readonly content: string;
  readonly baseline: Baseline;
  /** First match wins. */
  readonly rules: readonly Rule[];
  /** For principals that no rule matches; without a location where the file says nothing of it. */
  readonly fallback: {
    readonly demand: Demand;
    readonly guards: readonly ScopedGuard[];
    readonly assumedBy?: readonly AssumedBy[];
    readonly written: WrittenRule;
    readonly location?: SourceLocation;
  };
  readonly suppressions: readonly ActiveSuppression[];
}
