export { compileActionPattern } from './src/actions.ts';
export { compileResource, type ResourcePattern } from './src/arn.ts';
export { type BindingFacts, bindingPolicies } from './src/binding.ts';
export { RecentMap } from './src/cache.ts';
export { type CompiledSet, PolicyCompiler } from './src/compile.ts';
export { compileTest } from './src/condition.ts';
export { contextValue } from './src/context.ts';
export { PolicyError } from './src/error.ts';
export { decide } from './src/evaluate.ts';
export { compileGlob } from './src/glob.ts';
export { operatorOf } from './src/operators.ts';
export { parsePolicy } from './src/parse.ts';
export { type AccessCase, type AccessCases, casesOf, mayHaveAccess } from './src/solver/cases.ts';
export {
  literal,
  matchesPattern,
  type PatternStep,
  someOf,
  type TextPattern,
} from './src/solver/glob-solver.ts';
export { type Effort, type Found, Problem } from './src/solver/solve.ts';
export {
  type AccessFormula,
  all,
  any,
  type Formula,
  formulaKey,
  not,
  type StatementFormula,
} from './src/solver/solve-formula.ts';
export { isPrincipalKey } from './src/solver/solve-keys.ts';
export type { ResourceForm, SearchSpace } from './src/solver/solve-space.ts';
export type { BoundStatement, CompiledStatement } from './src/statement.ts';
export { type Glob, isGlob, parseTemplate, resolveTemplate } from './src/template.ts';
export type * from './src/types.ts';
export { parseDate, parseIpRange, parseNumber } from './src/values.ts';
