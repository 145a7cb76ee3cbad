import type { Account } from '#lib/account/types.ts';
import type { AccountCheckOptions } from '#lib/check/account.ts';
import { suppressedOnes } from '#lib/check/suppressed.ts';
import { acceptOther } from '#lib/compare/accepting.ts';
import { findingId } from '#lib/compare/finding-id.ts';
import { sortFindings } from '#lib/compare/severity.ts';
import type { Finding } from '#lib/compare/types.ts';
import { InputError } from '#lib/errors.ts';
import { UNKNOWN_ACCOUNT } from '#lib/iac/planned-principal.ts';
import { withoutSecrets } from '#lib/iac/secrets.ts';
import type { Open } from '#lib/iac/types.ts';
import { type Reading, worldsOf } from '#lib/iac/worlds.ts';
import type { CheckReport, PrincipalResult } from '#lib/report/types.ts';
import { placeWords } from './worlds.ts';

interface RunOptions extends Pick<AccountCheckOptions, 'expectations' | 'guardrails' | 'now'> {
  readonly base?: Account | undefined;
}

/** What a check and a comparison of a plan begin with, and end with. */
export function startRun(readings: readonly Reading[], options: RunOptions) {
  const { base, expectations, guardrails, now = () => new Date() } = options;
  const [usual] = readings;
  if (usual === undefined) throw new InputError('the plan cannot be read in any way');
  const startedAt = now();
  const today = startedAt.toISOString().slice(0, 10);
  const accountId = base?.accountId ?? usual.planned.accountId ?? UNKNOWN_ACCOUNT;
  const report = (
    principals: PrincipalResult[],
    findings: readonly Finding[],
    more: Pick<CheckReport, 'expectations' | 'warnings'>,
  ): CheckReport => {
    const open = readings.flatMap(({ planned }) =>
      openFindings(planned.open, accountId, guardrails !== undefined),
    );
    const told: CheckReport = {
      accountId,
      region: expectations.baseline.region,
      input: usual.planned.file,
      normal: expectations.baseline.context,
      startedAt: startedAt.toISOString(),
      seconds: (now().getTime() - startedAt.getTime()) / 1000,
      evidence: ['evaluated'],
      principals: principals.sort((a, b) => (a.arn < b.arn ? -1 : 1)),
      findings: sortFindings(
        withoutRepeats([...findings, ...suppressedOnes(open, expectations, today)]).map((finding) =>
          accountId === UNKNOWN_ACCOUNT ? forAnyAccount(finding) : finding,
        ),
      ),
      calls: 0,
      ...more,
      warnings: [...notesOf(readings, base, accountId), ...more.warnings],
      ...(readings.every(declaresNothing) ? { gate: { declaresNothing: true } } : {}),
    };
    return withoutSecrets(
      told,
      readings.flatMap(({ planned }) => planned.secrets ?? []),
    );
  };
  return {
    worlds: worldsOf(readings),
    accountId,
    partition: base?.partition ?? usual.planned.partition,
    today,
    startedAt,
    report,
  };
}

/** What accepts a finding, not for the number that stands for the account. */
function forAnyAccount({ accept, acceptance, ...finding }: Finding): Finding {
  if (accept === undefined) return finding;
  const other = acceptOther({ text: accept, ...(acceptance && { acceptance }) }, (text) =>
    text.replaceAll(`:${UNKNOWN_ACCOUNT}:`, ':*:'),
  );
  return {
    ...finding,
    accept: other.text,
    ...(other.acceptance && { acceptance: other.acceptance }),
  };
}

/** Nobody is left of whom the plan knows, and nothing is open. */
const declaresNothing = ({ planned: { added, unchanged, open } }: Reading): boolean =>
  added.length + unchanged.length + open.length === 0;

function withoutRepeats(findings: readonly Finding[]): Finding[] {
  return [...new Map(findings.map((finding) => [finding.id, finding])).values()];
}

function notesOf(readings: readonly Reading[], base: Account | undefined, accountId: string): string[] {
  const notes = readings.flatMap(({ planned }) => planned.notes);
  if (base === undefined) {
    notes.push('a plan alone does not show what was given to anybody outside of it: give --account-details');
  }
  if (accountId === UNKNOWN_ACCOUNT) {
    notes.push(
      `nothing says which account it is for, so ${UNKNOWN_ACCOUNT} stands for it: give --account-id`,
    );
  }
  return [...new Set(notes)];
}

/** What a plan leaves open as a whole may hide anything. */
function openFindings(open: readonly Open[], accountId: string, hasGuardrails: boolean): Finding[] {
  return open
    .filter(({ about }) => about !== 'guardrails' || hasGuardrails)
    .map(
      ({ source, reason }): Finding => ({
        id: findingId(accountId, source.address, 'inconclusive', ['plan', reason]),
        kind: 'inconclusive',
        severity: 'critical',
        subject: source.address,
        actions: [],
        by: [],
        declaredIn: [source],
        summary: `${reason}${source.file === undefined ? '' : ` (${placeWords(source)})`}.`,
        remedies: ['Make a plan in which it is decided, or check the account after the deployment.'],
      }),
    );
}
