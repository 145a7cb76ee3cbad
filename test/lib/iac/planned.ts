import type { Account, Principal } from '#lib/account/types.ts';
import { actions } from '#lib/catalog/actions.ts';
import { parseExpectations } from '#lib/expectation/parse.ts';
import type { Planned } from '#lib/iac/types.ts';
import type { Reading } from '#lib/iac/worlds.ts';
import type { CheckReport } from '#lib/report/types.ts';
import { checkPlan, type PlanCheckOptions } from '#lib/workbench/plan.ts';
import { principal as anyPrincipal } from '../expectation/fixtures.ts';

/** Expectations as text; nothing is expected of whoever is not named. */
export function expecting(text = '') {
  const { expectations, diagnostics } = parseExpectations(`default: []\n${text}`, 'expectations.yaml');
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new Error(errors.map(({ message }) => message).join('\n'));
  return expectations;
}

/** The report on an account as a plan leaves it. */
export function reportOn(
  planned: Planned | readonly Reading[],
  options: Partial<PlanCheckOptions> = {},
): Promise<CheckReport> {
  const readings = 'format' in planned ? [{ planned, usual: true }] : planned;
  return checkPlan(readings, { expectations: expecting(), ...options });
}

/** Names of the actions that findings of some kinds about a subject have, sorted. */
export function actionsOf({ findings }: CheckReport, subject: string, ...kinds: readonly string[]): string[] {
  const found = findings.filter(
    (one) => one.subject === subject && (kinds.length === 0 || kinds.includes(one.kind)),
  );
  return [
    ...new Set(found.flatMap((one) => one.actions.map(({ action }) => action.replace('rekognition:', '')))),
  ].sort();
}

/** `kind severity` of each finding about a subject. */
export const kindsOf = ({ findings }: CheckReport, subject: string): string[] =>
  findings.filter((one) => one.subject === subject).map(({ kind, severity }) => `${kind} ${severity}`);

export const everyAction = actions.map(({ name }) => name).sort();

/** An account with these principals. */
export const accountOf = (...principals: readonly Principal[]): Account => ({
  accountId: '123456789012',
  partition: 'aws',
  async *principals() {
    yield* principals;
  },
});
/** A user or role without policies, but for what is given. */
export const principal = (kind: 'user' | 'role', name: string, more: Partial<Principal> = {}): Principal =>
  anyPrincipal({ kind, name, ...more });
