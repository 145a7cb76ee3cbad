/** The IAM policy language: read policies, decide requests, and find the requests that tell policies apart. */

export { compileActionPattern } from './src/actions.ts';
export { AlikeSets } from './src/alike.ts';
export { type ResourcePattern, resourceMatches } from './src/arn.ts';
export { type BindingFacts, bindingPolicies } from './src/binding.ts';
export { RecentMap } from './src/cache.ts';
export {
  type BoundUnreadable,
  type CompiledSet,
  type CompilerOptions,
  PolicyCompiler,
} from './src/compile.ts';
export { type CompiledTest, conditionHolds, resolvedTest } from './src/condition.ts';
export {
  globalConditionKeys,
  isPrincipalKey,
  type KeyFacts,
  type KeySetter,
  type KeyType,
  keyFacts,
} from './src/condition-keys.ts';
export { contextValue } from './src/context.ts';
export { PolicyError } from './src/error.ts';
export {
  decide,
  decideAsSimulator,
  isKnownDifference,
  mayCover,
  unreadableWords,
} from './src/evaluate.ts';
export { operatorNames, parseOperator } from './src/operators.ts';
export { parsePolicy, readPolicy } from './src/parse.ts';
export { type SessionFreedom, sessionFreedom } from './src/session-freedom.ts';
export {
  type ChosenKey,
  isClaimKey,
  isSessionKey,
  type Session,
  type SessionCarries,
  type SessionKind,
  type SetBy,
  sessionForms,
  sessionKinds,
} from './src/sessions.ts';
export { matchesPattern } from './src/solver/automaton.ts';
export {
  type Access,
  type AccessCase,
  type AccessCases,
  accessOf,
  casesOf,
  mayHaveAccess,
} from './src/solver/cases.ts';
export {
  type Comparison,
  type Containment,
  contains,
  gained,
  lost,
  perhapsGained,
} from './src/solver/containment.ts';
export { Contrast, type Difference, type Goal } from './src/solver/contrast.ts';
export type { Effort } from './src/solver/effort.ts';
export type { Answer, Found, SearchResult } from './src/solver/problem.ts';
export type { FreeKey, Literal, ResourceForm, SearchSpace } from './src/solver/space.ts';
export { type TextPattern, textForm, wildcardForm } from './src/solver/text-patterns.ts';
export { classifyTexts } from './src/solver/texts.ts';
export type { BoundStatement, CompiledStatement } from './src/statement.ts';
export type * from './src/types.ts';
export { isDate, isIpRange, type ValueProblem, valueProblems } from './src/value-problems.ts';
export { canMatch, wildcardTest } from './src/wildcard.ts';
