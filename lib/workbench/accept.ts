import type { Account, Guardrails } from '#lib/account/types.ts';
import { checkAccount } from '#lib/check/account.ts';
import type { Finding } from '#lib/compare/types.ts';
import { InputError } from '#lib/errors.ts';
import { acceptIn } from '#lib/expectation/accept-in-yaml.ts';
import { parseExpectations } from '#lib/expectation/parse.ts';
import { suppressIn } from '#lib/expectation/suppress-in-yaml.ts';
import type { Expectations } from '#lib/expectation/types.ts';
import { openFindings } from '#lib/report/exit.ts';
import { listed } from '#lib/words/labels.ts';

export interface AcceptOptions {
  /** What the file is called, and what it says; an empty text: there is none yet. */
  readonly file: string;
  readonly text: string;
  readonly expectations: Expectations;
  readonly region?: string | undefined;
  readonly guardrails?: Guardrails | undefined;
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

/**
 * The expectations with findings accepted, checked again: what was accepted is open no more, and nothing else is open that
 * was not.
 *
 * @throws {InputError} for an id that no open finding has, for what cannot be accepted so, and for a file that would be
 *   wrong
 */
export async function accept(
  account: Account,
  ids: readonly string[],
  { file, text, expectations, region, guardrails, suppression }: AcceptOptions,
): Promise<Acceptances> {
  const before = openFindings((await checkAccount(account, { expectations, guardrails })).findings);
  const accepted = before.filter(({ id }) => ids.includes(id));
  const unknown = ids.filter((id) => accepted.every((finding) => finding.id !== id));
  if (unknown.length > 0) {
    throw new InputError(`there is no open finding ${listed(unknown)}: see the ids in check --format json`);
  }
  const written =
    suppression === undefined
      ? acceptIn(text, accepted.map(acceptanceOf))
      : suppressIn(
          text,
          accepted.map((finding) => ({ ...suppressed(finding), ...suppression })),
        );
  const options = region === undefined ? {} : { region };
  const read = parseExpectations(written, file, options);
  const errors = read.diagnostics.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) {
    const lines = errors.map(({ message, location }) => `${location.file}:${location.line}: ${message}`);
    throw new InputError(['with this the file would be wrong:', ...lines].join('\n'));
  }
  const report = await checkAccount(account, { expectations: read.expectations, guardrails });
  const after = openFindings(report.findings);
  refuseWorse(accepted, before, after);
  return { text: written, accepted, open: after.length };
}

function acceptanceOf({ id, kind, accept: words, acceptance }: Finding) {
  if (acceptance !== undefined) return acceptance;
  const why = words === undefined ? 'no rule can say it' : `write it by hand: ${words}`;
  const other = suppressible.includes(kind) ? ' (or for a time: --reason, --owner, --until)' : '';
  throw new InputError(`${id} cannot be accepted as a rule: ${why}${other}`);
}

/** What suppressions cover: what somebody can do or come to, not who can be it, nor what is not known. */
const suppressible: readonly Finding['kind'][] = [
  'excess',
  'unguarded',
  'missing',
  'contradiction',
  'indirect',
];

function suppressed({ id, kind, subject, actions }: Finding) {
  const own = actions.map(({ action }) => action);
  // What somebody can come to is accepted whole: only the worst of it is told.
  if (kind === 'indirect') return { principal: subject, actions: ['rekognition:*'] };
  if (suppressible.includes(kind) && own.length > 0 && /^(role|user)\//.test(subject))
    return { principal: subject, actions: own };
  throw new InputError(`${id} cannot be suppressed: it is ${kind}, not about what a role or user can do`);
}

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
  const fresh = after.filter((one) => one.actions.length > 0 && keysOf(one).some((key) => !known.has(key)));
  if (fresh.length === 0) return;
  const words = fresh.map(({ subject, kind }) => `${kind} of ${subject}`);
  throw new InputError(`nothing was written: it would lead to another finding, ${listed(words, 3)}`);
}
