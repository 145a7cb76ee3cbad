import type { Account, Guardrails } from '#lib/account/types.ts';
import { actions } from '#lib/catalog/actions.ts';
import { checkAccount } from '#lib/check/account.ts';
import type { Finding } from '#lib/compare/types.ts';
import { InputError } from '#lib/errors.ts';
import { acceptIn } from '#lib/expectation/accept-in-yaml.ts';
import { parseExpectations } from '#lib/expectation/parse.ts';
import { renewIn, suppressIn } from '#lib/expectation/suppress-in-yaml.ts';
import type { Expectations } from '#lib/expectation/types.ts';
import { openFindings } from '#lib/report/exit.ts';
import type { CheckReport } from '#lib/report/types.ts';
import { listed } from '#lib/words/labels.ts';

export interface AcceptOptions {
  /** What the file is called, and what it says; an empty text: there is none yet. */
  readonly file: string;
  readonly text: string;
  readonly expectations: Expectations;
  readonly region?: string | undefined;
  /** Accept for a time, as a suppression; absent: as what is expected from now on. */
  readonly suppression?:
    | { readonly reason: string; readonly owner: string; readonly until: string }
    | undefined;
}

export interface Acceptances {
  /** The new text of the file. */
  readonly text: string;
  readonly accepted: readonly Finding[];
  /** How many findings are open with it. */
  readonly open: number;
}

/** A check of an account, or of what a plan will make of it, by these expectations. */
export type CheckBy = (expectations: Expectations) => Promise<CheckReport>;

/** The check of an account as it is. */
export const checkOf =
  (account: Account, guardrails?: Guardrails): CheckBy =>
  (expectations) =>
    checkAccount(account, { expectations, guardrails });

/**
 * The expectations with findings accepted, checked again: what was accepted is open no more, and nothing else is open that
 * was not.
 *
 * @throws {InputError} for an id that no open finding has, for what cannot be accepted so, and for a file that would be
 *   wrong
 */
export async function accept(
  check: CheckBy,
  ids: readonly string[],
  { file, text, expectations, region, suppression }: AcceptOptions,
): Promise<Acceptances> {
  const before = openFindings((await check(expectations)).findings);
  const accepted = before.filter(({ id }) => ids.includes(id));
  const unknown = ids.filter((id) => accepted.every((finding) => finding.id !== id));
  if (unknown.length > 0) {
    throw new InputError(`there is no open finding ${listed(unknown)}: see the ids in check --format json`);
  }
  const written =
    suppression === undefined
      ? acceptIn(text, accepted.map(acceptanceOf))
      : suppressedIn(text, accepted, suppression);
  const options = region === undefined ? {} : { region };
  const read = parseExpectations(written, file, options);
  const errors = read.diagnostics.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) {
    const lines = errors.map(({ message, location }) => `${location.file}:${location.line}: ${message}`);
    throw new InputError(['with this the file would be wrong:', ...lines].join('\n'));
  }
  const report = await check(read.expectations);
  const after = openFindings(report.findings);
  refuseWorse(accepted, before, after);
  return { text: written, accepted, open: after.length };
}

function acceptanceOf({ id, kind, accept: words, acceptance }: Finding) {
  if (acceptance !== undefined) return acceptance;
  const why = words === undefined ? 'no rule can say it' : `write it by hand: ${words}`;
  const instead = kind === 'suppression-expired' ? 'renew it' : 'for a time';
  throw new InputError(
    `${id} cannot be accepted as a rule: ${why} (or ${instead}: --reason, --owner, --until)`,
  );
}

/** The file with findings accepted for a time: each by its id, and as far as it goes today. */
function suppressedIn(
  text: string,
  accepted: readonly Finding[],
  suppression: NonNullable<AcceptOptions['suppression']>,
): string {
  const isExpired = ({ kind }: Finding) => kind === 'suppression-expired';
  const renewed = renewIn(
    text,
    accepted.filter(isExpired).flatMap(({ expectedBy }) => expectedBy?.line ?? []),
    suppression,
  );
  const others = accepted.filter((finding) => !isExpired(finding));
  return others.length === 0
    ? renewed
    : suppressIn(
        renewed,
        others.map((finding) => ({ ...suppressed(finding), ...suppression })),
      );
}

/** What suppresses one finding, as far as it goes today. */
export function suppressed({ id, subject, principalArn, actions: found }: Finding) {
  const own = found.map(({ action }) => action);
  return {
    ...(principalArn !== undefined && /^(role|user)\//.test(subject) && { principal: subject }),
    finding: id,
    ...(own.length > 0 && { actions: isEvery(own) ? ['rekognition:*'] : own }),
  };
}

const isEvery = (names: readonly string[]): boolean => actions.every(({ action }) => names.includes(action));

function refuseWorse(
  accepted: readonly Finding[],
  before: readonly Finding[],
  after: readonly Finding[],
): void {
  const open = new Set(after.map(({ id }) => id));
  const left = accepted.filter(({ id }) => open.has(id)).map(({ id }) => id);
  if (left.length > 0) throw new InputError(`nothing was written: ${listed(left)} would still be found`);
  const keysOf = ({ principalArn, kind, actions }: Finding) =>
    actions.map(({ action }) => `${principalArn} ${kind} ${action}`);
  const known = new Set(before.flatMap(keysOf));
  // Of what somebody can come to, what leads to something else is told once the worst is accepted.
  const isUncovered = (one: Finding) =>
    one.kind === 'indirect' &&
    accepted.some(({ kind, principalArn }) => kind === one.kind && principalArn === one.principalArn);
  const fresh = after.filter(
    (one) => one.actions.length > 0 && !isUncovered(one) && keysOf(one).some((key) => !known.has(key)),
  );
  if (fresh.length === 0) return;
  const words = fresh.map(({ subject, kind }) => `${kind} of ${subject}`);
  throw new InputError(`nothing was written: it would lead to another finding, ${listed(words, 3)}`);
}
