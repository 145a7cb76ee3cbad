import type { Request } from '@permission-check/iam-policy';
import { type CompiledSet, decide, PolicyCompiler } from '@permission-check/iam-policy';
import { actionTable } from '#lib/catalog/actions.ts';
import type { Guard } from '#lib/expectation/types.ts';
import { shortened, unlessAllowed } from './policy-statements.ts';

/** Guards are shared by many principals; each is compiled once. */
const compiled = new WeakMap<Guard, CompiledSet>();

function compiledGuard(guard: Guard): CompiledSet {
  const known = compiled.get(guard);
  if (known !== undefined) return known;
  const set = new PolicyCompiler(actionTable).compileSet({ identity: [guard.policy] });
  compiled.set(guard, set);
  return set;
}

/** The guards whose policy does not allow the request. */
export function unmetGuards(guards: readonly Guard[], request: Request): Guard[] {
  return guards.filter((guard) => decide(compiledGuard(guard), request).decision !== 'allowed');
}

/** Statements that deny what does not meet guards, of some actions; undefined where IAM's language cannot say it. */
export function guardDenies(
  guards: readonly Guard[],
  actions: readonly string[],
): readonly object[] | undefined {
  const parts = guards.map((guard) =>
    unlessAllowed(
      compiledGuard(guard).layers.flatMap(({ statements }) => statements),
      actions,
    ),
  );
  return parts.includes(undefined) ? undefined : parts.flatMap((part) => (part ?? []).map(shortened));
}
